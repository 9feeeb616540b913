"""What is wrong with a file that is converted."""

import os

from probesweep.errors import InputError


class ConversionError(InputError):
    """Names the file, the field, what is wrong with its value, and the remedy."""

    def __init__(self, file: os.PathLike[str] | str, field: str, problem: str, remedy: str) -> None:
        self.file, self.field, self.problem, self.remedy = str(file), field, problem, remedy
        super().__init__(f"{file}: {field}", problem, remedy)


def needed(module: str, file: os.PathLike[str] | str) -> ConversionError:
    """A package that reads the format is not installed."""
    return ConversionError(file, "format", f"reading it needs the Python package {module}", f"Run pip install {module}")
