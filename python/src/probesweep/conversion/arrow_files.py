"""Columns of lists in Parquet and Arrow files, and in folders of Arrow files as Hugging Face datasets are saved."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError, needed
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.samples import Samples, Tokens

ROWS = 256
"""Rows that are read at a time."""


class ArrowSamples(Samples):
    """A column of lists: [D] for one token, or [T][D]; one row is one sample.

    The column is gone through twice: for the lengths, and for the values.
    """

    def __init__(self, path: Path, key: str | None, id_column: str | None, limit: MemoryLimit):
        self.file, self.limit = path, limit
        self.schema = schema(path)
        self.column = key or self.only_column()
        if self.column not in self.schema.names:
            raise self.error(
                "key", f"there is no column {self.column!r}", f"Give one of: {', '.join(self.schema.names)}")
        self.id_column = id_column if id_column in self.schema.names else None
        self.depth, self.dtype = self.type_of(self.schema.field(self.column).type)
        self.ids = [] if self.id_column else None
        self.measured: list[int] = []
        self.lengths, self.width = self.measured, 0
        for batch in self.batches_of_column():
            self.measure(batch)
        self.batches: Iterator[Any] = iter(())
        self.waiting: list[Tokens] = []
        self.next = -1

    def only_column(self) -> str:
        import pyarrow.types as types

        lists = [field.name for field in self.schema if is_list(field.type) and (
            types.is_floating(innermost(field.type)))]
        if len(lists) != 1:
            raise self.error(
                "key", "it has several columns of lists, or none", f"Give one of: {', '.join(self.schema.names)}")
        return lists[0]

    def type_of(self, type: Any) -> tuple[int, np.dtype]:
        """How deep lists lie in each other, and the type of the numbers."""
        depth, inner = 0, type
        while is_list(inner):
            depth, inner = depth + 1, inner.value_type
        names = {"halffloat": "float16", "float": "float32", "double": "float64"}
        if depth not in (1, 2) or str(inner) not in names:
            raise self.error(self.column, f"its type is {type}", "Give a column of lists of floating-point numbers")
        return depth, np.dtype(names[str(inner)])

    def batches_of_column(self) -> Iterator[Any]:
        columns = [self.column, *([self.id_column] if self.id_column else [])]
        return read_batches(self.file, columns, self.limit)

    def measure(self, batch: Any) -> None:
        for row in self.rows(batch):
            if self.width not in (0, row.shape[1]) or not row.size:
                raise self.error(
                    self.column, f"row {len(self.lengths)} is {list(row.shape)}, where others are {self.width} wide",
                    "Give lists of one width")
            self.width = row.shape[1]
            self.measured.append(row.shape[0])
        if self.ids is not None:
            ids = batch.column(self.id_column).to_pylist()
            if None in ids:
                raise self.error(
                    str(self.id_column), f"row {len(self.ids) + ids.index(None)} has no id",
                    "Give every row one, or name another column with --id-column")
            self.ids += [str(id) for id in ids]

    def rows(self, batch: Any) -> list[Tokens]:
        """The samples of a batch, [T, D] each."""
        self.limit.check(batch.nbytes, self.file, self.column)
        return [self.row(value) for value in batch.column(self.column)]

    def row(self, value: Any) -> Tokens:
        if not value.is_valid:
            raise self.error(self.column, "a row has no value", "Leave out rows without features")
        if self.depth == 1:
            return numbers(value.values, self.dtype)[None]
        tokens = [numbers(token.values, self.dtype) for token in value.values]
        if len({len(token) for token in tokens}) != 1:
            raise self.error(self.column, "a row is empty or has tokens of several widths", "Give lists of one width")
        return np.stack(tokens)

    def read(self, start: int, stop: int) -> list[Tokens]:
        if start != self.next:
            self.batches, self.waiting = self.batches_of_column(), []
            self.next = 0
            if start:
                self.read(0, start)
        while len(self.waiting) < stop - start:
            batch = next(self.batches, None)
            if batch is None:
                raise self.error("rows", "it has fewer than before", "Do not write to files that are converted")
            self.waiting += self.rows(batch)
        taken, self.waiting, self.next = self.waiting[:stop - start], self.waiting[stop - start:], stop
        return taken

    def error(self, field: str, problem: str, remedy: str) -> ConversionError:
        return ConversionError(self.file, field, problem, remedy)


def numbers(values: Any, dtype: np.dtype) -> Tokens:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype)


def is_list(type: Any) -> bool:
    import pyarrow.types as types

    return types.is_list(type) or types.is_large_list(type) or types.is_fixed_size_list(type)


def innermost(type: Any) -> Any:
    while is_list(type):
        type = type.value_type
    return type


def schema(path: Path) -> Any:
    for reader in readers(path):
        with reader as opened:
            return opened.schema_arrow if hasattr(opened, "schema_arrow") else opened.schema
    raise ConversionError(path, "file", "the folder has no .arrow file", "Give the folder of a saved dataset")


def read_batches(path: Path, columns: list[str], limit: MemoryLimit) -> Iterator[Any]:
    """Record batches of the columns, of at most `ROWS` rows."""
    import pyarrow

    for reader in readers(path):
        try:
            with reader as opened:
                is_parquet = hasattr(opened, "iter_batches")
                yield from parquet(opened, columns, path, limit) if is_parquet else pieces(opened, columns)
        except (pyarrow.ArrowException, OSError) as error:
            raise ConversionError(path, "file", f"it cannot be read ({error})", "Make or copy the file again") from None


def parquet(opened: Any, columns: list[str], path: Path, limit: MemoryLimit) -> Iterator[Any]:
    for group in range(opened.num_row_groups):
        limit.check(opened.metadata.row_group(group).total_byte_size, path, f"row group {group}")
    yield from opened.iter_batches(ROWS, columns=columns)


def pieces(opened: Any, columns: list[str]) -> Iterator[Any]:
    for batch in batches(opened):
        for start in range(0, batch.num_rows, ROWS):
            yield batch.select(columns).slice(start, ROWS)


def batches(opened: Any) -> Iterator[Any]:
    if hasattr(opened, "num_record_batches"):
        for number in range(opened.num_record_batches):
            yield opened.get_batch(number)
    else:
        yield from opened


def readers(path: Path) -> Iterator[Any]:
    """Readers of a file, or of the files of a folder in their order."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise needed("pyarrow", path) from None
    for file in data_files(path) if path.is_dir() else [path]:
        try:
            if file.suffix == ".parquet":
                yield pyarrow.parquet.ParquetFile(file, memory_map=True)
                continue
            source = pyarrow.memory_map(str(file))
            with open(file, "rb") as start:
                is_file = start.read(6) == b"ARROW1"
            yield pyarrow.ipc.open_file(source) if is_file else pyarrow.ipc.open_stream(source)
        except (pyarrow.ArrowException, OSError) as error:
            raise ConversionError(file, "file", f"it is no Parquet or Arrow file ({error})", "Make the file again")


def data_files(folder: Path) -> list[Path]:
    """The files of a saved dataset: those that its state names, else all but what `map` and `filter` kept for later."""
    state = folder / "state.json"
    if not state.is_file():
        return sorted(file for file in folder.glob("*.arrow") if not file.name.startswith("cache-"))
    try:
        names = [entry["filename"] for entry in json.loads(state.read_text(encoding="utf-8"))["_data_files"]]
        files = [folder / Path(name).name for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConversionError(state, "_data_files", f"it cannot be read ({error!r})", "Save the dataset again") from None
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise ConversionError(missing[0], "file", f"it is not there, and {state} names it", "Save the dataset again")
    return files
