"""What a command answers when its input cannot be used."""


class InputError(ValueError):
    """Input that cannot be used. The message names file, field and value, what was expected, and what to do.

    Errors travel between processes, as a DataLoader's workers send theirs: `args` are the arguments of the class's own
    `__init__`, with which it is made again.
    """

    def __init__(self, file: object, problem: str, remedy: str, field: str = "") -> None:
        self.file, self.field, self.problem, self.remedy = file and str(file), field, problem, remedy

    def __str__(self) -> str:
        place = ": ".join(str(part) for part in (self.file, self.field) if part)
        return f"{place}: {self.problem}. {self.remedy}"


class FieldError(InputError):
    """Input of which a named field cannot be used."""

    def __init__(self, file: object, field: str, problem: str, remedy: str) -> None:
        super().__init__(file, problem, remedy, field)
