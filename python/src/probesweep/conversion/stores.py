"""Arrays in Zarr folders and LMDB databases."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError, needed
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.numpy_files import NumpyBytes, is_npy
from probesweep.conversion.samples import Array, SeparateSamples, Tokens


class ZarrArray(Array):
    """An array of a Zarr folder, read in slices."""

    def __init__(self, path: Path, key: str | None, limit: MemoryLimit):
        try:
            import zarr
        except ImportError:
            raise needed("zarr", path) from None
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
        return np.asarray(self.array[start:stop])


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
