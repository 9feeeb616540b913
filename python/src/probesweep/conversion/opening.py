"""Which reader a file needs, and whether it holds one sample or all of them."""

import glob
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from probesweep.conversion import arrow_files, hdf5, stores, torch_files
from probesweep.conversion.errors import ConversionError
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.numpy_files import NumpyFile, ZippedArray
from probesweep.conversion.samples import Array, ArraySamples, JoinedSamples, Samples, SeparateSamples

ENDINGS = {
    ".h5": "hdf5", ".hdf5": "hdf5", ".npy": "npy", ".npz": "npz", ".pt": "torch", ".pth": "torch", ".parquet": "arrow",
    ".arrow": "arrow", ".zarr": "zarr", ".lmdb": "lmdb", ".mdb": "lmdb",
}


@dataclass(frozen=True)
class Reading:
    """How files are read."""

    key: str | None = None
    """The array, tensor, dataset or column in each file; the only one if none is named."""
    id_column: str | None = None
    """The column of ids in tables of features."""
    each_file: str = "auto"
    """`sample`: each file is one sample; `samples`: each has all, or some, along its first axis."""
    limit: MemoryLimit = MemoryLimit()


def open_samples(patterns: list[str], reading: Reading) -> Samples:
    """The samples of all files that the patterns match, in the order of their names within each pattern."""
    files = matching(patterns)
    kinds = {file: kind(file) for file in files}
    if set(kinds.values()) & {"arrow", "lmdb"}:
        return joined([whole(file, kinds[file], reading) for file in files])
    if is_one_sample_each(files, kinds, reading):
        return SeparateSamples(
            files[0], [opener(file, kinds[file], reading) for file in files], names(files))
    return joined([whole(file, kinds[file], reading) for file in files])


def matching(patterns: list[str]) -> list[Path]:
    files = []
    for pattern in patterns:
        # A name that exists is a name, whatever characters it has.
        found = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
        if not found:
            raise ConversionError(
                pattern, "file", "nothing has this name", "Give files, folders, or a pattern in quotes")
        files += [file for name in found for file in listed(Path(name))]
    return files


def listed(path: Path) -> list[Path]:
    """The files of a plain folder that are of one kind; a file, or a folder that is a dataset of its own, is itself."""
    if not path.is_dir() or path.suffix.lower() in ENDINGS or kind_of_folder(path):
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS and not file.name.startswith("."))
    kinds = {kind(file) for file in files}
    if len(kinds) != 1:
        raise ConversionError(
            path, "file", f"the folder has files of {', '.join(sorted(kinds)) or 'no kind that is known'}",
            f"Give a folder with files of one of {', '.join(ENDINGS)}, or a pattern in quotes")
    return files


def kind(file: Path) -> str:
    if file.suffix.lower() in ENDINGS:
        return ENDINGS[file.suffix.lower()]
    if found := kind_of_folder(file):
        return found
    raise ConversionError(file, "file", "its ending says nothing of its format", f"Give one of: {', '.join(ENDINGS)}")


def kind_of_folder(folder: Path) -> str | None:
    """The format of a folder that is a dataset of its own, whatever it is called."""
    if any(folder.glob("*.arrow")):
        return "arrow"
    if (folder / "data.mdb").exists():
        return "lmdb"
    return "zarr" if any((folder / name).exists() for name in ("zarr.json", ".zarray", ".zgroup")) else None


def is_one_sample_each(files: list[Path], kinds: dict[Path, str], reading: Reading) -> bool:
    """Several files are a sample each, and so is one with the coordinates of its patches; one file has all samples."""
    if reading.each_file != "auto":
        return reading.each_file == "sample"
    if len(files) > 1:
        return True
    return kinds[files[0]] == "hdf5" and hdf5.is_of_one_sample(files[0])


def opener(file: Path, kind: str, reading: Reading) -> Callable[[], Array]:
    """Opens the array of a file."""
    opens: dict[str, Callable[[], Array]] = {
        "hdf5": lambda: hdf5.HDF5Dataset(file, reading.key, reading.limit),
        "npy": lambda: NumpyFile(file, reading.limit),
        "npz": lambda: ZippedArray(file, reading.key, reading.limit),
        "torch": lambda: torch_files.tensor(file, reading.key, reading.limit),
        "zarr": lambda: stores.ZarrArray(file, reading.key, reading.limit),
    }
    return opens[kind]


def whole(file: Path, kind: str, reading: Reading) -> Samples:
    """A file with all samples, or some of them."""
    if kind == "arrow":
        return arrow_files.ArrowSamples(file, reading.key, reading.id_column, reading.limit)
    if kind == "lmdb":
        return stores.DatabaseSamples(file, reading.limit)
    if kind == "torch":
        return torch_files.samples(file, reading.key, reading.limit)
    return ArraySamples(opener(file, kind, reading)())


def joined(parts: list[Samples]) -> Samples:
    return parts[0] if len(parts) == 1 else JoinedSamples(parts)


def names(files: list[Path]) -> list[str]:
    """Ids: the files' names without their endings, with as many folders as it takes to tell them apart."""
    for folders in range(max(len(file.parts) for file in files)):
        ids = ["/".join([*file.parts[:-1][max(0, len(file.parts) - 1 - folders):], file.stem]) for file in files]
        if len(set(ids)) == len(ids):
            return ids
    raise ConversionError(files[0], "file", "a file is given twice", "Give each once")
