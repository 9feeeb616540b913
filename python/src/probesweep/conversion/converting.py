"""From samples in other tools' files to a feature set, shard by shard."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from probesweep.conversion.errors import ConversionError
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.opening import Reading, open_samples
from probesweep.conversion.samples import TYPES, Samples, Tokens
from probesweep.conversion.tables import LabelTable, LabelledTask, read_tasks
from probesweep.writing import FeatureSetWriter, bfloat16_bits

BYTES = {"BF16": 2, "F16": 2, "F32": 4}
SPARE_DISK = 64 << 20


@dataclass(frozen=True)
class Layer:
    """A layer of the new set, and where its samples are."""

    index: int
    name: str
    patterns: list[str]
    key: str | None = None


@dataclass(frozen=True)
class Conversion:
    """What is converted, and what the files do not say."""

    output: Path
    layers: list[Layer]
    name: str
    backbone: str = "unknown"
    revision: str = "unknown"
    class_token: bool = False
    registers: int = 0
    grid: tuple[int, int] | None = None
    final_norm: bool = False
    dtype: str | None = None
    shard_bytes: int = 256 << 20
    ids: list[str] | None = None
    id_column: str | None = None
    each_file: str = "auto"
    labels: LabelTable | None = None
    limit: MemoryLimit = field(default_factory=MemoryLimit)


@dataclass(frozen=True)
class Converted:
    """What was understood and written."""

    samples: int
    layers: list[str]
    bytes: int
    tasks: list[LabelledTask]


def convert(plan: Conversion, progress: Callable[[int, int], None] = lambda done, total: None) -> Converted:
    """Writes the feature set; its manifest comes last, so that a conversion that was refused or ended leaves none.

    progress: Gets the bytes that are written so far, and those that there will be.
    """
    if (plan.output / "featureset.json").exists():
        raise ConversionError(plan.output, "output", "there is a feature set", "Give a new folder, or remove that one")
    layers = [open_layer(layer, plan) for layer in plan.layers]
    ids = common_ids(plan, layers)
    tasks = [] if plan.labels is None else read_tasks(plan.labels, ids, len(layers[0]))
    dtype = plan.dtype or widest([TYPES[samples.dtype.name] for samples in layers])
    total = sum(sum(samples.lengths) * samples.width for samples in layers) * BYTES[dtype]
    check_disk(plan.output, total)
    writer = FeatureSetWriter(
        plan.output, plan.name, plan.backbone, plan.revision, plan.class_token, plan.registers, plan.grid, dtype)
    written = 0
    for layer, samples in zip(plan.layers, layers, strict=True):
        for shard in shards(samples, plan.shard_bytes, BYTES[dtype]):
            tokens = [encoded(sample, dtype, samples, shard[place]) for place, sample in
                      enumerate(samples.read(shard.start, shard.stop))]
            written += sum(sample.size for sample in tokens) * BYTES[dtype]
            writer.add_shard(
                layer.index, layer.name, tokens if samples.is_ragged else np.stack(tokens), plan.final_norm)
            progress(written, total)
    for task in tasks:
        writer.add_task(**task.arguments)
    writer.finish(ids=ids, origin={"converted-from": ", ".join(
        pattern for layer in plan.layers for pattern in layer.patterns[:8])})
    return Converted(len(layers[0]), [described(layer, samples) for layer, samples in zip(plan.layers, layers)],
                     written, tasks)


def open_layer(layer: Layer, plan: Conversion) -> Samples:
    samples = open_samples(layer.patterns, Reading(layer.key, plan.id_column, plan.each_file, plan.limit))
    if not len(samples):
        raise ConversionError(samples.file, "samples", "it has none", "Give files with features")
    prefix = int(plan.class_token) + plan.registers
    shortest = min(samples.lengths)
    if shortest <= prefix and (prefix or shortest == 0):
        raise ConversionError(
            samples.file, "tokens", f"a sample has {shortest} tokens, and {prefix} come before the first patch token",
            "Correct --class-token or --registers")
    if plan.grid and set(samples.lengths) != {prefix + plan.grid[0] * plan.grid[1]}:
        raise ConversionError(
            samples.file, "--grid",
            f"samples have {shortest} to {max(samples.lengths)} tokens, {prefix} of them before "
            "the patch tokens", "Leave --grid out, or correct it")
    return samples


def common_ids(plan: Conversion, layers: list[Samples]) -> list[str] | None:
    """The ids of all layers, which must be the same samples in the same order."""
    first = layers[0]
    for samples in layers[1:]:
        if len(samples) != len(first) or (None not in (samples.ids, first.ids) and samples.ids != first.ids):
            raise ConversionError(
                samples.file, "samples", f"{len(samples)} samples are not those of {first.file}, or in another order",
                "Give the same samples for each layer")
    ids = plan.ids or next((samples.ids for samples in layers if samples.ids is not None), None)
    if ids is None:
        return None
    if len(ids) != len(first):
        raise ConversionError(
            plan.output, "ids", f"{len(ids)} ids are given for {len(first)} samples", "Give one for each")
    wrong = next((id for id in ids if not id or "\n" in id or "\r" in id), None)
    if wrong is not None or len(set(ids)) < len(ids):
        raise ConversionError(
            first.file, "ids", f"{wrong!r} is no id" if wrong is not None else "an id stands twice",
            "Give --ids FILE with one on each line")
    return ids


def widest(types: list[str]) -> str:
    """The one type of a set that holds what all layers hold."""
    return types[0] if len(set(types)) == 1 else "F32"


def check_disk(output: Path, bytes: int) -> None:
    folder = next(parent for parent in (output.resolve(), *output.resolve().parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    if bytes + SPARE_DISK > free:
        raise ConversionError(
            output, "disk", f"the set takes {bytes:,} bytes, and {free:,} are free", "Free some, or give --dtype F16")


def shards(samples: Samples, limit: int, element: int) -> list[range]:
    """Runs of consecutive samples of about `limit` bytes, at least one each."""
    runs, start, size = [], 0, 0
    for place, length in enumerate(samples.lengths):
        bytes = length * samples.width * element
        if place > start and size + bytes > limit:
            runs.append(range(start, place))
            start, size = place, 0
        size += bytes
    return [*runs, range(start, len(samples))]


def encoded(tokens: Tokens, dtype: str, samples: Samples, place: int) -> Tokens:
    """Tokens as they are stored: the bits of BF16, or floating-point numbers."""
    is_bits = tokens.dtype == np.uint16
    numbers = (tokens.astype(np.uint32) << 16).view(np.float32) if is_bits else tokens
    if not np.isfinite(numbers).all():
        raise ConversionError(
            samples.file, samples.place(place), "it has a number that is not finite",
            "Leave it out, or extract it again")
    if is_bits and dtype == "BF16":
        return tokens
    with np.errstate(over="ignore"):
        converted = numbers.astype(np.float16 if dtype == "F16" else np.float32)
    if not np.isfinite(converted).all():
        raise ConversionError(
            samples.file, samples.place(place), f"it has a number that {dtype} cannot hold", "Give --dtype F32")
    return bfloat16_bits(converted) if dtype == "BF16" else converted


def described(layer: Layer, samples: Samples) -> str:
    shortest, longest = min(samples.lengths), max(samples.lengths)
    tokens = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
    return f"layer {layer.index} ({layer.name}): {len(samples)} samples of {tokens} tokens, {samples.width} wide"
