"""Poolings in which learned queries attend to projected tokens, with nothing behind the attention: efficient probing,
generic cross-attention, AIM and CoCa."""

from typing import Any

from torch import Tensor, einsum, nn
from torch.nn import functional

from probesweep.heads.options import choice, count
from probesweep.heads.parts import attend, require_divisor
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout


class EfficientProbing(nn.Module):
    """s_jt = D^{-1/2} q_j·x_t; a_j = softmax_t(s_j); y[chunk j] = W_V[chunk j] Σ_t a_jt x_t."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.queries = tensors.parameter("queries", count(options, "queries", 32), None)
        self.value = tensors.linear("value", None, self.queries.shape[1], bias=False)
        require_divisor("queries", len(self.queries), self.value.out_features)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        weights = (self.queries @ tokens.transpose(1, 2) * tokens.shape[-1] ** -0.5).softmax(-1)
        chunks = self.value.weight.unflatten(0, (len(self.queries), -1))
        return einsum("nmd,mcd->nmc", weights @ tokens, chunks).flatten(1)


class CrossAttention(nn.Module):
    """q = W_Q u; k_t = W_K x_t; v_t = W_V x_t; y_h = Σ_t softmax_t((D_a/M)^{-1/2} q_h·k_ht) v_ht."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 12)
        self.input = tensors.parameter("input", 1, None)
        width = self.input.shape[1]
        self.query = tensors.linear("query", None, width, bias=False)
        self.key = tensors.linear("key", self.query.out_features, width, bias=False)
        self.value = tensors.linear("value", None, width, bias=False)
        for layer in (self.query, self.value):
            require_divisor("heads", self.heads, layer.out_features)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.select(tokens)
        return attend(self.query(self.input)[None], self.key(tokens), self.value(tokens), self.heads)[:, 0]


class AIM(nn.Module):
    """One query over keys and values of batch-normalised tokens: x̂_t = (x_t − μ)/√(v + 1e-6), k = W_K x̂,
    v = W_V x̂."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        self.heads = count(options, "heads", 16)
        self.query = tensors.parameter("query", 1, None)
        width = self.query.shape[1]
        require_divisor("heads", self.heads, width)
        self.token_norm = tensors.batch_norm("token_norm", width, epsilon=1e-6)
        self.key = tensors.linear("key", width, width, bias=False)
        self.value = tensors.linear("value", width, width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.token_norm(self.select(tokens))
        return attend(self.query[None], self.key(tokens), self.value(tokens), self.heads)[:, 0]


class CoCa(nn.Module):
    """The first of the learned queries, layer-normalised, in 8 heads of 64 over one key and value head for all."""

    heads, head_width, epsilon = 8, 64, 1e-5

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        # The others are stored and trained, and their outputs are left out.
        self.queries = tensors.parameter("queries", None, None)
        width = self.queries.shape[1]
        self.norm = tensors.layer_norm("norm", width, self.epsilon, bias=False)
        self.query = tensors.linear("query", self.heads * self.head_width, width, bias=False)
        self.key_value = tensors.linear("key_value", 2 * self.head_width, width, bias=False)
        self.output = tensors.linear("output", width, self.heads * self.head_width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        query = self.query(self.norm(self.queries[:1])).unflatten(-1, (self.heads, -1))
        key, value = self.key_value(self.select(tokens)).chunk(2, dim=-1)
        # The heads are queries of one shared head: [1, 8, 64] attends to [n, N, 64].
        mixed = functional.scaled_dot_product_attention(query.expand(len(key), -1, -1), key, value)
        return self.output(mixed.flatten(1))
