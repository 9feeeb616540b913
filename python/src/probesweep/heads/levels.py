"""What a probe's tokens are made of where they are not those of one stored layer: prepared tokens, and mixed levels."""

from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.options import choice, is_count
from probesweep.heads.tensors import HeadTensors

EPSILON = 1e-6
"""ε of the layer norm of tokens, which has no affine map."""


class StoredTokens(nn.Module):
    """The tokens of each layer as they are stored: [n, P + T, D] each."""

    earlier_layers = 0

    def forward(self, layers: list[Tensor]) -> list[Tensor]:
        return layers


class UnitLengthTokens(StoredTokens):
    """x_t/‖x_t‖; zero stays zero."""

    def forward(self, layers: list[Tensor]) -> list[Tensor]:
        return [unit_length(layer) for layer in layers]


class NormalisedTokens(StoredTokens):
    """(x_t − m)/√(v + ε), m and v the mean and variance of the token's own channels."""

    def forward(self, layers: list[Tensor]) -> list[Tensor]:
        return [layer_norm(layer) for layer in layers]


class StandardisedTokens(StoredTokens):
    """(x_t − μ) · scale, channel by channel, as fitted on the rows that trained."""

    mean: Tensor
    scale: Tensor

    def __init__(self, tensors: HeadTensors):
        super().__init__()
        self.register_buffer("mean", tensors.take("tokens.mean", None))
        self.register_buffer("scale", tensors.take("tokens.scale", len(self.mean)))

    def forward(self, layers: list[Tensor]) -> list[Tensor]:
        return [((layer.double() - self.mean) * self.scale).to(layer.dtype) for layer in layers]


class MixedLevels(StoredTokens):
    """x̃_t = Σ_l softmax(w)_l · norm(x_{l,t}), the levels by rising index."""

    def __init__(self, tensors: HeadTensors, levels: list[int], is_normalised: bool):
        super().__init__()
        self.weights = tensors.parameter("mix.weights", len(levels))
        self.earlier_layers = len(levels) - 1
        self.is_normalised = is_normalised

    def forward(self, layers: list[Tensor]) -> list[Tensor]:
        levels = [layer_norm(layer) for layer in layers] if self.is_normalised else layers
        return [torch.einsum("l,lntd->ntd", self.weights.softmax(0), torch.stack(levels))]


def token_source(tensors: HeadTensors, options: dict[str, Any], prepares_tokens: bool) -> StoredTokens:
    """What the options `mix` and `prepare` say of a probe's tokens.

    prepares_tokens: Whether `prepare` is of tokens; a probe of pooled vectors prepares these.
    """
    words = ("none", "standardise", "l2", "layer-norm")
    preparation = choice(options, "prepare", *words) if prepares_tokens else "none"
    levels = options.get("mix", "none")
    if levels != "none":
        are_indices = isinstance(levels, list) and all(level == 0 or is_count(level) for level in levels)
        if not are_indices or len(levels) < 2:
            raise HeadError("probe.options.mix", f"{levels!r} are no levels", "Give the indices of two levels or more")
        if preparation != "none":
            raise HeadError("probe.options.prepare", "tokens are prepared and mixed", "Give one of them")
        return MixedLevels(tensors, levels, choice(options, "mix-normalise", "layer", "none") == "layer")
    if preparation == "standardise":
        return StandardisedTokens(tensors)
    return {"none": StoredTokens, "l2": UnitLengthTokens, "layer-norm": NormalisedTokens}[preparation]()


def unit_length(values: Tensor) -> Tensor:
    """x/‖x‖ along the last axis, in double precision; zero stays zero."""
    precise = values.double()
    length = precise.norm(dim=-1, keepdim=True)
    return (precise / length.where(length > 0, 1)).to(values.dtype)


def layer_norm(values: Tensor) -> Tensor:
    precise = values.double()
    return nn.functional.layer_norm(precise, precise.shape[-1:], eps=EPSILON).to(values.dtype)
