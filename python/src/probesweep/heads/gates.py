"""Poolings by gates that are no softmax: DOLG's spatial attention and CBAM."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from probesweep.heads.errors import HeadError
from probesweep.heads.options import choice
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout


class DOLG(nn.Module):
    """f_t = BN(W_1 x_t + b_1), ε = 1e-5; y = mean_t softplus(w_2·relu(f_t) + b_2) f_t/max(‖f_t‖, 1e-12)."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        width = tensors.width("projection.weight")
        self.projection = tensors.linear("projection", width, width)
        self.token_norm = tensors.batch_norm("token_norm", width, epsilon=1e-5, affine=True)
        self.score = tensors.linear("score", 1, width)

    def forward(self, tokens: Tensor) -> Tensor:
        rows = self.token_norm(self.projection(self.select(tokens)))
        gate = functional.softplus(self.score(torch.relu(rows)))
        return (gate * functional.normalize(rows, dim=-1)).mean(1)


class CBAM(nn.Module):
    """s = σ(W_2 relu(W_1 avg) + W_2 relu(W_1 max)) over tokens; u_t = x_t ⊙ s; g = σ(BN(conv7×7([mean_c u; max_c u])))
    on the square grid, ε = 1e-5; y = mean_t relu(x_t + u_t g_t)."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        width = tensors.width("channel.squeeze.weight")
        self.squeeze = tensors.linear("channel.squeeze", None, width, bias=False)
        self.expand = tensors.linear("channel.expand", width, self.squeeze.out_features, bias=False)
        self.convolution = tensors.parameter("place.convolution.weight", 1, 2, 7, 7)
        self.place_norm = tensors.batch_norm("place.norm", 1, epsilon=1e-5, affine=True)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        side = math.isqrt(tokens.shape[1])
        if side * side != tokens.shape[1]:
            raise HeadError(
                "tokens", f"{tokens.shape[1]} tokens are not a square grid", "Give the tokens of a square grid")
        summaries = torch.stack([tokens.mean(1), tokens.amax(1)])
        channels = torch.sigmoid(self.expand(torch.relu(self.squeeze(summaries))).sum(0))
        gated = tokens * channels[:, None]
        maps = torch.stack([gated.mean(-1), gated.amax(-1)], dim=1).unflatten(-1, (side, side))
        places = functional.conv2d(maps, self.convolution, padding=3).flatten(1)
        gate = torch.sigmoid(self.place_norm(places[..., None]))
        return torch.relu(tokens + gated * gate).mean(1)
