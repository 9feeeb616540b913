"""Trains the probes of a sweep with ProbeSweep and with PyTorch, by the same recipe, and compares test accuracies.

    python3 distribution.py FEATURES TASK --layer LAYER --work FOLDER [--seeds 10] [--probesweep PROGRAM]

FEATURES is a feature set, TASK one of its classification tasks, of whose ten largest classes a task `ten` is added to
the set. The last epoch is taken on both sides, and one rate and one weight decay leave nothing to choose. PyTorch 2.13, NumPy.

Both sides: five stratified folds (`probesweep features folds`), AdamW (β 0.9, 0.999, decay 0.05 of tensors with more
than one axis), rate base·rows/256, one epoch of warm-up and nine of a cosine, the features as they are. What a seed
decides differs, as it must: first values and batches. ProbeSweep takes batches of 250 of all rows, of which those of
the training fold train, 200 in expectation; PyTorch takes batches of 200 of the training fold.

Results are kept in FOLDER, and what is there already is not done again. The table that is printed has, for each probe,
mean accuracies, and the difference of PyTorch's to ProbeSweep's with two 90 % intervals. The first is over seeds: folds
are fixed strata, the variance of the mean difference is Σ_f (s²_f + s'²_f)/(S F²) with degrees of freedom after Welch
and Satterthwaite. The second is the paired t-interval over the F differences of averages over seeds.
"""

import argparse
import collections
import copy
import csv
import functools
import hashlib
import io
import json
import math
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch
from torch.nn import functional

import peers

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "python" / "src"))
from probesweep.writing import FORMAT, write_json, write_safetensors, sha256  # noqa: E402

FOLDS, BATCH, EPOCHS, WARMUP, DECAY = 5, 250, 10, 1, 0.05

# label: (entry of the sweep, base rate, module)
PROBES = {
    "linear": ({"type": "linear"}, 0.01, lambda D: peers.Linear(D)),
    "mlp 512": ({"type": "mlp", "hidden": [512]}, 0.003, lambda D: peers.MultilayerPerceptron(D, 512)),
    "EP 4": ({"type": "efficient", "queries": 4}, 0.03, lambda D: peers.EfficientProbing(D, 4, D)),
    "EP 4, D/4": ({"type": "efficient", "queries": 4, "output": "D/4"}, 0.03,
                  lambda D: peers.EfficientProbing(D, 4, D // 4)),
    "EP 16": ({"type": "efficient", "queries": 16}, 0.03, lambda D: peers.EfficientProbing(D, 16, D)),
    "EP 16, D/4": ({"type": "efficient", "queries": 16, "output": "D/4"}, 0.03,
                   lambda D: peers.EfficientProbing(D, 16, D // 4)),
    "MHCA 12": ({"type": "mhca", "heads": 12}, 0.003, lambda D: peers.CrossAttention(D, 12)),
    "CAE 8": ({"type": "cae", "heads": 8}, 0.003, lambda D: peers.CAE(D, 8)),
    "V-JEPA 16": ({"type": "vjepa", "heads": 16}, 0.001, lambda D: peers.VJEPA(D, 16)),
}


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    ten = add_task(arguments.features, arguments.task)
    folds = read_folds(arguments, ten)
    tokens = Tokens(arguments.features, arguments.layer, ten)
    ours, theirs = {}, {}
    for seed in range(arguments.seeds):
        ours[seed] = swept(arguments, seed, tokens.width)
        theirs[seed] = trained(arguments, seed, tokens, folds)
        if len(ours) > 1:
            report(ours, theirs)


def argument_parser(text):
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("task")
    parser.add_argument("--layer", type=int, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--probesweep", default="probesweep")
    return parser


# Feature sets: docs/formats.md has the files to the byte.


def read_safetensors(path):
    """{name: (dtype, shape, bytes)}; by hand, because NumPy has no BF16."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    return {name: (t["dtype"], t["shape"], data[slice(*t["data_offsets"])])
            for name, t in header.items() if name != "__metadata__"}


def integers(tensor):
    return np.frombuffer(tensor[2], {"I64": "<i8", "I32": "<i4", "U8": "u1"}[tensor[0]])


def floats(tensor):
    kind, shape, data = tensor
    if kind == "BF16":
        values = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    else:
        values = np.frombuffer(data, {"F16": "<f2", "F32": "<f4"}[kind]).astype("<f4")
    return values.reshape(shape)


def add_task(features, task):
    """Adds the task `ten`, rows of the ten largest classes as far as they fill batches; returns samples and labels."""
    header = json.loads((features / "tasks" / f"{task}.json").read_text())
    data = read_safetensors(features / header["data"]["file"])
    labels = integers(data["labels"])
    samples = integers(data["samples"]) if "samples" in data else np.arange(len(labels))
    largest = np.sort(np.argsort(-np.bincount(labels), kind="stable")[:10])
    rows = np.flatnonzero(np.isin(labels, largest))
    rows = rows[: len(rows) // BATCH * BATCH]
    samples, labels = samples[rows].astype("<i8"), np.searchsorted(largest, labels[rows]).astype("<i4")
    file = features / "tasks" / "ten.safetensors"
    write_safetensors(file, {"samples": ("I64", samples), "labels": ("I32", labels)})
    write_json(features / "tasks" / "ten.json", {
        "format": FORMAT, "name": "ten", "kind": "classification", "metric": "top1", "classes": 10, "classNames": None,
        "data": {"file": "tasks/ten.safetensors", "sha256": sha256(file)}})
    return samples, labels


class Tokens:
    """The patch tokens of a task's rows, padded to the longest [n, T, D], with a mask; and labels."""

    def __init__(self, features, layer, task):
        manifest = json.loads((features / "featureset.json").read_text())
        prefix = int(manifest["layout"]["classToken"]) + manifest["layout"]["registers"]
        samples = []
        for shard in next(entry for entry in manifest["layers"] if entry["index"] == layer)["shards"]:
            tensors = read_safetensors(features / shard["file"])
            rows = floats(tensors["tokens"])
            if "offsets" in tensors:
                offsets = integers(tensors["offsets"])
                samples += [rows[a + prefix : b] for a, b in zip(offsets, offsets[1:])]
            else:
                samples += list(rows[:, prefix:])
        self.labels = torch.from_numpy(task[1].astype(np.int64))
        chosen = [samples[i] for i in task[0]]
        longest = max(len(sample) for sample in chosen)
        self.tokens = torch.zeros(len(chosen), longest, chosen[0].shape[1])
        self.mask = torch.zeros(len(chosen), longest, dtype=torch.bool)
        for i, sample in enumerate(chosen):
            self.tokens[i, : len(sample)] = torch.from_numpy(np.array(sample))
            self.mask[i, : len(sample)] = True

    @functools.cached_property
    def means(self):
        """The same rows with the mean of their tokens for their only one."""
        pooled = copy.copy(self)
        pooled.tokens = peers.mean(self.tokens, self.mask).unsqueeze(1)
        pooled.mask = torch.ones(len(pooled.tokens), 1, dtype=torch.bool)
        return pooled

    def read_by(self, probe):
        return self.means if isinstance(probe, (peers.Linear, peers.MultilayerPerceptron)) else self

    @property
    def width(self):
        return self.tokens.shape[2]

    def rows(self, indices):
        return self.tokens[indices], self.mask[indices]


def read_folds(arguments, ten):
    """The fold of each row of the task, as ProbeSweep assigns it."""
    text = run(arguments, "features", "folds", arguments.features, "ten", "--count", str(FOLDS))
    ids = (arguments.features / "ids.txt").read_text().splitlines()
    fold = {row["id"]: int(row["fold"]) for row in csv.DictReader(io.StringIO(text))}
    return np.array([fold[ids[sample]] for sample in ten[0]])


# ProbeSweep


FoldResult = collections.namedtuple("FoldResult", "top1 loss key first_values")


def initialization_key(arguments, row, fold, seed, kernel):
    """SHA-256 over what decides the first values of a head: the members of the unit's canonical form but for how it is
    trained (docs/formats.md)."""
    manifest = json.loads((arguments.features / "featureset.json").read_text())
    layer = next(layer for layer in manifest["layers"] if layer["index"] == row["layer"])
    members = {
        "features": {
            "digest": row["featuresDigest"], "layer": row["layer"], "set": row["features"],
            "tokens": layer["tokens"], "width": layer["width"]},
        "fold": {
            "count": FOLDS, "heldOut": fold["heldOut"], "repetition": fold["repetition"], "scheme": "stratified", "seed": 0},
        "probe": row["probe"], "protocolVersion": 3, "seed": seed,
        "task": {
            "classes": 10, "digest": row["taskDigest"], "kind": "classification", "metric": row["metric"],
            "name": row["task"]},
    }
    pinned = {} if kernel == "auto" else {"kernel": kernel}
    if sha256_of(members | {"solver": row["solver"]} | pinned) != fold["key"]:
        sys.exit(f"the key of {row['label']} is made in another way than this script knows")
    return sha256_of(members)


def sha256_of(members):
    return hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def swept(arguments, seed, width, kernel="auto"):
    """{probe: [FoldResult of each fold]} of a sweep."""
    name = sweep_name(seed, kernel)
    table = arguments.work / f"{name}.json"
    if not table.exists():
        # Training alone is compared: one rate for all tensors, nothing to choose, and every batch as often on both sides.
        entries = [
            {**entry, "training": {"learning-rates": rate}} | ({"solver": "gradient"} if entry["type"] == "linear" else {})
            for entry, rate, _ in PROBES.values()]
        specification = {
            "name": name, "features": str(arguments.features.resolve()), "layers": [arguments.layer],
            "tasks": [{"name": "ten", "metric": "top1"}], "folds": {"scheme": "stratified", "count": FOLDS, "seed": 0},
            "protocol": "published", "selection": {"epoch": "last"}, "seed": seed, "kernel": kernel, "probes": entries,
            "training": {"optimizer": "adamw", "learning-rates": 0.003, "weight-decays": DECAY, "epochs": EPOCHS,
                         "warmup": WARMUP, "batch": BATCH, "recipe": "published", "minimum-steps": 0, "extend": 0},
        }
        path = arguments.work / f"{name}.yaml"
        path.write_text(json.dumps(specification, indent=2) + "\n")  # JSON is YAML
        state = ["--state", arguments.work / "state"]
        started = time.monotonic()
        run(arguments, "run", path, "--workers", "1", *state)
        print(f"ProbeSweep, seed {seed}: {time.monotonic() - started:.0f} s", file=sys.stderr)
        table.write_text(run(arguments, "table", name, "--format", "json", *state))
    results = {}
    for row in json.loads(table.read_text()):
        label = next(label for label, (entry, _, _) in PROBES.items() if matches(entry, row, width))
        folds = sorted(row["folds"], key=lambda fold: fold["heldOut"])
        if any(fold["choice"]["epoch"] != EPOCHS for fold in folds):
            sys.exit(f"{label} took another epoch than the last one; this comparison needs one without a choice")
        results[label] = [
            FoldResult(
                fold["metrics"]["top1"], fold["metrics"]["log-loss"], fold["key"],
                initialization_key(arguments, row, fold, seed, kernel))
            for fold in folds]
    return results


def sweep_name(seed, kernel):
    return f"parity-{seed}" if kernel == "auto" else f"parity-{seed}-{kernel}"


def matches(entry, row, width):
    """Whether a row of a table is an entry's: by type, queries and width of the output."""
    output = width // 4 if "output" in entry else entry.get("hidden", [width])[-1]
    probe = row["probe"]
    found = probe["type"], probe["options"].get("queries"), row["output"]
    return (entry["type"], entry.get("queries"), output) == found


def run(arguments, *command):
    done = subprocess.run([arguments.probesweep, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


# PyTorch


def trained(arguments, seed, tokens, folds):
    """{probe: [(accuracy, log-loss) of each fold]} of the peers."""
    path = arguments.work / f"peers-{seed}.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for number, (label, (_, base, make)) in enumerate(PROBES.items()):
        if label in results:
            continue
        started = time.monotonic(), time.process_time()
        results[label] = [
            train(make, base, tokens, folds, fold, 1000 * seed + 10 * number + fold) for fold in range(FOLDS)]
        path.write_text(json.dumps(results))
        print(f"PyTorch, seed {seed}, {label}: {time.monotonic() - started[0]:.0f} s, "
              f"{time.process_time() - started[1]:.0f} s of processor time", file=sys.stderr)
    return results


def train(make, base, tokens, folds, fold, seed):
    """Accuracy and log-loss of the fold after training on the others."""
    torch.manual_seed(seed)
    training = torch.from_numpy(np.flatnonzero(folds != fold))
    size = round(BATCH * len(training) / len(folds))
    steps = len(training) // size
    network = peers.Network(make(tokens.width), 10).initialize()
    optimizer = adamw(network)
    for epoch in range(EPOCHS):
        order = training[torch.randperm(len(training))]
        for step in range(steps):
            batch = order[step * size : (step + 1) * size]
            take_step(network, optimizer, tokens, batch, rate(base * size / 256, epoch + step / steps))
    return test(network, tokens, folds == fold)


def adamw(network):
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=0, betas=(0.9, 0.999), eps=1e-8)


def take_step(network, optimizer, tokens, batch, learning_rate):
    network.train()
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.zero_grad()
    logits = network.quick(*tokens.read_by(network.probe).rows(batch))
    functional.cross_entropy(logits, tokens.labels[batch]).backward()
    optimizer.step()


@torch.no_grad()
def test(network, tokens, rows):
    """Accuracy and log-loss by the running statistics."""
    network.eval()
    rows, tokens = torch.from_numpy(np.flatnonzero(rows)), tokens.read_by(network.probe)
    logits = torch.cat([network.quick(*tokens.rows(part)) for part in rows.split(500)])
    labels = tokens.labels[rows]
    return (logits.argmax(1) == labels).double().mean().item(), functional.cross_entropy(logits, labels).item()


def rate(height, epoch):
    if epoch < WARMUP:
        return height * epoch / WARMUP
    return 0.5 * height * (1 + math.cos(math.pi * (epoch - WARMUP) / (EPOCHS - WARMUP)))


# Comparison


def report(ours, theirs, paired=False):
    """Prints the comparison of {seed: {probe: folds}} of either side, of as many seeds as each has."""
    print(f"{len(ours)} and {len(theirs)} seeds, {FOLDS} folds; accuracy in points, s of one seed in one fold")
    first = "over pairs" if paired else "over seeds"
    print(f"probe        ProbeSweep PyTorch     s  difference      {first}      over folds  difference of log-loss")
    for label in PROBES:
        # [seed, fold, (accuracy in points, log-loss)]
        a, b = (
            np.array([[fold[:2] for fold in side[seed][label]] for seed in sorted(side)]) * (100, 1)
            for side in (ours, theirs))
        points, loss = (Comparison(a[..., i], b[..., i], paired) for i in (0, 1))
        print(
            f"{label:12} {a[..., 0].mean():10.2f} {b[..., 0].mean():7.2f} {points.spread:5.2f}"
            f" {points.difference:+11.2f}  {points.interval(points.seeds)}  {points.interval(points.folds)}"
            f"  {loss.difference:+.4f} ± {loss.seeds:.4f}")
    sys.stdout.flush()


class Comparison:
    """The mean of b − a, arrays [seed, fold], with the half widths of its two intervals."""

    def __init__(self, a, b, paired):
        folds = a.shape[1]
        differences = b.mean(0) - a.mean(0)
        self.difference = differences.mean()
        self.spread = math.sqrt((a.var(0, ddof=1).mean() + b.var(0, ddof=1).mean()) / 2)
        self.folds = quantile(folds - 1) * differences.std(ddof=1) / math.sqrt(folds)
        if paired:
            self.seeds = quantile(a.size - 1) * (b - a).std(ddof=1) / math.sqrt(a.size)
        else:
            parts = [side.var(0, ddof=1) / (len(side) * folds**2) for side in (a, b)]
            variance = sum(part.sum() for part in parts)
            squares = sum((part**2).sum() / (len(side) - 1) for part, side in zip(parts, (a, b)))
            self.seeds = quantile(variance**2 / squares if squares > 0 else 1) * math.sqrt(variance)

    def interval(self, half):
        return f"[{self.difference - half:+.2f}, {self.difference + half:+.2f}]"


def quantile(freedom):
    """The 0.95 quantile of Student's t, by bisection of its distribution function, integrated by Simpson's rule."""
    norm = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def above_half(t):
        x = np.linspace(0, t, 2001)
        y = norm * (1 + x * x / freedom) ** (-(freedom + 1) / 2)
        return (y[0] + y[-1] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum()) * t / 6000

    low, high = 0.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above_half(middle) < 0.45 else (low, middle)
    return low


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
