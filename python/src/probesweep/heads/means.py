"""Poolings whose query is the mean of the sample's own tokens: SimPool, eSimPool and CLIP's attention pooling."""

from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.options import choice, count
from probesweep.heads.parts import attend, require_divisor
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout


class SimPool(nn.Module):
    """y = Σ_t a_t n_t with n_t = LN(x_t), ε = 1e-6, and a = softmax_t(D^{-1/2} (W_q mean x)·(W_k n_t))."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        width = tensors.width("norm.weight")
        self.norm = tensors.layer_norm("norm", width, 1e-6)
        self.query = tensors.linear("query", width, width, bias=False)
        self.key = tensors.linear("key", width, width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        normalised = self.norm(tokens)
        return attend(self.query(tokens.mean(1, keepdim=True)), self.key(normalised), normalised, heads=1)[:, 0]


class ESimPool(nn.Module):
    """y[h] = Σ_t a_ht x_t[h] of raw tokens, with LN(mean x) as the query and LN(x_t) as keys, ε = 1e-6."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 12)
        width = tensors.width("norm.weight")
        require_divisor("heads", self.heads, width)
        self.norm = tensors.layer_norm("norm", width, 1e-6)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        return attend(self.norm(tokens.mean(1, keepdim=True)), self.norm(tokens), tokens, self.heads)[:, 0]


class CLIP(nn.Module):
    """n_t = LN(x_t), ε = 1e-6; the mean token n_0 goes first; with learned positions it attends to itself and all
    tokens: y = W_o [Σ_t a_ht v_ht] + b_o, 4 heads."""

    heads = 4

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.positions = tensors.parameter("positions", None, None)
        width = self.positions.shape[1]
        require_divisor("heads", self.heads, width)
        self.norm = tensors.layer_norm("norm", width, 1e-6)
        self.query_key_value = tensors.linear("query_key_value", 3 * width, width)
        self.output = tensors.linear("output", width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        normalised = self.norm(self.select(tokens))
        if normalised.shape[1] + 1 != len(self.positions):
            raise HeadError(
                "tensor 'positions'",
                f"it has places for {len(self.positions) - 1} tokens, and samples have {normalised.shape[1]}",
                "Give as many tokens as the head was trained on")
        rows = torch.cat([normalised.mean(1, keepdim=True), normalised], dim=1) + self.positions
        query, key, value = self.query_key_value(rows).chunk(3, dim=-1)
        return self.output(attend(query[:, :1], key, value, self.heads)[:, 0])
