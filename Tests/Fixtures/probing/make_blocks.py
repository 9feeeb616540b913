"""Fine-tuned blocks with layer scale and post-norm blocks: outputs, gradients and three steps of AdamW, by PyTorch in double
precision.

    python3 make_blocks.py > blocks.json          PyTorch 2.x, CPU

Two blocks of width 48 with 12 heads on B = 3 samples of up to T = 4 tokens, of which `lengths` says how many count: the others
are masked from attention and left out of means. Token t of sample b has x[i] = sin(0.37 i) + 0.1 cos(0.11 i), i from
(b·T + t)·D; parameter k, element i: 0.5 sin(0.7 i + 1.3 k + 0.2), plus 1 for the weights of norms; upstream gradient
cos(0.23 i). Each parameter's numbers are summaries: sum, sum of squares, first and last element, and Σ v_i cos(0.31 i + 0.5).
Steps minimise Σ output ⊙ upstream gradient: rate 0.01, weight decay 0.1 of tensors with more than one axis.
"""

import json
import sys

import torch
from torch import nn

from make_torch import Perceptron

SAMPLES, TOKENS, WIDTH, HEADS, BLOCKS, STEPS = 3, 4, 48, 12, 2, 3
EQUAL, UNEQUAL = [4, 4, 4], [4, 2, 3]


class MaskedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x, mask):
        B, T, D = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        scores = (q * (D // HEADS) ** -0.5) @ k.transpose(-2, -1)
        a = scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, D))


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, x):
        return self.gamma * x


class Block(nn.Module):
    """Parameters in the order of the probe's tensors."""

    def __init__(self, kind):
        super().__init__()
        epsilon = 1e-12 if kind == "post-norm" else 1e-6
        self.norm1 = nn.LayerNorm(WIDTH, eps=epsilon)
        self.attn = MaskedAttention()
        self.norm2 = nn.LayerNorm(WIDTH, eps=epsilon)
        self.mlp = Perceptron(WIDTH)
        self.ls1, self.ls2 = (Scale() if kind == "layer-scale" else nn.Identity() for _ in range(2))
        self.kind = kind

    def forward(self, x, mask):
        if self.kind == "post-norm":
            x = self.norm1(x + self.attn(x, mask))
            return self.norm2(x + self.mlp(x))
        x = x + self.ls1(self.attn(self.norm1(x), mask))
        return x + self.ls2(self.mlp(self.norm2(x)))


class Finetune(nn.Module):
    def __init__(self, kind, pool):
        super().__init__()
        self.blocks = nn.ModuleList(Block(kind) for _ in range(BLOCKS))
        self.norm = nn.Identity() if kind == "post-norm" else nn.LayerNorm(WIDTH, eps=1e-6)
        self.pool = pool

    def forward(self, x, mask):
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        if self.pool == "class":
            return x[:, 0]
        patches = mask[:, 1:, None]
        return (x[:, 1:] * patches).sum(1) / patches.sum(1)


CASES = [("pre-norm", "mean", UNEQUAL), ("layer-scale", "class", EQUAL), ("layer-scale", "mean", UNEQUAL),
         ("post-norm", "class", UNEQUAL), ("post-norm", "mean", EQUAL), ("post-norm", "mean", UNEQUAL)]


def golden(kind, pool, lengths):
    module = Finetune(kind, pool).double().train()
    i = torch.arange(SAMPLES * TOKENS * WIDTH, dtype=torch.float64)
    x = (torch.sin(0.37 * i) + 0.1 * torch.cos(0.11 * i)).reshape(SAMPLES, TOKENS, WIDTH)
    mask = torch.arange(TOKENS)[None] < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        for k, (name, p) in enumerate(module.named_parameters()):
            j = torch.arange(p.numel(), dtype=torch.float64)
            is_gain = "norm" in name and name.endswith("weight")
            p.copy_((0.5 * torch.sin(0.7 * j + 1.3 * k + 0.2)).reshape(p.shape) + float(is_gain))
    upstream = torch.cos(0.23 * torch.arange(SAMPLES * WIDTH, dtype=torch.float64)).reshape(SAMPLES, WIDTH)
    decayed = [p for p in module.parameters() if p.ndim > 1]
    others = [p for p in module.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=0.01)

    output = first = module(x, mask)
    gradients = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        output.backward(upstream)
        gradients = gradients or [summary(p.grad) for p in module.parameters()]
        optimizer.step()
        output = module(x, mask)
    return {
        "type": kind, "pool": pool, "lengths": lengths, "output": digits(first.detach().flatten().tolist()),
        "counts": [p.numel() for p in module.parameters()], "gradients": gradients,
        "trained": [summary(p.detach()) for p in module.parameters()],
        "trained_output": digits(output.detach().flatten().tolist()),
    }


def summary(tensor):
    values = tensor.flatten()
    direction = torch.cos(0.31 * torch.arange(values.numel(), dtype=torch.float64) + 0.5)
    numbers = [values.sum(), (values * values).sum(), values[0], values[-1], (values * direction).sum()]
    return digits([float(number) for number in numbers])


def digits(numbers):
    return [float(f"{number:.14g}") for number in numbers]


if __name__ == "__main__":
    json.dump([golden(*case) for case in CASES], sys.stdout)
    print()
