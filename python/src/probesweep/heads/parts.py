"""Parts that several poolings share."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from probesweep.heads.errors import HeadError
from probesweep.heads.tensors import HeadTensors


def require_divisor(option: str, count: int, width: int) -> None:
    if width % count:
        raise HeadError(
            f"probe.options.{option}", f"{count} does not divide the width {width}", "Give a divisor of the width")


def attend(query: Tensor, keys: Tensor, values: Tensor, heads: int, value_heads: int | None = None) -> Tensor:
    """Attention of each sample's own queries to its tokens, head by head.

    a_h = softmax_t(d_h^{-1/2} q_h·k_ht), y = [Σ_t a_ht v_ht]; heads own consecutive channels.

    query: [n, Q, A], or [1, Q, A] for all samples. keys: [n, N, A]. values: [n, N, V]. Returns [n, Q, V].
    """
    samples, tokens = keys.shape[:2]
    # By head: [n, H, Q, A/H], [n, H, N, A/H], [n, H, N, V/H].
    q = query.unflatten(-1, (heads, -1)).transpose(1, 2)
    k = keys.unflatten(-1, (heads, -1)).transpose(1, 2)
    v = values.unflatten(-1, (value_heads or heads, -1)).transpose(1, 2)
    scores = q @ k.transpose(-1, -2) * k.shape[-1] ** -0.5
    mixed = scores.softmax(-1) @ v
    return mixed.transpose(1, 2).reshape(samples, query.shape[1], -1)


class Perceptron(nn.Module):
    """W_2 GELU(W_1 x + b_1) + b_2, hidden width 4·D, GELU by erf."""

    def __init__(self, tensors: HeadTensors, width: int, prefix: str = ""):
        super().__init__()
        self.fc1 = tensors.linear(f"{prefix}mlp.fc1", 4 * width, width)
        self.fc2 = tensors.linear(f"{prefix}mlp.fc2", width, 4 * width)

    def forward(self, rows: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(rows)))


class TransformerBlock(nn.Module):
    """x ← x + λ_1 ⊙ (W_o MHSA(LN1(x)) + b_o); x ← x + λ_2 ⊙ MLP(LN2(x)), on tokens [n, N, D]; λ where the block has them."""

    def __init__(self, tensors: HeadTensors, width: int, heads: int, epsilon: float, prefix: str = "",
                 projection: str = "query_key_value", output: str = "output", has_projection_bias: bool = True,
                 has_layer_scale: bool = False):
        super().__init__()
        require_divisor("heads", heads, width)
        self.heads = heads
        self.norm1 = tensors.layer_norm(f"{prefix}norm1", width, epsilon)
        self.norm2 = tensors.layer_norm(f"{prefix}norm2", width, epsilon)
        self.projection = tensors.linear(prefix + projection, 3 * width, width, bias=has_projection_bias)
        self.output = tensors.linear(prefix + output, width, width)
        self.mlp = Perceptron(tensors, width, prefix)
        self.scale1, self.scale2 = (
            (tensors.parameter(f"{prefix}{name}.gamma", width) if has_layer_scale else None) for name in ("ls1", "ls2"))

    def forward(self, tokens: Tensor) -> Tensor:
        query, keys, values = self.projection(self.norm1(tokens)).chunk(3, dim=-1)
        tokens = tokens + scaled(self.output(attend(query, keys, values, self.heads)), self.scale1)
        return tokens + scaled(self.mlp(self.norm2(tokens)), self.scale2)


def scaled(rows: Tensor, scale: Tensor | None) -> Tensor:
    return rows if scale is None else scale * rows


class PostNormBlock(nn.Module):
    """x ← LN1(x + W_o MHSA(x) + b_o); x ← LN2(x + MLP(x)), on tokens [n, N, D]."""

    def __init__(self, tensors: HeadTensors, width: int, heads: int, epsilon: float, prefix: str, projection: str,
                 output: str):
        super().__init__()
        require_divisor("heads", heads, width)
        self.heads = heads
        self.norm1 = tensors.layer_norm(f"{prefix}norm1", width, epsilon)
        self.norm2 = tensors.layer_norm(f"{prefix}norm2", width, epsilon)
        self.projection = tensors.linear(prefix + projection, 3 * width, width)
        self.output = tensors.linear(prefix + output, width, width)
        self.mlp = Perceptron(tensors, width, prefix)

    def forward(self, tokens: Tensor) -> Tensor:
        query, keys, values = self.projection(tokens).chunk(3, dim=-1)
        tokens = self.norm1(tokens + self.output(attend(query, keys, values, self.heads)))
        return self.norm2(tokens + self.mlp(tokens))
