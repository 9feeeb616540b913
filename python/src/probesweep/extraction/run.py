"""Reads samples with a backbone, shard by shard, into a feature set; interrupted, it goes on at the last whole shard."""

import concurrent.futures
import dataclasses
import itertools
import json
import pathlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from probesweep.errors import InputError
from probesweep.extraction import progress
from probesweep.extraction.backbone import Backbone, Level, Prepared, UnreadableSample
from probesweep.extraction.plan import Plan, ShardRecords, alone
from probesweep.extraction.samples import REMEDY_FOR_BAD, Sample, Samples
from probesweep.writing import ELEMENT_BYTES, LARGEST, Array, FeatureSetWriter, encode

# All levels of one shard are in memory at once.
SHARD_BYTES = 1 << 30
LARGEST_SHARD = 8192


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything about an extraction but the model and the samples."""

    name: str
    levels: Sequence[int]
    dtype: str = "BF16"
    pool: bool = False
    batch: int = 32
    workers: int = 2
    shard: int | None = None
    skip_bad: bool = False
    origin: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Extraction:
    """One extraction into one folder."""

    def __init__(self, backbone: Backbone, samples: Samples, settings: Settings, folder: pathlib.Path) -> None:
        self.backbone, self.samples, self.settings, self.folder = backbone, samples, settings, folder
        self.levels = [level for level in backbone.description.levels if level.index in settings.levels]

    def run(self, tasks: "TaskBuilder", facts: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
        """Extracts what is missing, then writes tasks, ids and the manifest.

        - facts: what else determines the bytes: versions, threads, weights, the seed of the order.
        - arguments: the call, kept for `check`.
        - Throws: `InputError` if the folder is another extraction's, the disk is too small, or a sample cannot be read.
        """
        plan = self.plan(facts, arguments)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(self.folder, f"cannot be made ({error.strerror})", "Name a folder that is new or empty") from None
        with alone(self.folder):
            plan.begin(self.folder)
            if (self.folder / "featureset.json").exists():
                self.complete(tasks)
            else:
                self.extract(plan.shard, tasks)

    def complete(self, tasks: "TaskBuilder") -> None:
        """Adds the tasks that a finished set has not yet."""
        ShardRecords(self.folder).remove()
        rows = [self.samples.rows[place] for place in self.samples.stored(self.folder)]
        added = tasks.add_missing(self.writer(), rows, self.samples.source)
        progress.say(f"{self.folder} is already complete" + (f"; added {', '.join(added)}" if added else ""))

    def extract(self, size: int, tasks: "TaskBuilder") -> None:
        """Extracts the shards of `size` samples that have no record, and finishes the set."""
        records = ShardRecords(self.folder)
        samples = self.samples.samples
        shards = [samples[first : first + size] for first in range(0, len(samples), size)]
        finished = [records.read(position) for position in range(len(shards))]
        self.check_disk([shard for shard, record in zip(shards, finished) if record is None])
        writer = self.writer()
        bar = progress.Progress(len(samples), sum(len(shard) for shard, record in zip(shards, finished) if record))
        for position, (shard, record) in enumerate(zip(shards, finished)):
            if record is None:
                finished[position] = self.extract_shard(writer, position, shard, bar)
                records.write(position, finished[position] or {})
        bar.close()
        self.finish(writer, [record for record in finished if record], size, tasks)
        records.remove()

    # MARK: What is fixed beforehand

    def plan(self, facts: Mapping[str, Any], arguments: Mapping[str, Any]) -> Plan:
        settings = self.settings
        return Plan({
            "format": 1, "name": settings.name, "model": self.backbone.description.name,
            "weights": self.backbone.description.revision, "levels": list(settings.levels), "dtype": settings.dtype,
            "pool": settings.pool, "batch": settings.batch, "shard": settings.shard or self.shard_size(),
            "samples": self.samples.digest(), **facts,
        }, arguments)

    def shard_size(self) -> int:
        """As many whole batches as fit."""
        typical = self.backbone.description.levels[0].tokens
        batches = SHARD_BYTES // max(1, self.settings.batch * self.bytes_of_sample(typical))
        return min(max(1, batches) * self.settings.batch, LARGEST_SHARD)

    def bytes_of_sample(self, tokens: int) -> int:
        """Bytes of all levels of a sample that has `tokens` tokens where a typical one has those of the model's first level."""
        element, typical = ELEMENT_BYTES[self.settings.dtype], self.backbone.description.levels[0].tokens
        return sum(element * level.width * self.pooled_count(level.tokens * tokens // typical) for level in self.levels)

    def pooled_count(self, tokens: int) -> int:
        return 1 + int(self.backbone.description.class_token) if self.settings.pool else max(1, tokens)

    def check_disk(self, shards: Sequence[Sequence[Sample]]) -> None:
        """Says what will be written, and refuses if it does not fit."""
        counts = (self.backbone.stored_tokens(sample) for sample in itertools.chain.from_iterable(shards))
        due = sum(map(self.bytes_of_sample, counts))
        free = shutil.disk_usage(self.folder).free
        progress.say(f"{sum(map(len, shards)):,} samples, {len(self.levels)} levels: about {progress.size(due)} to write, "
                     f"{progress.size(free)} free in {self.folder}")
        if due > free:
            raise InputError(self.folder, f"about {progress.size(due)} do not fit into the {progress.size(free)} that are free",
                             "Choose another disk, fewer levels (--layers last,2/3), or --pool class+mean")

    # MARK: A shard

    def extract_shard(self, writer: FeatureSetWriter, position: int, shard: Sequence[Sample],
                      bar: progress.Progress) -> dict[str, Any]:
        """Writes the shard of every level and returns its record."""
        kept: dict[int, Kept] = {}
        skipped: dict[int, str] = {}
        tokens: dict[int, list[Array]] = {level.index: [np.empty(0)] * len(shard) for level in self.levels}
        for batch in batches(self.prepared(shard, kept, skipped), self.settings.batch):
            for level, states in self.backbone.encode([prepared for _, prepared in batch]).items():
                for (place, prepared), state in zip(batch, states):
                    if level in tokens:
                        tokens[level][place] = self.stored(state[: prepared.kept], level, shard[place])
            bar.advance(len(batch))
        bar.advance(len(skipped))
        if not kept:
            return {"layers": {}, "ids": [], "texts": None, "kept": [], "cut": 0, "skipped": skipped}
        places = sorted(kept)
        layers = {level.index: writer.write_shard(level.index, position, self.joined([tokens[level.index][p] for p in places]))
                  for level in self.levels}
        bar.advance(0, sum(array.nbytes for arrays in tokens.values() for array in arrays))
        return {"layers": layers, "ids": [kept[place].id for place in places],
                "texts": [kept[place].texts for place in places] if kept[places[0]].texts is not None else None,
                "kept": places, "cut": sum(kept[place].is_cut for place in places), "skipped": skipped}

    def prepared(self, shard: Sequence[Sample], kept: dict[int, "Kept"],
                 skipped: dict[int, str]) -> Iterator[tuple[int, Prepared]]:
        """Samples of a shard in order, read by several threads that run ahead by two batches."""
        def read(place: int) -> tuple[str, Prepared] | UnreadableSample | InputError:
            try:
                content = shard[place].content()
                return shard[place].id(content), self.backbone.prepare(shard[place], content)
            except (UnreadableSample, InputError) as error:
                return error

        with concurrent.futures.ThreadPoolExecutor(max(1, self.settings.workers)) as pool:
            waiting: list[concurrent.futures.Future[Any]] = []
            ahead = 2 * self.settings.batch
            for place in range(len(shard) + ahead):
                if place < len(shard):
                    waiting.append(pool.submit(read, place))
                if place < ahead:
                    continue
                done, answer = place - ahead, waiting[place - ahead].result()
                waiting[done] = None  # type: ignore[call-overload]  # a prepared sample may be large
                if isinstance(answer, Exception):
                    self.note_bad(shard[done], answer)
                    skipped[done] = str(answer)
                    continue
                kept[done] = Kept(answer[0], answer[1].texts, answer[1].is_cut)
                yield done, answer[1]

    def note_bad(self, sample: Sample, error: Exception) -> None:
        if not self.settings.skip_bad:
            if isinstance(error, InputError):
                raise error
            raise InputError(sample.path or sample.place, str(error), REMEDY_FOR_BAD)
        progress.say(f"left out: {sample.path or sample.place}: {error}")

    def stored(self, state: Array, level: int, sample: Sample) -> Array:
        """The tokens of one sample in the stored type: all of them, or the class token and the mean of the patches.

        - Throws: `InputError` if one is not finite, or too large for the type.
        """
        if self.settings.pool:
            description = self.backbone.description
            first = int(description.class_token)
            mean = state[first + description.registers :].mean(0, dtype=np.float64).astype(np.float32)
            state = np.concatenate([state[:first], mean[None]])
        largest = float(np.abs(state).max())
        if not largest <= LARGEST[self.settings.dtype]:
            raise InputError(sample.path or sample.place, f"level {level} has the value {largest} there",
                             f"{self.settings.dtype} holds up to {LARGEST[self.settings.dtype]:.5g}: take another --dtype, or "
                             "find out why the model gives no numbers")
        return encode(np.ascontiguousarray(state), self.settings.dtype)[1]

    def joined(self, samples: list[Array]) -> Array | list[Array]:
        """[n, T, D], or a list where samples are of unequal length."""
        return samples if self.backbone.description.ragged and not self.settings.pool else np.stack(samples)

    # MARK: The end

    def writer(self) -> FeatureSetWriter:
        description = self.backbone.description
        pooled = self.settings.pool
        return FeatureSetWriter(
            self.folder, self.settings.name, backbone=description.name, revision=description.revision,
            class_token=description.class_token, registers=0 if pooled else description.registers,
            grid=None if pooled else description.grid, dtype=self.settings.dtype)

    def finish(self, writer: FeatureSetWriter, records: Sequence[Mapping[str, Any]], shard: int,
               tasks: "TaskBuilder") -> None:
        skipped, cut = sum(len(record["skipped"]) for record in records), sum(record.get("cut", 0) for record in records)
        whole = [record for record in records if record["kept"]]
        if not whole:
            raise InputError(self.samples.source, f"none of the {skipped} samples can be read", "Give files that can be read")
        for record in whole:
            for level in self.levels:
                # A record has been JSON if it is of an earlier run, and its keys text.
                layers = {int(index): entry for index, entry in record["layers"].items()}
                writer.record_shard(level.index, level.name, layers[level.index], level.final_norm)
        kept = [number * shard + place for number, record in enumerate(records) for place in record["kept"]]
        # An earlier run may have ended between a task and the manifest, and have been asked for other tasks.
        for path in (self.folder / "tasks").iterdir():
            path.unlink()
        tasks.write(writer, [self.samples.rows[place] for place in kept], self.samples.source)
        description = self.backbone.description
        writer.describe_backbone(pretrainedOn=description.pretrained_on, randomWeights=description.random_weights)
        writer.finish(
            ids=[id for record in records for id in record["ids"]],
            files=[self.samples.samples[place].place for place in kept] if self.samples.samples[0].path else None,
            token_texts=None if self.settings.pool or whole[0]["texts"] is None
            else [texts for record in whole for texts in record["texts"]],
            origin={**self.settings.origin, **({"leftOut": f"{skipped} samples that cannot be read"} if skipped else {})},
            preprocessing=dict(description.preprocessing) or None,
            notes=[*description.notes, *(["pooled: the class token, if there is one, and the mean of the patch tokens"]
                                         if self.settings.pool else []),
                   *([f"{cut} samples are longer than the model reads, and were cut"] if cut else [])] or None,
            secondsPerToken=None if self.settings.pool else description.seconds_per_token)
        progress.say(f"{self.folder} is complete: {len(kept):,} samples" + (f", {skipped} left out" if skipped else "")
                     + (f", {cut} cut to what the model reads" if cut else ""))


@dataclasses.dataclass(frozen=True)
class Kept:
    """What is remembered of a sample once its tokens are taken."""

    id: str
    texts: Sequence[str] | None
    is_cut: bool


class TaskBuilder(Protocol):
    def write(self, writer: FeatureSetWriter, rows: Sequence[Mapping[str, Any]], where: pathlib.Path) -> None:
        """Writes the tasks of the samples that could be read; row i is sample i."""

    def add_missing(self, writer: FeatureSetWriter, rows: Sequence[Mapping[str, Any]], where: pathlib.Path) -> list[str]:
        """Writes those that the writer's folder has not, and returns their names.

        - Throws: `InputError` if it has another of one's name.
        """


def batches(prepared: Iterator[tuple[int, Prepared]], size: int) -> Iterator[list[tuple[int, Prepared]]]:
    """Samples of one shape together, so that nothing is padded and nothing masked. Which ones are together depends on
    the order of the shard alone."""
    buckets: dict[Any, list[tuple[int, Prepared]]] = {}
    for place, sample in prepared:
        bucket = buckets.setdefault(sample.shape(), [])
        bucket.append((place, sample))
        if len(bucket) == size:
            yield buckets.pop(sample.shape())
    yield from buckets.values()


def chosen_levels(text: str, levels: Sequence[Level]) -> list[int]:
    """`all`, or a list of indices, `last`, and depths such as 2/3."""
    known = [level.index for level in levels]
    chosen: list[int] = []
    for part in text.split(","):
        numerator, slash, denominator = part.strip().partition("/")
        if part.strip() == "all":
            chosen += known
        elif part.strip() == "last":
            chosen.append(known[-1])
        elif slash and numerator.isdecimal() and denominator.isdecimal() and 0 < int(denominator) >= int(numerator):
            chosen.append(min(known, key=lambda index: abs(index - known[-1] * int(numerator) / int(denominator))))
        elif part.strip().isdecimal() and int(part) in known:
            chosen.append(int(part))
        else:
            raise InputError("--layers", f'"{part}"', f"Give all, last, a depth such as 2/3, or some of {json.dumps(known)}")
    return sorted(set(chosen))
