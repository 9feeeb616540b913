"""Features of foundation models for ProbeSweep, and its results and heads in Python."""

from typing import Any

from probesweep.dataset import FeatureError, features
from probesweep.ledger import LedgerError, read, read_rows

__all__ = ["FeatureError", "LedgerError", "features", "load_head", "read", "read_rows"]


def __getattr__(name: str) -> Any:
    # PyTorch takes seconds to import, and most of the package does without it.
    if name == "load_head":
        from probesweep.heads import load_head

        return load_head
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
