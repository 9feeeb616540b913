"""The probes that ProbeSweep is compared with, as PyTorch modules written from the papers' equations.

Symbols as in the papers: B samples, T tokens, D their width, M queries or H heads, D_o the output's width, C classes.
Every module maps tokens [B, T, D] to [B, D_o]. Parameters are declared in the order, and with the shapes, of
ProbeSweep's tensors.

`forward` follows the published order of operations, with projections of every token. `quick` gives the same output and
gradients in fewer operations: keys are folded into the query and values projected after the weighted sum. It takes a
mask [B, T], true where a token is there, for samples of unequal length. Run as a program, this file compares the two.
"""

import torch
from torch import nn
from torch.nn import functional


class Linear(nn.Module):
    """Linear probing reads the mean of the tokens."""

    first_values = {}

    def __init__(self, D):
        super().__init__()
        self.width = D

    def forward(self, x):
        return x.mean(1)

    def quick(self, x, mask):
        return mean(x, mask)


class MultilayerPerceptron(nn.Module):
    """One hidden layer on the mean: φ(W x̄ + b), φ GELU or another; with batch norm in front of the classifier or without."""

    first_values = {}

    def __init__(self, D, hidden, activation=functional.gelu, normalizes=True):
        super().__init__()
        self.width, self.activation, self.normalizes = hidden, activation, normalizes
        self.hidden = nn.ModuleList([nn.Linear(D, hidden)])

    def forward(self, x):
        return self.activation(self.hidden[0](x.mean(1)))

    def quick(self, x, mask):
        return self.activation(self.hidden[0](mean(x, mask)))


class EfficientProbing(nn.Module):
    """a_j = softmax_t(D^-1/2 q_j·x_t); chunk j of y = Σ_t a_jt (chunk j of W_V x_t)."""

    first_values = {"queries": ("normal", 0.02)}

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


class CrossAttention(nn.Module):
    """Multi-head cross-attention of one learned input: q = W_Q u, k_t = W_K x_t, v_t = W_V x_t, no biases."""

    first_values = {"input": ("normal", 0.02)}

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


class CAE(nn.Module):
    """CAE's attentive block: a layer norm each for query, keys and values (ε = 1e-5), and one that nothing reads."""

    first_values = {"latent": ("constant", 0)}

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


class VJEPA(nn.Module):
    """V-JEPA's attentive pooler, first version: y_1 = ℓ + attention of ℓ to LN1(x), y = y_1 + MLP(LN2(y_1))."""

    first_values = {
        "latent": ("normal", 0.02),
        "output.weight": ("normal", 0.02 / 2**0.5),
        "mlp.fc2.weight": ("normal", 0.02 / 2**0.5),
        **{f"{name}.weight": ("normal", 0.02) for name in ("query", "key_value", "mlp.fc1")},
        **{f"{name}.bias": ("constant", 0) for name in ("query", "key_value", "output", "mlp.fc1", "mlp.fc2")},
    }

    def __init__(self, D, heads):
        super().__init__()
        self.width, self.heads = D, heads
        self.latent = nn.Parameter(torch.empty(1, D))
        self.norm1 = nn.LayerNorm(D)
        self.query = nn.Linear(D, D)
        self.key_value = nn.Linear(D, 2 * D)
        self.output = nn.Linear(D, D)
        self.norm2 = nn.LayerNorm(D)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(D, 4 * D), "fc2": nn.Linear(4 * D, D)})

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
        return y + self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(y))))


class Network(nn.Module):
    """A probe with its head: batch norm without affine (ε = 1e-6, momentum 0.1), unless it does without, then a linear layer."""

    def __init__(self, probe, classes):
        super().__init__()
        self.probe = probe
        norm = nn.BatchNorm1d(probe.width, eps=1e-6, momentum=0.1, affine=False)
        self.norm = norm if getattr(probe, "normalizes", True) else nn.Identity()
        self.head = nn.Linear(probe.width, classes)

    def forward(self, x):
        return self.head(self.norm(self.probe(x)))

    def quick(self, x, mask):
        return self.head(self.norm(self.probe.quick(x, mask)))

    def first_values(self):
        """{tensor: (distribution, its constant, standard deviation or bound)} as the papers have them.

        PyTorch's defaults where a probe says nothing else: U(±1/√inputs) for both tensors of a linear layer.
        """
        values = {}
        for name, module in self.named_modules():
            if isinstance(module, nn.LayerNorm):
                values.update({f"{name}.weight": ("constant", 1), f"{name}.bias": ("constant", 0)})
            if isinstance(module, nn.Linear):
                values.update({f"{name}.{part}": ("uniform", module.in_features**-0.5) for part in ("weight", "bias")})
        values.update({f"probe.{name}": value for name, value in self.probe.first_values.items()})
        return {name: values[name] for name, _ in self.named_parameters()}

    @torch.no_grad()
    def initialize(self):
        """First values by PyTorch's generator."""
        for (kind, size), tensor in zip(self.first_values().values(), self.parameters()):
            if kind == "constant":
                tensor.fill_(size)
            elif kind == "normal":
                tensor.normal_(std=size)
            else:
                tensor.uniform_(-size, size)
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


def check():
    """Prints how far `quick` with padding is from `forward` in double precision: each probe's loss and gradients."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    B, T, D, C = 8, 5, 64, 5
    x, labels = torch.randn(B, T, D), torch.randint(C, (B,))
    padded = torch.cat([x, torch.randn(B, 2, D)], 1)
    mask = (torch.arange(T + 2) < T).expand(B, -1)
    probes = [
        Linear(D), MultilayerPerceptron(D, 32), EfficientProbing(D, 4, D), EfficientProbing(D, 4, D // 4),
        EfficientProbing(D, 16, D), EfficientProbing(D, 16, D // 4), CrossAttention(D, 4), CAE(D, 8), VJEPA(D, 16),
    ]
    for probe in probes:
        network = Network(probe, C).initialize()
        with torch.no_grad():
            for p in network.parameters():
                p.add_(0.2 * torch.randn_like(p))
        losses, gradients = [], []
        for logits in (network(x), network.quick(padded, mask)):
            network.zero_grad()
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            losses.append(loss.item())
            gradients.append([torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters()])
        largest = max(g.abs().max() for g in gradients[0])
        difference = max((a - b).abs().max() for a, b in zip(*gradients)) / largest
        print(f"{type(probe).__name__:22} loss {abs(losses[0] - losses[1]):.1e} gradients {difference:.1e}")


if __name__ == "__main__":
    check()
