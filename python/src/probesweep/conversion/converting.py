"""From samples in other tools' files to a feature set, shard by shard."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from probesweep.conversion.errors import ConversionError
from probesweep.extraction.plan import alone
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.opening import Reading, open_samples
from probesweep.conversion.samples import TYPES, Samples, Tokens
from probesweep.conversion.tables import LabelTable, LabelledTask, read_tasks
from probesweep.writing import ELEMENT_BYTES, LARGEST, FeatureSetWriter, bfloat16_values, encode

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
    if plan.output.exists() and not plan.output.is_dir():
        raise ConversionError(
            plan.output, "output", "it is a file, where the last name is the folder of the new set",
            "Give a new folder behind the files")
    if (plan.output / "featureset.json").exists():
        raise ConversionError(plan.output, "output", "there is a feature set", "Give a new folder, or remove that one")
    layers = [open_layer(layer, plan) for layer in plan.layers]
    ids = common_ids(plan, layers)
    tasks = [] if plan.labels is None else read_tasks(plan.labels, ids, len(layers[0]))
    dtype = plan.dtype or widest([TYPES[samples.dtype.name] for samples in layers])
    total = sum(samples.tokens() * samples.width for samples in layers) * ELEMENT_BYTES[dtype]
    check_disk(plan.output, total)
    plan.output.mkdir(parents=True, exist_ok=True)
    with alone(plan.output):
        refuse_other_files(plan.output)
        try:
            written = write(plan, layers, ids, tasks, dtype, lambda done: progress(done, total))
        except BaseException:
            # The folder was empty: what is in it now is half a set.
            for part in ("layers", "tasks"):
                shutil.rmtree(plan.output / part, ignore_errors=True)
            raise
    return Converted(len(layers[0]), [described(layer, samples) for layer, samples in zip(plan.layers, layers)],
                     written, tasks)


def write(plan: Conversion, layers: list[Samples], ids: list[str] | None, tasks: list[LabelledTask], dtype: str,
          progress: Callable[[int], None]) -> int:
    """Writes the set into an empty folder and returns the bytes of its tokens."""
    writer = FeatureSetWriter(
        plan.output, plan.name, plan.backbone, plan.revision, plan.class_token, plan.registers, plan.grid, dtype)
    written = 0
    for layer, samples in zip(plan.layers, layers, strict=True):
        for shard in samples.shards(plan.shard_bytes, samples.width * ELEMENT_BYTES[dtype]):
            tokens = [encoded(sample, dtype, samples, shard[place]) for place, sample in
                      enumerate(samples.read(shard.start, shard.stop))]
            written += sum(sample.size for sample in tokens) * ELEMENT_BYTES[dtype]
            writer.add_shard(
                layer.index, layer.name, tokens if samples.is_ragged else np.stack(tokens), plan.final_norm)
            progress(written)
    for task in tasks:
        writer.add_task(**task.arguments)
    writer.finish(ids=ids, origin={"converted-from": ", ".join(
        pattern for layer in plan.layers for pattern in layer.patterns[:8])})
    return written


def refuse_other_files(folder: Path) -> None:
    if any(folder.iterdir()):
        raise ConversionError(folder, "output", "the folder is not empty", "Give a new folder, or empty that one")


def open_layer(layer: Layer, plan: Conversion) -> Samples:
    samples = open_samples(layer.patterns, Reading(layer.key, plan.id_column, plan.each_file, plan.limit))
    if not len(samples):
        raise ConversionError(samples.file, "samples", "it has none", "Give files with features")
    prefix = int(plan.class_token) + plan.registers
    shortest = samples.shortest
    if shortest <= prefix and (prefix or shortest == 0):
        raise ConversionError(
            samples.file, "tokens", f"a sample has {shortest} tokens, and {prefix} come before the first patch token",
            "Correct --class-token or --registers")
    if plan.grid and {shortest, samples.longest} != {prefix + plan.grid[0] * plan.grid[1]}:
        raise ConversionError(
            samples.file, "--grid",
            f"samples have {shortest} to {samples.longest} tokens, {prefix} of them before "
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


def encoded(tokens: Tokens, dtype: str, samples: Samples, place: int) -> Tokens:
    """Tokens as they are stored: the bits of BF16, or floating-point numbers."""
    is_bits = tokens.dtype == np.uint16
    numbers = bfloat16_values(tokens) if is_bits else tokens
    if not np.isfinite(numbers).all():
        raise ConversionError(
            samples.file, samples.place(place), "it has a number that is not finite",
            "Leave it out, or extract it again")
    if is_bits and dtype == "BF16":
        return tokens
    largest = float(np.abs(numbers).max())
    if largest > LARGEST[dtype]:
        raise ConversionError(
            samples.file, samples.place(place), f"it has a number that {dtype} cannot hold: {largest:g} of at most "
            f"{LARGEST[dtype]:g}", "Give --dtype F32" if largest <= LARGEST["F32"] else
            "Leave it out, or scale the features: no stored type holds it")
    return encode(numbers, dtype)[1]


def described(layer: Layer, samples: Samples) -> str:
    shortest, longest = samples.shortest, samples.longest
    tokens = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
    return f"layer {layer.index} ({layer.name}): {len(samples)} samples of {tokens} tokens, {samples.width} wide"
