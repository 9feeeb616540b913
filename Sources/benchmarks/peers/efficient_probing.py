"""Efficient probing in PyTorch: samples per second of whole training steps, as a list of JSON objects.

Two orders of evaluation, in F32 and in BF16 by autocast. `literature` is the published one: every token is projected
by the values' matrix, then weighted. `pooled` is algebraically equal: tokens are weighted first. Tokens are bfloat16 in
memory, as a feature file holds them; the F32 runs convert them.
"""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--tokens", type=int, default=196)
parser.add_argument("--width", type=int, default=768)
parser.add_argument("--queries", type=int, default=32)
parser.add_argument("--output", type=int, default=768)
parser.add_argument("--classes", type=int, default=1000)
parser.add_argument("--orders", nargs="+", choices=("literature", "pooled"), default=("literature", "pooled"))
options = parser.parse_args()

# Read when torch is loaded.
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import torch  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(options.threads)


class EfficientProbe(nn.Module):
    def __init__(self, pooled):
        super().__init__()
        self.pooled = pooled
        self.queries = nn.Parameter(0.02 * torch.randn(1, options.queries, options.width))
        self.values = nn.Linear(options.width, options.output, bias=False)
        self.norm = nn.BatchNorm1d(options.output, affine=False, eps=1e-6)
        self.head = nn.Linear(options.output, options.classes)

    def forward(self, x):
        batch, tokens, width = x.shape
        attention = (self.queries.expand(batch, -1, -1) * width**-0.5) @ x.transpose(1, 2)
        attention = attention.softmax(dim=-1)
        if self.pooled:
            z = (attention @ x).transpose(0, 1)
            chunks = self.values.weight.view(options.queries, -1, width)
            y = torch.bmm(z, chunks.transpose(1, 2)).transpose(0, 1).reshape(batch, -1)
        else:
            v = self.values(x).view(batch, tokens, options.queries, -1).transpose(1, 2)
            y = (attention.unsqueeze(2) @ v).reshape(batch, -1)
        return self.head(self.norm(y))


class LARS:
    """Layer-wise adaptive rates with momentum, as the literature's code has them."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate = list(parameters), rate
        self.momenta = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        for p, m in zip(self.parameters, self.momenta):
            g = p.grad
            if p.ndim > 1:
                weights, gradient = p.norm(), g.norm()
                if weights > 0 and gradient > 0:
                    g = g * (0.001 * weights / gradient)
            m.mul_(0.9).add_(g)
            p.sub_(m, alpha=self.rate)
            p.grad = None


def measure(pooled, bfloat16):
    torch.manual_seed(0)
    probe = EfficientProbe(pooled)
    optimiser = LARS(probe.parameters(), 0.1)
    x = torch.randn(options.batch, options.tokens, options.width).to(torch.bfloat16)
    labels = torch.arange(options.batch) * 37 % options.classes

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            logits = probe(x if bfloat16 else x.float())
        nn.functional.cross_entropy(logits.float(), labels).backward()
        optimiser.step()

    step()
    walls, processors = [], []
    for _ in range(options.runs):
        wall, processor = time.perf_counter(), time.process_time()
        step()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    middle = options.runs // 2
    return {
        "order": "pooled" if pooled else "literature",
        "precision": "bf16" if bfloat16 else "f32",
        "rate": options.batch / sorted(walls)[middle],
        "processor_rate": options.batch / sorted(processors)[middle],
    }


print(json.dumps([measure(order == "pooled", bfloat16) for order in options.orders for bfloat16 in (False, True)]))
