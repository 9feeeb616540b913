"""Tensors in .pt and .pth files, read without running code from them."""

import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError, needed
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.samples import Array, ArraySamples, Samples, SeparateSamples, Tokens


class TorchTensor(Array):
    """A tensor whose values are mapped from its file where the file allows it."""

    def __init__(self, value: Any, path: Path, field: str, limit: MemoryLimit):
        import torch

        self.file, self.field, self.limit = path, field, limit
        tensor = checked(value, path, field)
        types = {torch.bfloat16: "<u2", torch.float16: "<f2", torch.float32: "<f4", torch.float64: "<f8"}
        if tensor.layout != torch.strided or tensor.dtype not in types:
            raise ConversionError(
                path, field, f"it is a tensor of {tensor.dtype}, {tensor.layout}",
                f"Save a dense one of {', '.join(map(str, types))}")
        # A view may repeat a few stored values without end.
        stored = tensor.untyped_storage().nbytes()
        if tensor.numel() * tensor.element_size() > stored:
            raise ConversionError(
                path, field, f"its shape {list(tensor.shape)} is larger than what is stored", "Save tensor.clone()")
        self.tensor = tensor.detach()
        self.shape, self.dtype = tuple(tensor.shape), np.dtype(types[tensor.dtype])

    def read(self, start: int, stop: int) -> Tokens:
        import torch

        self.limit.check((stop - start) * self.row_bytes, self.file, self.field)
        rows = self.tensor[start:stop].contiguous()
        return (rows.view(torch.int16).numpy().view("<u2") if rows.dtype == torch.bfloat16 else rows.numpy()).copy()


def tensor(path: Path, key: str | None, limit: MemoryLimit) -> TorchTensor:
    """The tensor of a file, or the one of a key."""
    found = at(loaded(path, limit), key, path)
    if isinstance(found, (dict, list, tuple)):
        raise ConversionError(
            path, "key", f"it has {described(found)}", "Give --key with the name of a tensor" if key is None
            else "Give the key of a tensor")
    return TorchTensor(found, path, key or "tensor", limit)


def samples(path: Path, key: str | None, limit: MemoryLimit) -> Samples:
    """All samples of a file: one tensor, a list of tensors, or a dictionary of tensors by id."""
    found = at(loaded(path, limit), key, path)
    if isinstance(found, dict):
        return SeparateSamples(
            path, [partial(TorchTensor, value, path, str(name), limit) for name, value in found.items()],
            [str(name) for name in found])
    if isinstance(found, (list, tuple)):
        return SeparateSamples(
            path, [partial(TorchTensor, value, path, f"[{place}]", limit) for place, value in enumerate(found)], None)
    return ArraySamples(TorchTensor(found, path, key or "tensor", limit))


def loaded(path: Path, limit: MemoryLimit) -> Any:
    try:
        import torch
    except ImportError:
        raise needed("torch", path) from None
    is_archive = zipfile.is_zipfile(path)
    if is_archive:
        check_archive(path)
    else:
        limit.check(path.stat().st_size, path, "file")
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive)
    except Exception as error:
        # What goes wrong in a file from elsewhere has no common type.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConversionError(
            path, "file", f"it is not tensors alone, or damaged ({reason})",
            "Load it where you trust it, and save the tensors with torch.save") from None


def check_archive(path: Path) -> None:
    """Tensors are stored as they are: what is compressed could be any size."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED or member.file_size > path.stat().st_size:
                raise ConversionError(path, member.filename, "it is compressed", "Save it with torch.save")


def at(found: Any, key: str | None, path: Path) -> Any:
    """The value of a key, whose parts are separated by dots; of a dictionary with one tensor, that tensor."""
    if key is not None and isinstance(found, dict) and key in found:
        found, key = found[key], None
    for part in key.split(".") if key else []:
        if not isinstance(found, dict) or part not in found:
            raise ConversionError(
                path, "key", f"there is no {key!r} in {described(found)}", "Give --key with one of them")
        found = found[part]
    return found if isinstance(found, (dict, list, tuple)) else checked(found, path, key or "file")


def checked(value: Any, path: Path, field: Any) -> Any:
    import torch

    if not isinstance(value, torch.Tensor):
        raise ConversionError(path, str(field), f"it is {described(value)}, and no tensor", "Give --key with a tensor")
    return value


def described(value: Any) -> str:
    if isinstance(value, dict):
        return f"a dictionary with {', '.join(map(str, list(value)[:20]))}"
    return f"a list of {len(value)}" if isinstance(value, (list, tuple)) else f"a {type(value).__name__}"
