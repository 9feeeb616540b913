"""Arrays in Zarr folders and LMDB databases."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError, needed
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.numpy_files import NumpyBytes, is_npy
from probesweep.conversion.samples import Array, SeparateSamples, Tokens


CODECS = {"bytes", "transpose", "sharding_indexed", "crc32c", "zstd", "gzip", "zlib", "blosc", "lz4", "shuffle"}


class ZarrArray(Array):
    """An array of a Zarr folder, read in slices."""

    def __init__(self, path: Path, key: str | None, limit: MemoryLimit):
        try:
            import zarr
        except ImportError:
            raise needed("zarr>=3", path) from None
        if int(zarr.__version__.partition(".")[0]) < 3:
            # Before version 3, metadata of a file chose among all codecs, those that run pickles included.
            raise needed("zarr>=3", path)
        self.file, self.field, self.limit = path, key or "array", limit
        try:
            opened: Any = zarr.open(str(path), mode="r")
        except Exception as error:
            # The store, its codecs and its metadata fail in types of their own.
            raise ConversionError(path, "file", f"it is no Zarr folder ({error})", "Make it again") from None
        array = opened if hasattr(opened, "shape") else self.member(opened, key)
        if np.dtype(array.dtype).kind != "f":
            raise ConversionError(
                path, self.field, f"its type is {array.dtype}", "Give an array of floating-point numbers")
        refuse_other_codecs(array, path, self.field)
        refuse_missing_chunks(array, path, self.field)
        self.array, self.shape, self.dtype = array, tuple(array.shape), np.dtype(array.dtype)
        limit.check(int(np.prod(array.chunks, dtype=object)) * self.dtype.itemsize, path, f"{self.field}, one chunk")

    def member(self, group: Any, key: str | None) -> Any:
        names = list(group.array_keys())
        if key is None and len(names) == 1:
            return group[names[0]]
        if key is None or key not in group:
            raise ConversionError(
                self.file, "key", "it has several arrays" if key is None else f"there is no {key!r}",
                f"Give --key with one of: {', '.join(names[:20])}")
        return group[key]

    def read(self, start: int, stop: int) -> Tokens:
        self.limit.check((stop - start) * self.row_bytes, self.file, self.field)
        try:
            return np.asarray(self.array[start:stop])
        except Exception as error:
            # Codecs fail in types of their own.
            raise ConversionError(self.file, self.field, f"it cannot be read ({error})", "Make or copy it again") from None


def refuse_other_codecs(array: Any, path: Path, field: str) -> None:
    """Only codecs that change bytes and nothing else."""
    for name in sorted(codecs(array.metadata.to_dict()) - CODECS):
        raise ConversionError(path, field, f"it is stored by the codec {name!r}", f"Write it with {', '.join(sorted(CODECS))}")


def codecs(metadata: Any) -> set[str]:
    """The names of all codecs that an array's metadata has: `id` in version 2, `name` in version 3, where some contain
    others."""
    found: set[str] = set()
    parts = [metadata.get("compressor"), *(metadata.get("filters") or ()), *(metadata.get("codecs") or ()),
             *(metadata.get("index_codecs") or ())]
    for part in parts:
        if part is None:
            continue
        part = part.get_config() if hasattr(part, "get_config") else part.to_dict() if hasattr(part, "to_dict") else part
        found.add(str(part.get("id") or part.get("name")))
        found |= codecs(part.get("configuration") or {})
    return found


def refuse_missing_chunks(array: Any, path: Path, field: str) -> None:
    """A chunk without a file is read as zeros."""
    stored, declared = array.nchunks_initialized, array.nchunks
    if stored < declared:
        raise ConversionError(
            path, field, f"{declared} chunks are declared, and {stored} are there",
            "Copy it again; if these values are zeros, write them too (write_empty_chunks)")


class DatabaseSamples(SeparateSamples):
    """An LMDB database whose values are .npy bytes, one for each sample; keys are ids."""

    def __init__(self, path: Path, limit: MemoryLimit):
        try:
            import lmdb
        except ImportError:
            raise needed("lmdb", path) from None
        try:
            self.database = lmdb.open(str(path), readonly=True, lock=False, subdir=path.is_dir())
            with self.database.begin() as transaction:
                keys = list(transaction.cursor().iternext(values=False))
        except lmdb.Error as error:
            raise ConversionError(path, "file", f"it is no LMDB database ({error})", "Make it again") from None
        super().__init__(path, [partial(self.array, path, key, limit) for key in keys],
                         [key.decode("utf-8", "backslashreplace") for key in keys])

    def array(self, path: Path, key: bytes, limit: MemoryLimit) -> NumpyBytes:
        field = key.decode("utf-8", "backslashreplace")
        with self.database.begin(buffers=True) as transaction:
            value = transaction.get(key)
            limit.check(len(value or b""), path, field)
            content = bytes(value or b"")
        if not is_npy(content):
            raise ConversionError(
                path, field, "its value is no .npy data, and a pickle would run code from the file",
                "Store the bytes that numpy.save writes")
        return NumpyBytes(content, path, field)
