"""Arrays in .npy and .npz files; pickles are refused."""

import io
import lzma
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from probesweep.conversion.errors import ConversionError
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.samples import Array, Tokens

LONGEST_HEADER = 10_000


class NumpyFile(Array):
    """A mapped .npy file."""

    def __init__(self, path: Path, limit: MemoryLimit):
        self.file, self.field, self.limit = path, "array", limit
        with open(path, "rb") as file:
            self.shape, is_fortran, self.dtype, start = read_header(file, path, self.field)
        refuse_fortran(is_fortran, path, self.field)
        refuse_other_size(self, path.stat().st_size - start)
        self.values = np.memmap(path, self.dtype, "r", start, self.shape)

    def read(self, start: int, stop: int) -> Tokens:
        self.limit.check((stop - start) * self.row_bytes, self.file, self.field)
        return np.array(self.values[start:stop])


class ZippedArray(Array):
    """A member of a .npz file, which is inflated row by row."""

    def __init__(self, path: Path, key: str | None, limit: MemoryLimit):
        self.file, self.limit = path, limit
        self.archive = opened_archive(path)
        self.member = chosen(self.archive, path, key)
        self.field = self.member.filename
        self.stream = self.rewound()

    def rewound(self) -> IO[bytes]:
        self.next = 0
        try:
            stream = self.archive.open(self.member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise ConversionError(self.file, self.field, f"it cannot be inflated ({error})", "Make the file again")
        self.shape, is_fortran, self.dtype, start = read_header(stream, self.file, self.field)
        refuse_fortran(is_fortran, self.file, self.field)
        refuse_other_size(self, self.member.file_size - start)
        return stream

    def read(self, start: int, stop: int) -> Tokens:
        self.limit.check((stop - start) * self.row_bytes, self.file, self.field)
        if start < self.next:
            self.stream.close()
            self.stream = self.rewound()
        self.skip((start - self.next) * self.row_bytes)
        self.next = stop
        values = self.take((stop - start) * self.row_bytes)
        return np.frombuffer(values, self.dtype).reshape(-1, *self.shape[1:])

    def skip(self, count: int) -> None:
        while count > 0:
            step = min(count, 1 << 20)
            self.take(step)
            count -= step

    def take(self, count: int) -> bytes:
        try:
            values = self.stream.read(count)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
            raise ConversionError(self.file, self.field, f"it cannot be inflated ({error})", "Make the file again")
        if len(values) != count:
            raise ConversionError(self.file, self.field, "it ends too early", "Make the file again")
        return values

    def close(self) -> None:
        self.stream.close()
        self.archive.close()


def opened_archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ConversionError(path, "file", f"it is no zip archive ({error})", "Make the file again")


def chosen(archive: zipfile.ZipFile, path: Path, key: str | None) -> zipfile.ZipInfo:
    names = archive.namelist()
    if key is None and len(names) == 1:
        return archive.getinfo(names[0])
    for name in (key, f"{key}.npy"):
        if key is not None and name in names:
            return archive.getinfo(name)
    known = ", ".join(name.removesuffix(".npy") for name in names[:20])
    problem = "it has several arrays" if key is None else f"it has no array {key!r}"
    raise ConversionError(path, "key", problem, f"Give --key with one of: {known}")


def read_header(file: IO[bytes], path: Path | str, field: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, whether the order is Fortran's, type, and bytes of the header of .npy bytes."""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read(file, max_header_size=LONGEST_HEADER)
        if any(extent < 0 for extent in shape):
            raise ValueError(f"its shape is {shape}")
    except (ValueError, SyntaxError, TypeError, OSError, EOFError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
            lzma.LZMAError) as error:
        raise ConversionError(path, field, f"it is no .npy data ({error})", "Save it with numpy.save")
    if dtype.hasobject:
        raise ConversionError(
            path, field, "it holds Python objects, which only running code from the file would read",
            "Save arrays of numbers, with allow_pickle=False")
    # BF16 has no name of its own in .npy files, and is saved as opaque pairs of bytes.
    is_bfloat16 = dtype == np.dtype("V2")
    if dtype.kind != "f" and not is_bfloat16:
        raise ConversionError(path, field, f"its type is {dtype}", "Give floating-point numbers")
    return shape, is_fortran, np.dtype("<u2") if is_bfloat16 else dtype, file.tell()


def refuse_fortran(is_fortran: bool, path: Path, field: str) -> None:
    if is_fortran:
        raise ConversionError(path, field, "it is in Fortran's order", "Save numpy.ascontiguousarray of it")


def refuse_other_size(array: Array, bytes: int) -> None:
    """What is declared must be there: a header costs nothing, whatever it promises."""
    declared = int(np.prod(array.shape, dtype=object)) * array.dtype.itemsize
    if declared != bytes:
        raise ConversionError(
            array.file, array.field,
            f"{array.dtype} {list(array.shape)} takes {declared:,} bytes, and it has {bytes:,}",
            "Make the file again")


def is_npy(bytes: bytes) -> bool:
    return bytes.startswith(npy.MAGIC_PREFIX)


class NumpyBytes(Array):
    """.npy bytes in memory."""

    def __init__(self, content: bytes, path: Path, field: str):
        self.file, self.field = path, field
        stream = io.BytesIO(content)
        self.shape, is_fortran, self.dtype, start = read_header(stream, path, field)
        refuse_fortran(is_fortran, path, field)
        refuse_other_size(self, len(content) - start)
        self.values = np.frombuffer(content, self.dtype, offset=start).reshape(self.shape)

    def read(self, start: int, stop: int) -> Tokens:
        return self.values[start:stop]
