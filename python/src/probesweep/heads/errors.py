"""What is wrong with a head, or with the tokens that it is given."""


class HeadError(ValueError):
    """A head that cannot be loaded or used: names the file, the field, its value and the remedy."""

    def __init__(self, field: str, problem: str, remedy: str, file: str | None = None):
        self.file, self.field, self.problem, self.remedy = file, field, problem, remedy
        place = field if file is None else f"{file}: {field}"
        super().__init__(f"{place}: {problem}; {remedy}")
