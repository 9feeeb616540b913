"""Poolings in which a latent attends to the tokens and is refined by projections, perceptrons and residuals: SigLIP,
CAE, V-JEPA, CaiT."""

from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.options import choice, count
from probesweep.heads.parts import Perceptron, attend, require_divisor
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout


class SigLIP(nn.Module):
    """o = W_o [Σ_t a_ht v_ht] + b_o for a latent's query; y = o + MLP(LN(o)), LN with `norm: layer` alone, ε = 1e-6."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 8)
        self.latent = tensors.parameter("latent", 1, None)
        width = self.latent.shape[1]
        require_divisor("heads", self.heads, width)
        self.query = tensors.linear("query", width, width)
        self.key_value = tensors.linear("key_value", 2 * width, width)
        self.output = tensors.linear("output", width, width)
        has_norm = choice(options, "norm", "none", "layer") == "layer"
        self.norm: nn.Module = tensors.layer_norm("norm", width, 1e-6) if has_norm else nn.Identity()
        self.mlp = Perceptron(tensors, width)

    def forward(self, tokens: Tensor) -> Tensor:
        key, value = self.key_value(self.select(tokens)).chunk(2, dim=-1)
        mixed = attend(self.query(self.latent)[None], key, value, self.heads)[:, 0]
        pooled = self.output(mixed)
        return pooled + self.mlp(self.norm(pooled))


class CAE(nn.Module):
    """y = W_o [Σ_t a_ht v_ht] + b_o with layer norms of their own, ε = 1e-5, for the query, keys and values."""

    epsilon = 1e-5

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 8)
        self.latent = tensors.parameter("query", 1, None)
        width = self.latent.shape[1]
        require_divisor("heads", self.heads, width)
        self.query_norm, self.key_norm, self.value_norm = (
            tensors.layer_norm(f"{part}_norm", width, self.epsilon) for part in ("query", "key", "value"))
        self.query, self.key, self.value = (
            tensors.linear(part, width, width, bias=False) for part in ("query", "key", "value"))
        # Stored as the method's own code has it, and used nowhere.
        self.unused_norm = tensors.layer_norm("unused_norm", width, self.epsilon)
        self.output = tensors.linear("output", width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        query = self.query(self.query_norm(self.latent))[None]
        keys, values = self.key(self.key_norm(tokens)), self.value(self.value_norm(tokens))
        return self.output(attend(query, keys, values, self.heads)[:, 0])


class VJEPA(nn.Module):
    """y_1 = ℓ + W_o [Σ_t a_ht v_ht] + b_o over layer-normalised tokens; y = y_1 + MLP(LN2(y_1)), ε = 1e-5."""

    epsilon = 1e-5
    has_output = True

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 16)
        self.latent = tensors.parameter("latent", 1, None)
        width = self.latent.shape[1]
        require_divisor("heads", self.heads, width)
        self.norm1 = tensors.layer_norm("norm1", width, self.epsilon)
        self.query = tensors.linear("query", width, width)
        self.key_value = tensors.linear("key_value", 2 * width, width)
        self.output: nn.Module = tensors.linear("output", width, width) if self.has_output else nn.Identity()
        self.norm2 = tensors.layer_norm("norm2", width, self.epsilon)
        self.mlp = Perceptron(tensors, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.read(self.select(tokens))

    def read(self, tokens: Tensor) -> Tensor:
        """The cross-attention block, on the tokens that it attends to."""
        key, value = self.key_value(self.norm1(tokens)).chunk(2, dim=-1)
        mixed = attend(self.query(self.latent)[None], key, value, self.heads)[:, 0]
        pooled = self.latent + self.output(mixed)
        return pooled + self.mlp(self.norm2(pooled))


class CaiT(nn.Module):
    """A class token c_0 attends to itself and the tokens, all layer-normalised: c_1 = c_0 + λ_1 ⊙ o,
    c_2 = c_1 + λ_2 ⊙ MLP(LN2(c_1)), ε = 1e-6; y = LN_f(c_2), ε = 1e-5."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 4)
        self.class_token = tensors.parameter("class_token", 1, None)
        width = self.class_token.shape[1]
        require_divisor("heads", self.heads, width)
        self.layer_scale1 = tensors.parameter("layer_scale1", width)
        self.layer_scale2 = tensors.parameter("layer_scale2", width)
        self.norm1 = tensors.layer_norm("norm1", width, 1e-6)
        self.query, self.key, self.value, self.output = (
            tensors.linear(part, width, width) for part in ("query", "key", "value", "output"))
        self.norm2 = tensors.layer_norm("norm2", width, 1e-6)
        self.mlp = Perceptron(tensors, width)
        self.final_norm = tensors.layer_norm("final_norm", width, 1e-5)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        rows = self.norm1(torch.cat([self.class_token.expand(len(tokens), 1, -1), tokens], dim=1))
        mixed = attend(self.query(rows[:, :1]), self.key(rows), self.value(rows), self.heads)[:, 0]
        pooled = self.class_token + self.layer_scale1 * self.output(mixed)
        pooled = pooled + self.layer_scale2 * self.mlp(self.norm2(pooled))
        return self.final_norm(pooled)
