"""What is wrong with a file that is converted."""

import os

from probesweep.errors import FieldError


class ConversionError(FieldError):
    """Names the file, the field, what is wrong with its value, and the remedy."""


def needed(module: str, file: os.PathLike[str] | str) -> ConversionError:
    """A package that reads the format is not installed."""
    return ConversionError(file, "format", f"reading it needs the Python package {module}", f"Run pip install {module!r}")
