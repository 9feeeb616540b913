"""Datasets in HDF5 files, of which nothing is followed out of the file and no plugin is loaded."""

from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError, needed
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.samples import Array, Tokens

FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
"""Filters that come with the library; others are code that it would look for on the machine."""
LARGEST_RATIO = 1032
"""What deflate makes of zeros: a dataset that declares more than this times what it stores holds no values."""
MOST_LINKS = 16


class HDF5Dataset(Array):
    """A dataset that is read in slices."""

    def __init__(self, path: Path, key: str | None, limit: MemoryLimit):
        self.file, self.limit = path, limit
        self.opened = opened(path)
        try:
            self.field = key or only_dataset(self.opened, path)
            self.dataset = found(self.opened, self.field, path)
            self.shape, self.dtype = self.dataset.shape, self.dataset.dtype
            check(self.dataset, path, self.field, limit)
        except BaseException:
            self.opened.close()
            raise

    def read(self, start: int, stop: int) -> Tokens:
        self.limit.check((stop - start) * self.row_bytes, self.file, self.field)
        try:
            return self.dataset[start:stop]
        except OSError as error:
            raise ConversionError(self.file, self.field, f"it cannot be read ({error})", "Make or copy the file again")

    def close(self) -> None:
        self.opened.close()


def is_of_one_sample(path: Path) -> bool:
    """Whether the file has the coordinates of patches, as those of slides have."""
    with opened(path) as file:
        return file.get("coords", getlink=True) is not None or file.get("coords_patching", getlink=True) is not None


def opened(path: Path) -> Any:
    try:
        import h5py
    except ImportError:
        raise needed("h5py", path) from None
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ConversionError(path, "file", f"it is no HDF5 file ({error})", "Make or copy the file again")


def only_dataset(file: Any, path: Path) -> str:
    """`features` if there is one, else the only array of numbers at the top."""
    import h5py

    names = [name for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)
             and isinstance(file[name], h5py.Dataset)]
    if "features" in names:
        return "features"
    numbers = [name for name in names if file[name].dtype.kind == "f" and file[name].ndim >= 2]
    if len(numbers) == 1:
        return numbers[0]
    raise ConversionError(
        path, "key", "it has several datasets, or none at the top", f"Give --key with one of: {', '.join(names[:20])}")


def found(file: Any, key: str, path: Path) -> Any:
    """The dataset of a key, link by link: links within the file are followed, those out of it are not."""
    import h5py

    steps, here, followed = [step for step in key.split("/") if step], file["/"], 0
    while steps:
        step = steps.pop(0)
        link = here.get(step, getlink=True) if isinstance(here, h5py.Group) else None
        if link is None:
            known = ", ".join(list(here)[:20]) if isinstance(here, h5py.Group) else "nothing"
            raise ConversionError(path, "key", f"there is no {key!r}", f"Give --key with one of: {known}")
        if isinstance(link, h5py.ExternalLink):
            raise ConversionError(
                path, key, f"it is a link to the file {link.filename!r}", "Give that file itself")
        if isinstance(link, h5py.SoftLink):
            followed += 1
            if followed > MOST_LINKS:
                raise ConversionError(path, key, "its links lead to each other", "Give the dataset's own name")
            here = file["/"] if link.path.startswith("/") else here
            steps = [part for part in link.path.split("/") if part and part != "."] + steps
        else:
            here = here[step]
    if not isinstance(here, h5py.Dataset):
        raise ConversionError(
            path, "key", f"{key!r} is a group",
            f"Give --key with one of: {', '.join(f'{key}/{name}' for name in here)}")
    return here


def check(dataset: Any, path: Path, key: str, limit: MemoryLimit) -> None:
    """Refuses a dataset whose values lie elsewhere, need other code, or are more than the file holds."""
    if dataset.shape is None:
        raise ConversionError(path, key, "it has no values", "Give a dataset of numbers")
    if dataset.is_virtual or dataset.external:
        raise ConversionError(
            path, key, "its values lie in other datasets or files", "Copy it into a file of its own (h5repack)")
    if dataset.dtype.kind != "f":
        raise ConversionError(path, key, f"its type is {dataset.dtype}", "Give a dataset of floating-point numbers")
    plan = dataset.id.get_create_plist()
    for number in range(plan.get_nfilters()):
        code, _, _, name = plan.get_filter(number)
        if code not in FILTERS:
            raise ConversionError(
                path, key, f"it is compressed by the filter {code} ({name.decode(errors='replace')})",
                f"Write it again (h5repack) with one of: {', '.join(FILTERS.values())}")
    size, stored = int(np.prod(dataset.shape, dtype=object)) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if size > LARGEST_RATIO * stored:
        raise ConversionError(
            path, key, f"{dataset.dtype} {list(dataset.shape)} takes {size:,} bytes, and it stores {stored:,}",
            "Make the file again: not all of its values were written")
    if dataset.chunks:
        limit.check(int(np.prod(dataset.chunks, dtype=object)) * dataset.dtype.itemsize, path, f"{key}, one chunk")
