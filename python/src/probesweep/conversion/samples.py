"""The samples of one layer, whatever files they lie in."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probesweep.conversion.errors import ConversionError

Tokens = NDArray[np.generic]
"""[T, D] of one sample: float16, float32 or float64, or uint16 that holds the bits of BF16."""

MOST_SAMPLES = (1 << 31) - 1
LARGEST_SHARD = 1 << 16
"""Samples of a shard, each of which takes memory beside its values."""

TYPES = {"float16": "F16", "float32": "F32", "float64": "F32", "uint16": "BF16"}
"""What a layer is stored as if no type is asked for, by the type of its source."""


class Array(ABC):
    """An array of numbers in a file: its extent is known, and its rows are read when they are wanted."""

    file: Path
    field: str
    shape: tuple[int, ...]
    dtype: np.dtype

    @abstractmethod
    def read(self, start: int, stop: int) -> Tokens:
        """The elements start ..< stop of the first axis."""

    def close(self) -> None:
        pass

    def __enter__(self) -> "Array":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def row_bytes(self) -> int:
        """Bytes of one element of the first axis."""
        return int(np.prod(self.shape[1:], dtype=object)) * self.dtype.itemsize

    def check(self) -> None:
        if self.dtype.name not in TYPES:
            raise ConversionError(
                self.file, self.field, f"its type is {self.dtype}",
                "Give numbers of float16, bfloat16, float32 or float64")
        if len(self.shape) not in (1, 2, 3) or 0 in self.shape:
            raise ConversionError(
                self.file, self.field, f"its shape is {list(self.shape)}",
                "Give [n, T, D] or [n, D] for all samples, or [T, D] for one")


class Samples(ABC):
    """Samples in their order, with ids where they have any."""

    file: Path
    ids: list[str] | None
    lengths: Sequence[int]
    """Tokens of each sample."""
    width: int
    """D."""
    dtype: np.dtype

    @abstractmethod
    def read(self, start: int, stop: int) -> list[Tokens]:
        """The tokens of samples start ..< stop; what is asked for goes on where the last call ended."""

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def shortest(self) -> int:
        """Tokens of the shortest sample."""
        return min(self.lengths)

    @cached_property
    def longest(self) -> int:
        return max(self.lengths)

    @property
    def is_ragged(self) -> bool:
        return self.shortest < self.longest

    def tokens(self) -> int:
        """ΣT over all samples."""
        return sum(self.lengths)

    def shards(self, limit: int, token: int) -> list[range]:
        """Runs of consecutive samples of about `limit` bytes and at most `LARGEST_SHARD` samples, at least one each.

        token: Bytes of a token as it is stored.
        """
        runs, start, size = [], 0, 0
        for place, length in enumerate(self.lengths):
            if place > start and (size + length * token > limit or place - start == LARGEST_SHARD):
                runs.append(range(start, place))
                start, size = place, 0
            size += length * token
        return [*runs, range(start, len(self))]

    def place(self, sample: int) -> str:
        """Where a sample is, for messages."""
        return f"sample {sample}" if self.ids is None else f"sample {self.ids[sample]!r}"


class ArraySamples(Samples):
    """One array for all: [n, T, D], or [n, D] for samples of one token."""

    def __init__(self, array: Array, ids: list[str] | None = None):
        array.check()
        if len(array.shape) == 1:
            raise ConversionError(
                array.file, array.field, f"its shape is {list(array.shape)}, which is a single vector",
                "Give [n, D], or several files with a sample each")
        self.array, self.file, self.ids, self.dtype = array, array.file, ids, array.dtype
        count, self.width = array.shape[0], array.shape[-1]
        if count > MOST_SAMPLES:
            raise ConversionError(
                array.file, array.field, f"its shape is {list(array.shape)}, which is {count:,} samples",
                f"Give at most {MOST_SAMPLES:,} along the first axis")
        # A header of a few bytes may declare billions of samples: their length is kept once.
        self.count, self.length = count, 1 if len(array.shape) == 2 else array.shape[1]

    def __len__(self) -> int:
        return self.count

    @property
    def lengths(self) -> Sequence[int]:  # type: ignore[override]
        return [self.length] * self.count

    @property
    def shortest(self) -> int:
        return self.length

    longest = shortest

    def tokens(self) -> int:
        return self.count * self.length

    def shards(self, limit: int, token: int) -> list[range]:
        step = min(max(1, limit // (self.length * token)), LARGEST_SHARD)
        return [range(start, min(start + step, self.count)) for start in range(0, self.count, step)]

    def read(self, start: int, stop: int) -> list[Tokens]:
        rows = self.array.read(start, stop)
        return list(rows.reshape(len(rows), -1, self.width))


class SeparateSamples(Samples):
    """An array for each sample: [T, D], [1, T, D], or [D] for one token; opened one at a time."""

    def __init__(self, file: Path, opens: Sequence[Callable[[], Array]], ids: list[str] | None):
        self.file, self.opens, self.ids = file, opens, ids
        self.lengths: list[int] = []
        for open_array in opens:
            with open_array() as array:
                array.check()
                tokens, width = self.extent(array)
                if not self.lengths:
                    self.file, self.width, self.dtype = array.file, width, array.dtype
                if (width, array.dtype) != (self.width, self.dtype):
                    raise ConversionError(
                        array.file, array.field,
                        f"{array.dtype} of width {width}, where {self.file} has {self.dtype} of width {self.width}",
                        "Give files of one model, and one layer of it")
                self.lengths.append(tokens)

    @staticmethod
    def extent(array: Array) -> tuple[int, int]:
        """(T, D)."""
        shape = array.shape
        if len(shape) == 3 and shape[0] != 1:
            raise ConversionError(
                array.file, array.field, f"its shape is {list(shape)}, which is {shape[0]} samples",
                "Give one file for all samples, or --each-file samples")
        return (1, shape[0]) if len(shape) == 1 else (shape[-2], shape[-1])

    def read(self, start: int, stop: int) -> list[Tokens]:
        samples = []
        for open_array in self.opens[start:stop]:
            with open_array() as array:
                samples.append(np.array(array.read(0, array.shape[0])).reshape(-1, self.width))
        return samples


class JoinedSamples(Samples):
    """The samples of several files, one file after the other."""

    def __init__(self, parts: list[Samples]):
        self.parts, self.file = parts, parts[0].file
        self.width, self.dtype = parts[0].width, parts[0].dtype
        for part in parts:
            if (part.width, part.dtype) != (self.width, self.dtype):
                raise ConversionError(
                    part.file, "width", f"{part.dtype} of width {part.width}, where {self.file} has {self.dtype} of "
                    f"width {self.width}", "Give files of one model, and one layer of it")
        self.lengths = [length for part in parts for length in part.lengths]
        known = [part.ids for part in parts]
        self.ids = None if None in known else [id for ids in known for id in ids or []]

    def read(self, start: int, stop: int) -> list[Tokens]:
        samples, first = [], 0
        for part in self.parts:
            begin, end = max(start - first, 0), min(stop - first, len(part))
            if begin < end:
                samples += part.read(begin, end)
            first += len(part)
        return samples
