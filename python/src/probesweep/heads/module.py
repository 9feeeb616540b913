"""The head that every probe type has: a pooling of tokens, a norm, a linear layer."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.levels import StoredTokens
from probesweep.heads.tokens import by_length

Tokens = Tensor | Sequence[Tensor]

EPSILON = 1e-6
"""ε of the norm before the linear layer."""


class Head(nn.Module):
    """Tokens of a layer → logits [n, C].

    logits = W ŷ + b with ŷ = (y − mean)/√(var + 1e-6), y [n, D_o] the pooling's output; a head that was solved by
    logistic or ridge regression, or trained with `head-norm: none`, has no norm, and ŷ = y. Norms keep the statistics
    of the head's training, in `train()` too. Parameters can be trained further.

    `description` is what the file says of the head: probe, task, class names, feature set, layer, unit, kernel path.
    """

    def __init__(self, description: dict[str, Any], source: StoredTokens, pooling: nn.Module, linear: nn.Linear,
                 norm: nn.Module):
        super().__init__()
        self.description = description
        self.source, self.pooling, self.norm, self.linear = source, pooling, norm, linear

    @property
    def earlier_layers(self) -> int:
        """How many layers before its own it reads too."""
        return self.source.earlier_layers + getattr(self.pooling, "earlier_layers", 0)

    def forward(self, tokens: Tokens, earlier: Sequence[Tokens] = ()) -> Tensor:
        """
        tokens: [n, P + T, D], class token and registers first as the backbone gives them, or a list of [P + T_i, D].
        earlier: The same samples in each of the `earlier_layers` before, the earliest first.
        """
        if len(earlier) != self.earlier_layers:
            raise HeadError(
                "earlier", f"{len(earlier)} earlier layers are given, and the head reads {self.earlier_layers}",
                "Give the tokens of each, the earliest first")
        if isinstance(tokens, Sequence):
            layers = [[self.convert(sample) for sample in layer] for layer in (*earlier, tokens)]
            return by_length(
                layers[-1],
                lambda places: self.logits([torch.stack([layer[place] for place in places]) for layer in layers]))
        return self.logits([self.convert(layer) for layer in (*earlier, tokens)])

    def convert(self, tokens: Any) -> Tensor:
        weight = self.linear.weight
        return torch.as_tensor(tokens, dtype=weight.dtype, device=weight.device)

    def logits(self, layers: list[Tensor]) -> Tensor:
        """From samples of one length, [n, P + T, D] of each layer."""
        shapes = [list(layer.shape) for layer in layers]
        if any(len(shape) != 3 for shape in shapes):
            raise HeadError("tokens", f"their shapes are {shapes}", "Give [n, P + T, D], or a list of [P + T_i, D]")
        try:
            return self.linear(self.norm(self.pooling(*self.source(layers))))
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            # What is as wide as D is deep in each pooling, and PyTorch compares shapes there.
            raise HeadError("tokens", f"their shapes are {shapes}, which do not fit ({error})",
                            "Give the tokens of the layer that it was trained on") from None
