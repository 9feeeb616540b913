"""Reads the weights of a CTranslate2 model file (`model.bin`), which holds arrays one behind the other."""

import struct

import numpy as np

TYPES = {0: np.dtype("<f4"), 1: np.dtype("<i1"), 2: np.dtype("<i2"), 3: np.dtype("<i4"), 4: np.dtype("<f2")}


class ModelFileError(ValueError):
    """Why bytes are no such file: names the place at which reading ended."""


def read_model(content, wanted=""):
    """The specification's name, its revision, and the arrays whose names begin with `wanted`.

    The file: uint32 version; the specification's name; uint32 revision; uint32 count; then for each variable its name,
    uint8 rank, a uint32 for each dimension, uint8 type, uint32 bytes, and as many bytes. A name is uint16 length and that
    many bytes, the last of them zero. All numbers are little-endian. Aliases of variables follow, and are not read.

    - Throws: `ModelFileError` if the bytes end early, a type is unknown, or bytes and shape do not agree.
    """
    reader = Reader(content)
    version = reader.number("I")
    if version != 6:
        raise ModelFileError(f"the file is of version {version}, and version 6 is read")
    specification, revision = reader.name(), reader.number("I")
    arrays = {}
    for _ in range(reader.number("I")):
        name = reader.name()
        shape = tuple(reader.number("I") for _ in range(reader.number("B")))
        kind, size = reader.number("B"), reader.number("I")
        if kind not in TYPES:
            raise ModelFileError(f"{name} is of the unknown type {kind}")
        due = TYPES[kind].itemsize * int(np.prod(shape, dtype=object))
        if size != due:
            raise ModelFileError(f"{name} of shape {shape} has {size} bytes instead of {due}")
        values = reader.take(size, name)
        if name.startswith(wanted):
            arrays[name] = np.frombuffer(values, TYPES[kind]).reshape(shape)
    return specification, revision, arrays


class Reader:
    def __init__(self, content):
        self.content, self.place = memoryview(content), 0

    def take(self, count, what):
        part = self.content[self.place : self.place + count]
        if len(part) < count:
            raise ModelFileError(f"the file ends at byte {len(self.content)} within {what}, which begins at byte {self.place}")
        self.place += count
        return part

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize(code), "a number"))[0]

    def name(self):
        return bytes(self.take(self.number("H"), "a name")).rstrip(b"\0").decode()
