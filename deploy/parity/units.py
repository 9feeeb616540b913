"""Trains the units of distribution.py's sweeps once more with PyTorch, from the same first values and the same batches.

    python3 units.py FEATURES TASK --layer LAYER --work FOLDER [--seeds 5] [--probesweep PROGRAM]
    python3 units.py FEATURES TASK --layer LAYER --work FOLDER --weights [--kernel portable] [--probesweep PROGRAM]

What a unit draws is a function of the key of its first values and of the seed: Philox4x32-10 by that key's first 64 bits and a tensor's name
gives first values, by the seed and the epoch the order of rows. So each unit has a partner in PyTorch, and what is left
of their difference is arithmetic. The first form trains in single precision and compares accuracies: the mean of the
S·F differences with its 90 % t-interval over them, and with that over the F averages. The second form takes one fold of
one seed, trains in double precision, and compares the exported weights too, each tensor by the largest difference as a
part of its largest weight.

FOLDER is that of distribution.py; sweeps that are not there yet are run.
"""

import json
import pathlib
import sys
import tempfile
import time

import numpy as np
import torch

import distribution
import peers
from distribution import BATCH, EPOCHS, FOLDS, PROBES


def main():
    parser = distribution.argument_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--weights", action="store_true")
    parser.add_argument("--kernel", default="auto")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    task = distribution.add_task(arguments.features, arguments.task)
    tokens = distribution.Tokens(arguments.features, arguments.layer, task)
    folds = distribution.read_folds(arguments, task)
    if arguments.weights:
        compare_weights(arguments, tokens, folds)
        return
    ours, theirs = {}, {}
    for seed in range(arguments.seeds):
        ours[seed] = distribution.swept(arguments, seed, tokens.width, arguments.kernel)
        theirs[seed] = partners(arguments, seed, tokens, folds, ours[seed])
        if len(ours) > 1:
            distribution.report(ours, theirs, paired=True)


def partners(arguments, seed, tokens, folds, units):
    """{probe: [(accuracy, log-loss) of each fold]} of the units' partners."""
    path = arguments.work / f"partners-{distribution.sweep_name(seed, arguments.kernel)}.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for label, (_, base, make) in PROBES.items():
        if label in results:
            continue
        started = time.process_time()
        results[label] = []
        for fold in range(FOLDS):
            network = peers.Network(make(tokens.width), 10)
            train(network, base, tokens, folds, seed, fold, units[label][fold].first_values)
            results[label].append(distribution.test(network, tokens, folds == fold))
        path.write_text(json.dumps(results))
        seconds = time.process_time() - started
        print(f"PyTorch, seed {seed}, {label}: {seconds:.0f} s of processor time", file=sys.stderr)
    return results


def compare_weights(arguments, tokens, folds, seed=0, fold=0):
    units = distribution.swept(arguments, seed, tokens.width, arguments.kernel)
    tokens.tokens = tokens.tokens.double()
    print("probe         ProbeSweep: top1, log-loss  PyTorch: top1, log-loss   largest difference of a weight")
    for label, (_, base, make) in PROBES.items():
        unit = units[label][fold]
        network = peers.Network(make(tokens.width), 10).double()
        train(network, base, tokens, folds, seed, fold, unit.first_values)
        top1, loss = distribution.test(network, tokens, folds == fold)
        difference, name, idle = largest_difference(network, exported(arguments, seed, unit.key))
        scores = f"{unit.top1:17.4f}   {unit.loss:8.6f} {top1:14.4f}   {loss:8.6f}"
        print(f"{label:12} {scores}   {difference:.1e} ({name}){idle}", flush=True)


def train(network, base, tokens, folds, seed, fold, key):
    """Batches of all rows in ProbeSweep's order, those of the training fold taken out of each."""
    with torch.no_grad():
        for (name, values), tensor in zip(network.first_values().items(), network.parameters()):
            tensor.copy_(first_values(values, tensor, int(key[:16], 16), f"initialize {tensor_name(network, name)}"))
    optimizer = distribution.adamw(network)
    training = torch.from_numpy(folds != fold)
    height = base * BATCH * training.double().mean().item() / 256
    steps = len(folds) // BATCH
    for epoch in range(EPOCHS):
        order = permutation(len(folds), Draws(seed, f"order {epoch}"))
        for step in range(steps):
            batch = torch.from_numpy(order[step * BATCH : (step + 1) * BATCH])
            rate = distribution.rate(height, epoch + step / steps)
            distribution.take_step(network, optimizer, tokens, batch[training[batch]], rate)


def exported(arguments, seed, key):
    """{tensor: values} of a unit's head."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "head.safetensors"
        sweep = distribution.sweep_name(seed, arguments.kernel)
        distribution.run(
            arguments, "export", sweep, "--unit", key, "--output", file, "--state", arguments.work / "state")
        return {name: distribution.floats(tensor) for name, tensor in distribution.read_safetensors(file).items()}


def largest_difference(network, head):
    """The largest difference, its tensor, and a note of tensors that double precision leaves where they started.

    Those have no gradient, because batch norm takes out what they add to every sample alike. In single precision
    rounding leaves one of the size of AdamW's ε, and they drift.
    """
    differences, idle = [], []
    tensors = {tensor_name(network, name): t.detach() for name, t in network.named_parameters()}
    tensors.update({name: t for name, t in network.named_buffers() if t.ndim})
    if set(tensors) != set(head):
        sys.exit(f"tensors of one side alone: {', '.join(set(tensors) ^ set(head))}")
    for name, tensor in tensors.items():
        ours, theirs = head[name].flatten(), tensor.flatten().numpy()
        if abs(theirs).max() < 1e-6:
            if abs(ours).max() > 0:
                idle.append(f"{name} up to {abs(ours).max():.0e}")
        else:
            differences.append((abs(ours - theirs).max() / abs(theirs).max(), name))
    return *max(differences), "; without gradient: " + ", ".join(idle) if idle else ""


def tensor_name(network, name):
    """ProbeSweep's name of a tensor."""
    name = name.removeprefix("probe.")
    return "query" if isinstance(network.probe, peers.CAE) and name == "latent" else name


# What a unit draws


class Draws:
    """The numbers of Philox4x32-10 by a key and the name of a purpose, whose 64-bit FNV-1a is the stream."""

    def __init__(self, key, purpose):
        stream = 0xCBF29CE484222325
        for byte in purpose.encode():
            stream = (stream ^ byte) * 0x100000001B3 % (1 << 64)
        self.key, self.stream = key, stream

    def bits(self, count):
        """The first 64-bit draws; a block holds two of them."""
        block = np.arange((count + 1) // 2, dtype=np.uint64)
        low, words = np.uint64(0xFFFFFFFF), np.uint64(32)
        stream = [np.full_like(block, self.stream & 0xFFFFFFFF), np.full_like(block, self.stream >> 32)]
        counter = [block & low, block >> words, *stream]
        key = [self.key & 0xFFFFFFFF, self.key >> 32]
        for _ in range(10):
            first, second = np.uint64(0xD2511F53) * counter[0], np.uint64(0xCD9E8D57) * counter[2]
            counter = [
                (second >> words) ^ counter[1] ^ np.uint64(key[0]), second & low,
                (first >> words) ^ counter[3] ^ np.uint64(key[1]), first & low]
            key = [(key[0] + 0x9E3779B9) % (1 << 32), (key[1] + 0xBB67AE85) % (1 << 32)]
        pairs = counter[0] | counter[1] << words, counter[2] | counter[3] << words
        return np.stack(pairs, 1).flatten()[:count]

    def uniform(self, count):
        return (self.bits(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, count):
        u = self.uniform(2 * count).reshape(-1, 2)
        return np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(2 * np.pi * u[:, 1])


def first_values(values, tensor, key, purpose):
    """Drawn in double precision and kept in single, as ProbeSweep has them."""
    kind, size = values
    draws, count = Draws(key, purpose), tensor.numel()
    if kind == "constant":
        return torch.full_like(tensor, size)
    drawn = size * (draws.normal(count) if kind == "normal" else 2 * draws.uniform(count) - 1)
    return torch.from_numpy(drawn.astype(np.float32)).reshape(tensor.shape)


def permutation(count, draws):
    """Fisher and Yates from the end, positions by the upper 64 bits of a product."""
    order, bits = np.arange(count), draws.bits(count)
    for last in range(count - 1, 0, -1):
        other = int(bits[count - 1 - last]) * (last + 1) >> 64
        order[[last, other]] = order[[other, last]]
    return order


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
