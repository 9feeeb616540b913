"""Pre-trains small vision transformers of one size in several ways on the first 40,000 training images of Fashion-MNIST.

    pretrain.py OUTPUT --images ROOT [--methods masked contrastive supervised untrained] [--seeds 1] [--epochs 4]

ROOT is the unpacked Debian package dataset-fashion-mnist. All ways have the same encoder from the same first weights of a
seed, the same images in the same order, batches, optimiser and number of steps; what differs is the loss and what it needs
behind the encoder. Weights are OUTPUT/METHOD-SEED/weights.safetensors, with the settings and the digest beside them.

Interrupted, it goes on at the last whole epoch. On one machine, with the same PyTorch and threads, a seed gives the same bytes; on
another processor it does not.
"""

import argparse
import dataclasses
import json
import math
import pathlib
import platform
import shutil
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import fashion
from objectives import OBJECTIVES
from probesweep.errors import InputError
from probesweep.extraction.plan import alone
from probesweep.writing import sha256, write_json
from small_vit import SmallViT, pixels_of

METHODS = (*OBJECTIVES, "untrained")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What all ways of pre-training share."""

    images: int = fashion.PRETRAINING
    epochs: int = 4
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.95)
    warmup: float = 0.1
    """Share of the steps in which the rate rises; behind them it falls to 0 along a cosine."""
    threads: int = 1
    """Of each run: several run side by side, and the bytes do not depend on how many processors there are."""

    @property
    def steps_of_epoch(self):
        return self.images // self.batch

    def rate_at(self, step):
        steps = self.epochs * self.steps_of_epoch
        rising = max(1, round(self.warmup * steps))
        if step < rising:
            return self.rate * (step + 1) / rising
        return self.rate * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path, required=True, metavar="ROOT")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from 1")
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--limit", type=int, default=Settings.images, help="images, for a trial")
    arguments = parser.parse_args()
    settings = Settings(images=arguments.limit, epochs=arguments.epochs)
    images = fashion.load(arguments.images)
    for seed in range(1, arguments.seeds + 1):
        for method in arguments.methods:
            folder = arguments.output / f"{method}-{seed}"
            try:
                Pretraining(method, seed, settings, folder).run(images)
            except InputError as error:
                raise SystemExit(f"pretrain: {error}") from None
            print(f"{folder}/weights.safetensors sha256:{sha256(folder / 'weights.safetensors')}")


class Pretraining:
    """One encoder: one way, one seed."""

    def __init__(self, method, seed, settings, folder):
        self.method, self.seed, self.settings, self.folder = method, seed, settings, folder
        self.facts = {"method": method, "seed": seed, **dataclasses.asdict(settings), "betas": list(settings.betas),
                      "torch": torch.__version__, "processor": processor()}

    def run(self, images):
        """Trains what is missing. A folder that was made with other settings is refused.

        - Throws: `InputError` if another process trains into the folder.
        """
        if self.is_complete():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder):
            if not self.is_complete():  # it may have been completed in between
                self.make(images)

    def make(self, images):
        torch.set_num_threads(self.settings.threads)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(self.seed)
        encoder = SmallViT()
        losses, seconds = [], 0.0
        if self.method != "untrained":
            torch.manual_seed(self.seed)
            objective = OBJECTIVES[self.method]()
            losses, seconds = self.train(encoder, objective, images)
        save_whole(encoder.state_dict(), self.folder / "weights.safetensors")
        write_json(self.folder / "pretraining.json",
                   {**self.facts, "losses": losses, "processorSeconds": round(seconds), "weights": sha256(self.folder / "weights.safetensors")})
        shutil.rmtree(self.folder / "checkpoint", ignore_errors=True)

    def is_complete(self):
        path = self.folder / "pretraining.json"
        if not path.exists():
            return False
        earlier = json.loads(path.read_text())
        for name, value in self.facts.items():
            if earlier[name] != value:
                raise SystemExit(f"{path}: {name} was {earlier[name]} and is {value}; remove the folder or choose another")
        return True

    def train(self, encoder, objective, images):
        parameters = [*encoder.parameters(), *objective.parameters()]
        optimizer = torch.optim.AdamW(
            [{"params": [p for p in parameters if p.ndim > 1]}, {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0}],
            lr=self.settings.rate, betas=self.settings.betas, weight_decay=self.settings.decay)
        checkpoint = Checkpoint(self.folder / "checkpoint", self.facts, encoder, objective, optimizer)
        losses, seconds = checkpoint.restore()
        pixels = pixels_of(images.pixels[: self.settings.images])
        labels = torch.from_numpy(images.labels[: self.settings.images].astype(np.int64))
        for epoch in range(len(losses), self.settings.epochs):
            start = time.process_time()
            losses.append(self.train_epoch(epoch, encoder, objective, optimizer, pixels, labels))
            seconds += time.process_time() - start
            checkpoint.write(losses, seconds)
            print(f"{self.method}, seed {self.seed}: epoch {epoch + 1} of {self.settings.epochs}, loss {losses[-1]:.4f}, "
                  f"{seconds:.0f} s of processor time", file=sys.stderr, flush=True)
        return losses, seconds

    def train_epoch(self, epoch, encoder, objective, optimizer, pixels, labels):
        """The mean loss of an epoch, whose order and random views depend on seed and epoch alone."""
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + epoch)
        order = torch.randperm(len(pixels), generator=generator)
        total, steps = 0.0, self.settings.steps_of_epoch
        for step in range(steps):
            rows = order[step * self.settings.batch : (step + 1) * self.settings.batch]
            for group in optimizer.param_groups:
                group["lr"] = self.settings.rate_at(epoch * steps + step)
            loss = objective.loss(encoder, pixels[rows], labels[rows], generator)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / steps


class Checkpoint:
    """Encoder, objective and optimiser behind the last whole epoch, as tensors alone."""

    def __init__(self, folder, facts, encoder, objective, optimizer):
        self.folder, self.facts = folder, facts
        self.encoder, self.objective, self.optimizer = encoder, objective, optimizer

    def write(self, losses, seconds):
        name = f"{len(losses)}.safetensors"
        self.folder.mkdir(parents=True, exist_ok=True)
        moments = {f"optimizer.{place}.{key}": value for place, state in self.optimizer.state_dict()["state"].items()
                   for key, value in state.items()}
        save_whole({**named("encoder", self.encoder), **named("objective", self.objective), **moments}, self.folder / name)
        write_json(self.folder / "state.json", {"facts": self.facts, "file": name, "losses": losses, "seconds": seconds})
        for other in self.folder.glob("*.safetensors"):
            if other.name != name:
                other.unlink()

    def restore(self):
        """Losses of the epochs that are done, and their seconds; none if there is no checkpoint of these settings."""
        path = self.folder / "state.json"
        state = json.loads(path.read_text()) if path.exists() else None
        if state is None or state["facts"] != self.facts:
            return [], 0.0
        tensors = load_file(self.folder / state["file"])
        self.encoder.load_state_dict(part(tensors, "encoder"))
        self.objective.load_state_dict(part(tensors, "objective"))
        moments = {}
        for name, value in part(tensors, "optimizer").items():
            place, key = name.split(".", 1)
            moments.setdefault(int(place), {})[key] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
        return state["losses"], state["seconds"]


def named(prefix, module):
    return {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}


def part(tensors, prefix):
    return {name.removeprefix(prefix + "."): tensor for name, tensor in tensors.items() if name.startswith(prefix + ".")}


def save_whole(tensors, path):
    """Under another name, then renamed: a file that is there is whole."""
    partial = path.with_name(path.name + ".partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
    partial.replace(path)


def processor():
    """The processor's own name, as the system gives it: bytes differ from one to another."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ", 1)[1]
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
