"""AbMILP: attention-based multiple-instance pooling, minimal or with self-attention and hidden layers."""

from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.options import choice, count
from probesweep.heads.parts import attend
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout


class AbMILP(nn.Module):
    """e_t = w·h(y_t) + b; a = softmax_t(e); the output is Σ_t a_t y_t, or Σ_t a_t x_t with `self-attention: map`.

    y_t are the tokens, or with self-attention W_o Σ_τ A_tτ W_v x_τ + b_o, one head; h are `depth` − 1 hidden layers.
    """

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.self_attention = choice(options, "self-attention", "none", "map", "both")
        self.activation = torch.relu if choice(options, "activation", "tanh", "relu") == "relu" else torch.tanh
        self.score = tensors.linear("score", 1, None)
        width = self.score.in_features
        self.hidden = nn.ModuleList(
            tensors.linear(f"hidden.{index}", width, width) for index in range(count(options, "depth", 1) - 1))
        if self.self_attention != "none":
            self.query_key_value = tensors.linear("query_key_value", 3 * width, width, bias=False)
            self.output = tensors.linear("output", width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        scored = tokens
        if self.self_attention != "none":
            query, keys, values = self.query_key_value(tokens).chunk(3, dim=-1)
            scored = self.output(attend(query, keys, values, heads=1))
        content = scored if self.self_attention == "both" else tokens
        for layer in self.hidden:
            scored = self.activation(layer(scored))
        weights = self.score(scored).softmax(1)
        return (weights * content).sum(1)
