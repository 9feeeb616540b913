"""Training trajectories of the peers in deploy/parity/peers.py, double precision: trajectories.json and .safetensors.

    python3 make_parity.py          PyTorch 2.13, safetensors; writes both files beside this one

Every case trains a probe with its head for 50 steps: 40 samples of 5 tokens, 5 classes, ten epochs of five batches of
8. Probes of the mean read the last four tokens. Nothing is drawn by PyTorch: element i of stream k is u(k, i) =
2·(SplitMix64(k·2³² + i) >> 11)·2⁻⁵³ − 1; tokens are √3·u(0, i), tensor k starts as offset + scale·u(k + 1, i).

trajectories.json has each case's probe, optimiser, batches, loss of every step and, after the last one, the logits of
the first eight samples by the running statistics. trajectories.safetensors has all weights after the steps that `kept`
names.
"""

import json
import math
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "deploy" / "parity"))
import peers  # noqa: E402

SAMPLES, TOKENS, CLASSES, BATCH, STEPS = 40, 5, 5, 8, 50
STEPS_PER_EPOCH = SAMPLES // BATCH

# name: (type, options of the spec, width, module)
PROBES = {
    "linear": ("linear", {}, 24, lambda D: peers.Linear(D)),
    "mlp": ("mlp", {"hidden": [24]}, 16, lambda D: peers.MultilayerPerceptron(D, 24)),
    "mlp-plain": (
        "mlp", {"hidden": [24], "activation": "relu", "head-norm": "none"}, 16,
        lambda D: peers.MultilayerPerceptron(D, 24, torch.relu, normalizes=False)),
    "ep-4": ("efficient", {"queries": 4}, 16, lambda D: peers.EfficientProbing(D, 4, D)),
    "ep-4-quarter": ("efficient", {"queries": 4, "output": "D/4"}, 16, lambda D: peers.EfficientProbing(D, 4, D // 4)),
    "ep-16": ("efficient", {"queries": 16}, 16, lambda D: peers.EfficientProbing(D, 16, D)),
    "ep-16-quarter": (
        "efficient", {"queries": 16, "output": "D/4"}, 64, lambda D: peers.EfficientProbing(D, 16, D // 4)),
    "mhca": ("mhca", {"heads": 4}, 16, lambda D: peers.CrossAttention(D, 4)),
    "cae": ("cae", {"heads": 8}, 16, lambda D: peers.CAE(D, 8)),
    "vjepa": ("vjepa", {"heads": 2}, 8, lambda D: peers.VJEPA(D, 2)),
}

# name: rate at its height, weight decay, epochs of warm-up, and the steps after which weights are kept
RECIPES = {
    "adamw": {"rate": 0.003, "decay": 0.05, "warmup": 0, "kept": [1, 10, 50]},
    "sgd": {"rate": 0.02, "decay": 0.01, "warmup": 2, "kept": [50]},
    "lars": {"rate": 1.0, "decay": 0.001, "warmup": 2, "kept": [50]},
}


class LARS(torch.optim.Optimizer):
    """Tensors of more than one axis: g + wd·p, times η‖p‖/‖g‖ (1 where a norm is 0). Then m ← μ m + g, p ← p − lr·m."""

    def __init__(self, groups, momentum, trust):
        super().__init__(groups, {"lr": 0, "weight_decay": 0, "momentum": momentum, "trust": trust})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad
                if p.ndim > 1:
                    g = g + group["weight_decay"] * p
                    norms = p.norm(), g.norm()
                    g = g * (group["trust"] * norms[0] / norms[1] if min(norms) > 0 else 1)
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                momentum.mul_(group["momentum"]).add_(g)
                p.sub_(group["lr"] * momentum)


def optimizer(name, network, decay):
    tensors = list(network.parameters())
    groups = [
        {"params": [p for p in tensors if decays(p)], "weight_decay": decay},
        {"params": [p for p in tensors if not decays(p)], "weight_decay": 0},
    ]
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=0, betas=(0.9, 0.999), eps=1e-8)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    return LARS(groups, momentum=0.9, trust=0.001)


def decays(p):
    """Weight decay, and LARS's trust ratio, apply to tensors of more than one axis."""
    return p.ndim > 1


def rate(recipe, epoch):
    """Linear warm-up, then half a cosine to zero, by fractional epoch."""
    epochs, warmup, height = STEPS // STEPS_PER_EPOCH, recipe["warmup"], recipe["rate"]
    if epoch < warmup:
        return height * epoch / warmup
    return 0.5 * height * (1 + math.cos(math.pi * (epoch - warmup) / (epochs - warmup)))


def uniform(stream, count):
    """u(stream, 0 ..< count); SplitMix64 as Steele, Lea and Flood have it, in integers."""
    mask = (1 << 64) - 1
    values = []
    for i in range(count):
        z = ((stream << 32) + i + 1) * 0x9E3779B97F4A7C15 & mask
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        z ^= z >> 31
        values.append(2 * (z >> 11) * 2.0**-53 - 1)
    return torch.tensor(values, dtype=torch.float64)


def start(name, tensor):
    """Where a tensor starts: unit variance for queries, 1/inputs for weights, a norm's factors around 1."""
    if tensor.ndim == 1:
        return {"offset": float("norm" in name and name.endswith("weight")), "scale": 0.3}
    if name == "probe.latent" and len(tensor) == 1 and tensor.abs().max() == 0:
        return {"offset": 0.0, "scale": 0.0}  # CAE's starts at zero
    is_query = name in ("probe.queries", "probe.input", "probe.latent")
    return {"offset": 0.0, "scale": math.sqrt(3) if is_query else math.sqrt(3 / tensor.shape[-1])}


def batches():
    """Ten epochs of all samples in orders drawn by u."""
    epochs = [uniform(1 << 20 | e, SAMPLES).argsort().tolist() for e in range(STEPS // STEPS_PER_EPOCH)]
    return [epoch[i : i + BATCH] for epoch in epochs for i in range(0, SAMPLES, BATCH)]


def trajectory(probe, optimizer_name, recipe):
    kind, options, D, make = PROBES[probe]
    torch.manual_seed(0)  # not used: every tensor is overwritten
    network = peers.Network(make(D), CLASSES).double()
    with torch.no_grad():
        starts = []
        for k, (name, p) in enumerate(network.named_parameters()):
            p.nan_to_num_()
            if name == "probe.latent" and kind != "cae":
                p.fill_(1)
            starts.append(start(name, p))
            p.copy_((starts[-1]["offset"] + starts[-1]["scale"] * uniform(k + 1, p.numel())).reshape(p.shape))
    x = (math.sqrt(3) * uniform(0, SAMPLES * TOKENS * D)).reshape(SAMPLES, TOKENS, D)
    if kind in ("linear", "mlp"):
        x = x[:, 1:]
    labels = torch.arange(SAMPLES) * 7 % CLASSES
    steps = optimizer(optimizer_name, network, recipe["decay"])
    losses, weights = [], {}
    for step, batch in enumerate(batches()):
        for group in steps.param_groups:
            group["lr"] = rate(recipe, step / STEPS_PER_EPOCH)
        steps.zero_grad()
        loss = nn.functional.cross_entropy(network(x[batch]), labels[batch])
        loss.backward()
        steps.step()
        losses.append(loss.item())
        if step + 1 in recipe["kept"]:
            tensors = [p.detach().flatten() for p in network.parameters()]
            weights[f"{probe}.{optimizer_name}.{step + 1}"] = torch.cat(tensors)
    network.eval()
    case = {
        "name": probe, "type": kind, "options": options, "width": D, "optimizer": optimizer_name, **recipe,
        "starts": starts, "decayed": [decays(p) for p in network.parameters()],
        "counts": [p.numel() for p in network.parameters()], "losses": losses,
        "logits": network(x[:BATCH]).flatten().tolist(),
    }
    return case, weights


def main():
    torch.set_num_threads(1)
    cases, weights = [], {}
    for probe in PROBES:
        for name, recipe in RECIPES.items():
            if probe in ("mlp-plain", "ep-16", "ep-16-quarter") and name != "adamw":
                continue  # the modules of four queries and with batch norm have them
            case, kept = trajectory(probe, name, recipe)
            cases.append(case)
            weights.update(kept)
            print(f"{probe:14} {name:6} loss {case['losses'][0]:.4f} → {case['losses'][-1]:.4f}", file=sys.stderr)
    header = {
        "samples": SAMPLES, "tokens": TOKENS, "classes": CLASSES, "epochs": STEPS // STEPS_PER_EPOCH,
        "labels": (torch.arange(SAMPLES) * 7 % CLASSES).tolist(), "batches": batches(),
        "pytorch": torch.__version__,
    }
    text = json.dumps({**header, "cases": cases}, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (HERE / "trajectories.json").write_text(text + "\n")
    save_file(weights, HERE / "trajectories.safetensors")


if __name__ == "__main__":
    main()
