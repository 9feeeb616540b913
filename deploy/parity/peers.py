"""The probes that ProbeSweep is compared with, as PyTorch modules written from the papers' equations.

Symbols as in the papers: B samples, T tokens, D their width, M queries or H heads, D_o the output's width, C classes. Every
module maps tokens [B, T, D] to [B, D_o]. Parameters are declared in the order, and with the shapes, of ProbeSweep's tensors.

`forward` follows the published order of operations, with projections of every token. `quick` gives the same output and
gradients in fewer operations: keys are folded into the query and values projected after the weighted sum. It takes a mask
[B, T], true where a token is there, for samples of unequal length.
"""

import torch
from torch import nn
from torch.nn import functional


class Linear(nn.Module):
    """Linear probing reads the mean of the tokens."""

    def __init__(self, D):
        super().__init__()
        self.width = D

    def forward(self, x):
        return x.mean(1)

    def quick(self, x, mask):
        return mean(x, mask)

    def initialize(self):
        pass


class MultilayerPerceptron(nn.Module):
    """One hidden layer with GELU on the mean: GELU(W x̄ + b)."""

    def __init__(self, D, hidden):
        super().__init__()
        self.width = hidden
        self.hidden = nn.Linear(D, hidden)

    def forward(self, x):
        return functional.gelu(self.hidden(x.mean(1)))

    def quick(self, x, mask):
        return functional.gelu(self.hidden(mean(x, mask)))

    def initialize(self):
        default_linear(self.hidden.weight, self.hidden.bias)


class EfficientProbing(nn.Module):
    """a_j = softmax_t(D^-1/2 q_j·x_t); chunk j of y = Σ_t a_jt (chunk j of W_V x_t)."""

    def __init__(self, D, queries, output):
        super().__init__()
        self.width = output
        self.queries = nn.Parameter(torch.empty(queries, D))
        self.value = nn.Linear(D, output, bias=False)

    def forward(self, x):
        B, T, D = x.shape
        M = len(self.queries)
        attention = (D**-0.5 * self.queries @ x.transpose(1, 2)).softmax(-1)  # [B, M, T]
        values = self.value(x).reshape(B, T, M, -1).transpose(1, 2)  # [B, M, T, D_o/M]
        return (attention.unsqueeze(2) @ values).reshape(B, -1)

    def quick(self, x, mask):
        return attend(x, mask, self.queries * x.shape[-1] ** -0.5, self.value.weight)

    def initialize(self):
        nn.init.normal_(self.queries, std=0.02)
        default_linear(self.value.weight)


class CrossAttention(nn.Module):
    """Multi-head cross-attention of one learned input: q = W_Q u, k_t = W_K x_t, v_t = W_V x_t, no biases."""

    def __init__(self, D, heads):
        super().__init__()
        self.width, self.heads = D, heads
        self.input = nn.Parameter(torch.empty(1, D))
        self.query = nn.Linear(D, D, bias=False)
        self.key = nn.Linear(D, D, bias=False)
        self.value = nn.Linear(D, D, bias=False)

    def forward(self, x):
        return multi_head(self.query(self.input).expand(len(x), -1), self.key(x), self.value(x), self.heads)

    def quick(self, x, mask):
        return attend(x, mask, fold(self.query(self.input), self.key.weight, self.heads), self.value.weight)

    def initialize(self):
        nn.init.normal_(self.input, std=0.02)
        for layer in (self.query, self.key, self.value):
            default_linear(layer.weight)


class CAE(nn.Module):
    """CAE's attentive block: a layer norm each for query, keys and values (ε = 1e-5), and one that nothing reads."""

    def __init__(self, D, heads):
        super().__init__()
        self.width, self.heads = D, heads
        self.latent = nn.Parameter(torch.zeros(1, D))
        self.query_norm, self.key_norm, self.value_norm, self.unused_norm = (nn.LayerNorm(D) for _ in range(4))
        self.query = nn.Linear(D, D, bias=False)
        self.key = nn.Linear(D, D, bias=False)
        self.value = nn.Linear(D, D, bias=False)
        self.output = nn.Linear(D, D)

    def forward(self, x):
        query = self.query(self.query_norm(self.latent)).expand(len(x), -1)
        return self.output(multi_head(query, self.key(self.key_norm(x)), self.value(self.value_norm(x)), self.heads))

    def quick(self, x, mask):
        queries = fold(self.query(self.query_norm(self.latent)), self.key.weight, self.heads) * self.key_norm.weight
        normalized = functional.layer_norm(x, x.shape[-1:])
        return self.output(attend(normalized, mask, queries, self.value.weight, norm=self.value_norm))

    def initialize(self):
        for layer in (self.query, self.key, self.value):
            default_linear(layer.weight)
        default_linear(self.output.weight, self.output.bias)


class VJEPA(nn.Module):
    """V-JEPA's attentive pooler, first version: y_1 = ℓ + attention of ℓ to LN1(x), y = y_1 + MLP(LN2(y_1))."""

    def __init__(self, D, heads):
        super().__init__()
        self.width, self.heads = D, heads
        self.latent = nn.Parameter(torch.empty(1, D))
        self.norm1 = nn.LayerNorm(D)
        self.query = nn.Linear(D, D)
        self.key_value = nn.Linear(D, 2 * D)
        self.output = nn.Linear(D, D)
        self.norm2 = nn.LayerNorm(D)
        self.fc1 = nn.Linear(D, 4 * D)
        self.fc2 = nn.Linear(4 * D, D)

    def forward(self, x):
        key, value = self.key_value(self.norm1(x)).chunk(2, dim=-1)
        return self.residuals(multi_head(self.query(self.latent).expand(len(x), -1), key, value, self.heads))

    def quick(self, x, mask):
        D = x.shape[-1]
        queries = fold(self.query(self.latent), self.key_value.weight[:D], self.heads) * self.norm1.weight
        normalized = functional.layer_norm(x, (D,))
        attended = attend(normalized, mask, queries, self.key_value.weight[D:], norm=self.norm1)
        return self.residuals(attended + self.key_value.bias[D:])

    def residuals(self, attended):
        y = self.latent + self.output(attended)
        return y + self.fc2(functional.gelu(self.fc1(self.norm2(y))))

    def initialize(self):
        nn.init.normal_(self.latent, std=0.02)
        for layer in (self.query, self.key_value, self.output, self.fc1, self.fc2):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        with torch.no_grad():
            self.output.weight /= 2**0.5
            self.fc2.weight /= 2**0.5


class Network(nn.Module):
    """A probe with the head of all of them: batch norm without affine (ε = 1e-6, momentum 0.1), then a linear layer."""

    def __init__(self, probe, classes):
        super().__init__()
        self.probe = probe
        self.norm = nn.BatchNorm1d(probe.width, eps=1e-6, momentum=0.1, affine=False)
        self.head = nn.Linear(probe.width, classes)

    def forward(self, x):
        return self.head(self.norm(self.probe(x)))

    def quick(self, x, mask):
        return self.head(self.norm(self.probe.quick(x, mask)))

    def initialize(self):
        """The first values as the papers have them, from PyTorch's generator."""
        self.probe.initialize()
        default_linear(self.head.weight, self.head.bias)
        return self


def multi_head(query, key, value, heads):
    """Attention of one query [B, D] to keys and values [B, T, D], scores scaled by (D/heads)^-1/2."""
    B, T, D = key.shape
    q, k, v = (z.reshape(B, -1, heads, D // heads).transpose(1, 2) for z in (query, key, value))
    attention = ((D // heads) ** -0.5 * q @ k.transpose(2, 3)).softmax(-1)
    return (attention @ v).transpose(1, 2).reshape(B, D)


def fold(query, key_weight, heads):
    """The queries [H, D] whose products with tokens are the scores of `query` [1, D] against W_K x_t."""
    D = key_weight.shape[1]
    width = query.shape[1] // heads
    q, keys = query.reshape(heads, 1, width), key_weight.reshape(heads, width, D)
    return (width**-0.5 * q @ keys).reshape(heads, D)


def attend(x, mask, queries, value_weight, norm=None):
    """chunk j of W_V (Σ_t softmax_t(g_j·x_t) x_t), for queries g [M, D]; the affine part of a norm goes to the sum."""
    B, T, D = x.shape
    scores = (x.reshape(B * T, D) @ queries.T).reshape(B, T, -1).transpose(1, 2)
    attention = scores.masked_fill(~mask.unsqueeze(1), float("-inf")).softmax(-1)
    pooled = attention @ x  # [B, M, D]
    if norm is not None:
        pooled = pooled * norm.weight + norm.bias
    M = len(queries)
    values = value_weight.reshape(M, -1, D)
    return torch.einsum("bmd,mod->bmo", pooled, values).reshape(B, -1)


def mean(x, mask):
    return (x * mask.unsqueeze(2)).sum(1) / mask.sum(1, keepdim=True)


def default_linear(*tensors):
    """U(±1/√inputs) for a weight [out, in] and its bias."""
    bound = tensors[0].shape[1] ** -0.5
    for tensor in tensors:
        nn.init.uniform_(tensor, -bound, bound)
