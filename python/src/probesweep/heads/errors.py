"""What is wrong with a head, or with the tokens that it is given."""

from probesweep.errors import InputError


class HeadError(InputError):
    """A head that cannot be loaded or used: names the file if there is one, the field, its value and the remedy."""

    def __init__(self, field: str, problem: str, remedy: str, file: str | None = None) -> None:
        super().__init__(file, problem, remedy, field)
