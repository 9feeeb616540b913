"""The tokens of a feature set as NumPy arrays, for code of your own: `probesweep.features`."""

import json
import math
import os
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex, TypedDict

import numpy as np
from numpy.typing import NDArray

from probesweep.errors import FieldError
from probesweep.writing import FORMAT, bfloat16_values, sha256

LONGEST_HEADER = 100_000_000
TYPES = {
    "F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}


class FeatureError(FieldError):
    """A feature set that cannot be read: names the file, the field, its value and the remedy."""


class Sample(TypedDict, total=False):
    """One sample; what the set or the task does not have is left out."""

    tokens: NDArray[np.float32]
    id: str
    label: Any
    group: int
    split: int


@dataclass(frozen=True)
class Task:
    """Labels of some samples of a set, as docs/formats.md has them; [n] or [n, C], a row for each of `samples`."""

    name: str
    kind: str
    metric: str
    classes: int
    class_names: list[str] | None
    samples: NDArray[np.int64]
    labels: NDArray[Any]
    groups: NDArray[Any] | None
    split: NDArray[Any] | None


def features(folder: str | os.PathLike[str], layer: int | str | None = None, task: str | None = None, *,
             verify: bool = False) -> "Features":
    """Opens one layer of a feature set.

    layer: Its index or name; the set's last one if none is given.
    task: With it, the samples are the task's rows, and each has its label.
    verify: Whether to read the layer's shards, the ids and the task once, and compare them with their digests.

    Raises FeatureError.
    """
    return Features(folder, layer, task, verify=verify)


class Features:
    """A dataset of the samples of one layer: `len(dataset)`, and `dataset[i]` → `Sample`.

    Shards are mapped when they are first used, in each process by itself,
    so that a PyTorch DataLoader may have workers.
    Tokens are copied to float32 as they are read.
    """

    def __init__(self, folder: str | os.PathLike[str], layer: int | str | None = None, task: str | None = None, *,
                 verify: bool = False):
        self.folder = Path(folder)
        self.manifest = read_json(self.folder / "featureset.json", "manifest")
        try:
            self._open(layer, task, verify)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise self._error("manifest", f"a field is missing or of another type ({error!r})") from None

    def _open(self, layer: int | str | None, task: str | None, verify: bool) -> None:
        self._check_format()
        self._entry = self._find(layer)
        self.task = None if task is None else read_task(self.folder, task, self.samples, verify=verify)
        self.ids = self._read_ids(verify)
        self._shards = [
            Shard(self._path(shard["file"]), self._entry, self.prefix, shard["samples"])
            for shard in self._entry["shards"]]
        self._ends = np.cumsum([shard.samples for shard in self._shards])
        if not self._shards or self._ends[-1] != self.samples:
            raise self._error("layers.shards", f"they hold other samples than the set's {self.samples}")
        if verify:
            for shard, entry in zip(self._shards, self._entry["shards"]):
                check_digest(shard.path, entry["sha256"])

    # What the set is

    @property
    def name(self) -> str:
        return self.manifest["name"]

    @property
    def samples(self) -> int:
        """Samples of the set; the dataset has fewer where its task leaves some out."""
        return self.manifest["samples"]

    @property
    def layer(self) -> int:
        """The index of the layer."""
        return self._entry["index"]

    @property
    def layers(self) -> list[int]:
        """The indices of the set's layers."""
        return [entry["index"] for entry in self.manifest["layers"]]

    @property
    def width(self) -> int:
        """D."""
        return self._entry["width"]

    @property
    def has_class_token(self) -> bool:
        return self.manifest["layout"]["classToken"]

    @property
    def registers(self) -> int:
        """Register tokens behind the class token."""
        return self.manifest["layout"]["registers"]

    @property
    def grid(self) -> tuple[int, int] | None:
        """Rows and columns of the patch tokens, which are stored row by row."""
        grid = self.manifest["layout"].get("grid")
        return None if grid is None else (grid[0], grid[1])

    @property
    def prefix(self) -> int:
        """P, tokens before the first patch token."""
        return int(self.has_class_token) + self.registers

    @property
    def is_ragged(self) -> bool:
        """Whether samples may differ in their number of tokens."""
        return any(shard.offsets is not None for shard in self._shards)

    @property
    def tasks(self) -> list[str]:
        """The names of the set's tasks."""
        return sorted(path.stem for path in (self.folder / "tasks").glob("*.json"))

    # Samples

    def __len__(self) -> int:
        return self.samples if self.task is None else len(self.task.samples)

    def __getitem__(self, row: SupportsIndex) -> Sample:
        row = index(row)
        place = self._place(row)
        sample = Sample(tokens=self._read(place))
        if self.ids is not None:
            sample["id"] = self.ids[place]
        if self.task is not None:
            row = range(len(self))[row]
            sample["label"] = self.task.labels[row]
            if self.task.groups is not None:
                sample["group"] = self.task.groups[row]
            if self.task.split is not None:
                sample["split"] = self.task.split[row]
        return sample

    def tokens(self, row: int) -> NDArray[np.float32]:
        """All tokens of a sample, [P + T, D]: class token, registers, patch tokens."""
        return self._read(self._place(row))

    def class_token(self, row: int) -> NDArray[np.float32]:
        """[D]."""
        if not self.has_class_token:
            raise self._error("layout.classToken", "the set has no class token")
        return self.tokens(row)[0]

    def register_tokens(self, row: int) -> NDArray[np.float32]:
        """[registers, D]."""
        return self.tokens(row)[int(self.has_class_token):self.prefix]

    def patch_tokens(self, row: int) -> NDArray[np.float32]:
        """[T, D]."""
        return self.tokens(row)[self.prefix:]

    def _place(self, row: SupportsIndex) -> int:
        """The sample of the set that a row of the dataset is; negative rows count from the end."""
        row = range(len(self))[index(row)]
        return row if self.task is None else int(self.task.samples[row])

    def _read(self, place: int) -> NDArray[np.float32]:
        number = int(np.searchsorted(self._ends, place, side="right"))
        shard = self._shards[number]
        return shard.read(place - (int(self._ends[number]) - shard.samples))

    # The manifest

    def _check_format(self) -> None:
        if self.manifest.get("format") != FORMAT:
            raise self._error("format", f"it is {self.manifest.get('format')!r}, and this version reads {FORMAT}")
        missing = [field for field in ("name", "samples", "layout", "layers") if field not in self.manifest]
        if missing or not self.manifest["layers"]:
            raise self._error(", ".join(missing) or "layers", "it is missing or empty")
        layout, samples = self.manifest["layout"], self.manifest["samples"]
        if not isinstance(layout["classToken"], bool) or not is_count(layout["registers"]):
            raise self._error("layout", f"it is {layout}")
        if not is_count(samples):
            raise self._error("samples", f"it is {samples!r}, and no count")

    def _find(self, layer: int | str | None) -> dict[str, Any]:
        entries = self.manifest["layers"]
        if layer is None:
            return max(entries, key=lambda entry: entry["index"])
        for entry in entries:
            if layer in (entry["index"], entry.get("name")):
                return entry
        known = ", ".join(f"{entry['index']} ({entry.get('name', '')})" for entry in entries)
        raise self._error("layers", f"there is no layer {layer!r}", f"Give one of {known}")

    def _read_ids(self, verify: bool) -> list[str] | None:
        entry = self.manifest.get("ids")
        if entry is None:
            return None
        path = self._path(entry["file"])
        if verify:
            check_digest(path, entry["sha256"])
        # Ids may hold characters that Python counts as line ends; a line ends with LF alone.
        ids = read_bytes(path).decode("utf-8").removesuffix("\n").split("\n")
        if len(ids) != self.samples:
            raise FeatureError(path, "ids", f"{len(ids)} ids stand for {self.samples} samples", "Make the set again")
        return ids

    def _path(self, file: str) -> Path:
        return inside(self.folder, file)

    def _error(self, field: str, problem: str, remedy: str = "Make the set again, or look at it with features inspect"
               ) -> FeatureError:
        return FeatureError(self.folder / "featureset.json", field, problem, remedy)


class Shard:
    """Tokens of consecutive samples in one safetensors file, mapped on first use."""

    def __init__(self, path: Path, layer: dict[str, Any], prefix: int, samples: int):
        self.path, self.samples = path, samples
        self.tensors, self.start = read_header(path)
        self.offsets = read_tensor(path, "offsets", self.tensors, self.start) if "offsets" in self.tensors else None
        self._map: NDArray[Any] | None = None
        tokens = self.tensors.get("tokens")
        if tokens is None or tokens["dtype"] != layer["dtype"] or tokens["shape"][-1:] != [layer["width"]]:
            raise self._error("tokens", f"{tokens and [tokens['dtype'], tokens['shape']]}, where the manifest has "
                                        f"{layer['dtype']} of width {layer['width']}")
        self.dtype, shape = tokens["dtype"], tokens["shape"]
        if self.offsets is None:
            if len(shape) != 3 or shape[:2] != [samples, prefix + layer["tokens"]]:
                raise self._error("tokens", f"its shape is {shape}, where the manifest has {samples} samples of "
                                            f"{prefix + layer['tokens']} tokens")
        elif (len(shape) != 2 or len(self.offsets) != samples + 1 or self.offsets[0] != 0
              or self.offsets[-1] != shape[0] or (np.diff(self.offsets) < 0).any()):
            raise self._error("offsets", f"they do not divide {shape[0]} rows among {samples} samples")

    def read(self, sample: int) -> NDArray[np.float32]:
        """The tokens of one sample, [P + T, D]."""
        if self._map is None:
            self._map = map_tensor(self.path, self.tensors["tokens"], self.start)
        if self.offsets is None:
            return decoded(self._map[sample], self.dtype)
        return decoded(self._map[self.offsets[sample]:self.offsets[sample + 1]], self.dtype)

    def __getstate__(self) -> dict[str, Any]:
        # A map would travel to another process as a copy of the whole file.
        return self.__dict__ | {"_map": None}

    def _error(self, field: str, problem: str) -> FeatureError:
        return FeatureError(self.path, field, problem, "Make the set again")


def read_task(folder: Path, name: str, samples: int, *, verify: bool) -> Task:
    path = folder / "tasks" / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(task.stem for task in path.parent.glob("*.json"))) or "none"
        raise FeatureError(path, "task", f"the set has no task {name!r}", f"It has: {known}")
    header = read_json(path, "task")
    data = inside(folder, header["data"]["file"])
    if verify:
        check_digest(data, header["data"]["sha256"])
    tensors, start = read_header(data)
    arrays = {key: read_tensor(data, key, tensors, start) for key in tensors}
    labels = arrays.get("labels", arrays.get("scores"))
    rows = arrays.get("samples")
    if labels is None or len(labels) != (samples if rows is None else len(rows)):
        raise FeatureError(data, "labels", "they are missing, or not one for each sample", "Import the task again")
    rows = np.arange(samples) if rows is None else rows.astype(np.int64)
    if len(rows) and not 0 <= rows.min() <= rows.max() < samples:
        raise FeatureError(data, "samples", f"a sample is not in 0 ..< {samples}", "Import the task again")
    return Task(header["name"], header["kind"], header["metric"], header["classes"], header.get("classNames"), rows,
                labels, arrays.get("groups"), arrays.get("split"))


# Files

def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def decoded(array: NDArray[Any], dtype: str) -> NDArray[np.float32]:
    """A copy in float32; BF16 arrives as its bits."""
    return bfloat16_values(array) if dtype == "BF16" else array.astype(np.float32)


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """The tensors of a safetensors file, checked against its size, and the byte at which their values begin."""
    size = path.stat().st_size if path.is_file() else 0
    with open_file(path) as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(LONGEST_HEADER, size - 8):
            raise FeatureError(path, "header", f"a length of {length} bytes in a file of {size}", "Make the set again")
        try:
            header = json.loads(file.read(length))
            tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
            for name, entry in tensors.items():
                check_tensor(path, name, entry, size - 8 - length)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, FeatureError):
                raise
            raise FeatureError(path, "header", f"it is no safetensors header ({error})", "Make the set again")
    return tensors, 8 + length


def check_tensor(path: Path, name: str, entry: dict[str, Any], size: int) -> None:
    begin, end = entry["data_offsets"]
    if entry["dtype"] not in TYPES:
        raise FeatureError(path, name, f"its type {entry['dtype']!r} is unknown", f"Give one of {', '.join(TYPES)}")
    expected = math.prod(entry["shape"]) * np.dtype(TYPES[entry["dtype"]]).itemsize
    if not 0 <= begin <= end <= size or end - begin != expected or any(extent < 0 for extent in entry["shape"]):
        raise FeatureError(
            path, name, f"bytes {begin} to {end} of {size} do not hold {entry['dtype']} {entry['shape']}",
            "Make the set again")


def map_tensor(path: Path, entry: dict[str, Any], start: int) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    dtype = TYPES[entry["dtype"]]
    if begin == end:
        return np.empty(entry["shape"], dtype)
    return np.memmap(path, dtype, "r", start + begin, tuple(entry["shape"]))


def read_tensor(path: Path, name: str, tensors: dict[str, Any], start: int) -> NDArray[Any]:
    """The tensor in memory."""
    return np.array(map_tensor(path, tensors[name], start))


def read_json(path: Path, what: str) -> dict[str, Any]:
    content = read_bytes(path)
    try:
        value = json.loads(content)
    except ValueError as error:
        raise FeatureError(path, what, f"it is not JSON ({error})", "Make the set again")
    if not isinstance(value, dict):
        raise FeatureError(path, what, "it is not an object", "Make the set again")
    return value


def read_bytes(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read()


def open_file(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise FeatureError(path, "file", f"it cannot be read ({error.strerror})", "Give the folder of a feature set")


def inside(folder: Path, file: str) -> Path:
    """A path of the manifest, which must stay in the folder."""
    path = folder / file
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise FeatureError(path, "file", "it leaves the set's folder", "Name files relative to the folder")
    return path


def check_digest(path: Path, expected: str) -> None:
    open_file(path).close()
    found = sha256(path)
    if found != expected:
        raise FeatureError(
            path, "sha256", f"it is {found}, where the manifest has {expected}",
            "The file was changed or damaged: copy or make it again")
