"""`weights/backbone.safetensors`: the weights of a backbone's blocks beside its tokens, for the probe `finetune` (docs/formats.md)."""

import dataclasses
import pathlib
from collections.abc import Mapping

import numpy as np

from probesweep.writing import Array, write_safetensors

EPSILONS = ("1e-6", "1e-12", "1e-5")
"""ε of common backbones, as options and metadata write it; the first where a file does not say."""


@dataclasses.dataclass(frozen=True)
class BlockWeights:
    """What the file holds."""

    tensors: Mapping[str, Array]
    metadata: Mapping[str, str]

    def write(self, folder: pathlib.Path) -> pathlib.Path | None:
        """Into the set's folder; None if the file is already there."""
        path = folder / "weights" / "backbone.safetensors"
        if path.exists():
            return None
        path.parent.mkdir(exist_ok=True)
        write_safetensors(path, {name: ("F32", array) for name, array in self.tensors.items()}, self.metadata)
        return path


def epsilon_text(value: float) -> str | None:
    """One of `EPSILONS`, equal in single precision, in which models hold it; None for another."""
    return next((text for text in EPSILONS if np.float32(text) == np.float32(value)), None)
