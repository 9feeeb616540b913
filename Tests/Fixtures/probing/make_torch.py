"""Outputs and gradients of poolings that golden.json does not hold, by PyTorch in double precision.

    python3 make_torch.py > torch.json          PyTorch 2.x, CPU
    python3 make_torch.py --costs               multiply-accumulates at ViT-B, counted by PyTorch, to standard output

Inputs, parameters and upstream gradient follow golden.json's rule: B = 2, T = 4, D = 48; x[i] = sin(0.37 i) +
0.1 cos(0.11 i); parameter k, element i: 0.5 sin(0.7 i + 1.3 k + 0.2); upstream gradient cos(0.23 i); for every parameter
sum, sum of squares, first and last element of its gradient. The modules are written from the papers' equations.
"""

import json
import sys

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.heads = heads

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        a = ((q * (D // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, D))


class Perceptron(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, epsilon):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=epsilon)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=epsilon)
        self.mlp = Perceptron(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class CrossAttention(nn.Module):
    """V-JEPA 2's: without output projection."""

    def __init__(self, width, heads):
        super().__init__()
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.heads = heads

    def forward(self, latent, x):
        B, T, D = x.shape
        shape = self.heads, D // self.heads
        q = self.q(latent).reshape(B, 1, *shape).transpose(1, 2)
        k, v = self.kv(x).reshape(B, T, 2, *shape).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) * shape[1] ** -0.5).softmax(-1)
        return (a @ v).transpose(1, 2).reshape(B, 1, D)


class VJEPA2(nn.Module):
    def __init__(self, width, heads=16, blocks=3):
        super().__init__()
        self.latent = nn.Parameter(torch.zeros(1, 1, width))
        self.norm1 = nn.LayerNorm(width)
        self.xattn = CrossAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Perceptron(width)
        self.blocks = nn.ModuleList(Block(width, heads, 1e-5) for _ in range(blocks))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        y = self.latent.repeat(len(x), 1, 1)
        y = y + self.xattn(y, self.norm1(x))
        y = y + self.mlp(self.norm2(y))
        return y.squeeze(1)


class Finetune(nn.Module):
    """The last blocks of a vision transformer, its final norm, and the class token or the mean of the others."""

    def __init__(self, width, heads, blocks, pool):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads, 1e-6) for _ in range(blocks))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pool = pool

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return x[:, 0] if self.pool == "class" else x[:, 1:].mean(1)


class CrossAttentionProbe(nn.Module):
    """Multi-head cross-attention of one learned input, no biases."""

    def __init__(self, width, heads):
        super().__init__()
        self.input = nn.Parameter(torch.zeros(1, width))
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.heads = heads

    def forward(self, x):
        B, T, D = x.shape
        shape = self.heads, D // self.heads
        q = self.query(self.input).reshape(1, 1, *shape).transpose(1, 2)
        k = self.key(x).reshape(B, T, *shape).transpose(1, 2)
        v = self.value(x).reshape(B, T, *shape).transpose(1, 2)
        a = (q @ k.transpose(-2, -1) * shape[1] ** -0.5).softmax(-1)
        return (a @ v).transpose(1, 2).reshape(B, D)


class MixedEfficientProbe(nn.Module):
    """Efficient probing of levels that lie side by side, mixed by softmax weights."""

    def __init__(self, width, levels=3, queries=4):
        super().__init__()
        width = width // levels
        self.queries = nn.Parameter(torch.zeros(queries, width))
        # Parameters in the order of the probe's tensors.
        self.value = nn.Parameter(torch.zeros(width, width))
        self.mix = nn.Parameter(torch.zeros(levels))
        self.levels = levels

    def forward(self, x):
        B, T, _ = x.shape
        x = torch.einsum("l,btld->btd", self.mix.softmax(0), x.reshape(B, T, self.levels, -1))
        M, D = self.queries.shape
        a = (self.queries @ x.transpose(1, 2) / D**0.5).softmax(-1)
        v = (x @ self.value.T).reshape(B, T, M, D // M)
        return torch.einsum("bmt,btmd->bmd", a, v).reshape(B, D)


class AbMILP(nn.Module):
    """Attention-based multiple-instance pooling of "Beyond [cls]": one linear score, and the weighted sum of tokens."""

    def __init__(self, width):
        super().__init__()
        self.score = nn.Linear(width, 1)

    def forward(self, x):
        return (self.score(x).softmax(1) * x).sum(1)


CASES = {
    "vjepa2": lambda D: VJEPA2(D),
    "finetune-class": lambda D: Finetune(D, 12, 2, "class"),
    "finetune-mean": lambda D: Finetune(D, 12, 2, "mean"),
    "mhca": lambda D: CrossAttentionProbe(D, 12),
    "efficient-mix": lambda D: MixedEfficientProbe(D),
}


def golden(make):
    B, T, D = 2, 4, 48
    module = make(D).double().train()
    i = torch.arange(B * T * D, dtype=torch.float64)
    x = (torch.sin(0.37 * i) + 0.1 * torch.cos(0.11 * i)).reshape(B, T, D)
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            j = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((0.5 * torch.sin(0.7 * j + 1.3 * k + 0.2)).reshape(p.shape))
    y = module(x)
    j = torch.arange(y.numel(), dtype=torch.float64)
    y.backward(torch.cos(0.23 * j).reshape(y.shape))
    params = []
    for name, p in module.named_parameters():
        g = p.grad.flatten()
        values = [g.sum(), (g * g).sum(), g[0], g[-1]]
        params.append({"name": name, "shape": list(p.shape), "grad": [float(f"{float(v):.14g}") for v in values]})
    return {
        "output_shape": list(y.shape),
        "output": [float(f"{v:.14g}") for v in y.detach().flatten().tolist()],
        "params": params,
    }


def costs():
    from torch.utils.flop_counter import FlopCounterMode

    B, T, D = 1, 196, 768
    for name, make in (CASES | {"abmilp": AbMILP}).items():
        module = make(D)
        x = torch.randn(B, T, D)
        with FlopCounterMode(display=False) as forward:
            y = module(x)
        with FlopCounterMode(display=False) as backward:
            y.sum().backward()
        parameters = sum(p.numel() for p in module.parameters())
        print(name, parameters, forward.get_total_flops() // 2, backward.get_total_flops() // 2)


if __name__ == "__main__":
    if "--costs" in sys.argv:
        costs()
    else:
        json.dump({name: golden(make) for name, make in CASES.items()}, sys.stdout)
        print()
