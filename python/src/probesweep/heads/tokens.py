"""The tokens that probes read, and the vectors that samples are summarised as."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from probesweep.heads.errors import HeadError


@dataclass(frozen=True)
class TokenLayout:
    """How a sample's tokens begin: the class token if there is one, then registers, then patch tokens."""

    class_token: bool
    registers: int = 0

    @property
    def prefix(self) -> int:
        """P, tokens before the first patch token."""
        return int(self.class_token) + self.registers

    def require_class_token(self, option: str) -> None:
        if not self.class_token:
            raise HeadError(
                f"probe.options.{option}", "the head reads a class token, and the tokens have none",
                "Load it with class_token=True and tokens of the layer that it was trained on")

    def patches(self, tokens: Tensor) -> Tensor:
        """[n, P + T, D] → [n, T, D]."""
        return tokens[:, self.prefix:]

    def select(self, selection: str) -> Callable[[Tensor], Tensor]:
        """What the option `tokens` names: patch tokens, or all of them, class token and registers first."""
        if selection == "patch":
            return self.patches
        self.require_class_token("tokens")
        return lambda tokens: tokens


def summary(name: str) -> Callable[[Tensor], Tensor]:
    """What summarises patch tokens [n, T, D] as one vector [n, D]; zeros where a sample has no token to read."""
    position = re.fullmatch(r"position (\d+)", name)
    if position:
        place = int(position[1])
        return lambda patches: patches[:, place] if place < patches.shape[1] else zeros(patches)
    summaries = {
        "mean": lambda patches: patches.mean(1),
        "last": lambda patches: patches[:, -1],
        "first": lambda patches: patches[:, 0],
        "max": lambda patches: patches.amax(1),
    }
    if name not in summaries:
        raise HeadError(
            "probe.options.input", f"there is no summary of tokens {name!r}",
            "Give class, mean, class+mean, last, first, max or position K")
    return lambda patches: summaries[name](patches) if patches.shape[1] else zeros(patches)


def zeros(patches: Tensor) -> Tensor:
    return patches.new_zeros(patches.shape[0], patches.shape[2])


def by_length(samples: Sequence[Tensor], read: Callable[[list[int]], Tensor]) -> Tensor:
    """Reads samples of unequal length, those of one length together, so that no mask is needed.

    `read` gets the places of samples and returns one row for each; the rows come back in the samples' order.
    """
    places: dict[int, list[int]] = {}
    for place, sample in enumerate(samples):
        places.setdefault(len(sample), []).append(place)
    order = [place for group in places.values() for place in group]
    rows = torch.cat([read(group) for group in places.values()])
    return rows[torch.argsort(torch.tensor(order, device=rows.device))]
