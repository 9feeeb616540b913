"""What a command answers when its input cannot be used."""


class InputError(ValueError):
    """Input that cannot be used. The message names file, field and value, what was expected, and what to do."""

    def __init__(self, where: object, found: str, remedy: str) -> None:
        super().__init__(f"{where}: {found}. {remedy}")
