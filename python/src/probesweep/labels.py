"""Labels, groups and splits of samples, from tables and from class folders, as arguments of `FeatureSetWriter.add_task`."""

import csv
import dataclasses
import json
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from probesweep.errors import InputError
from probesweep.writing import is_task_name

# The first metric of each kind, as `probesweep features import` takes it.
DEFAULT_METRICS = {
    "classification": "top1", "binary": "average-precision", "multilabel": "macro-average-precision",
    "ranking": "kendall-tau", "regression": "r2", "retrieval": "mean-average-precision",
}
SIDES = {"train": 0, "0": 0, "test": 1, "1": 1}
# What folders of a split are called, by what they are.
SPLIT_FOLDERS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "val", "valid": "val",
    "validation": "val", "dev": "val",
}
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")

Row = Mapping[str, Any]


# MARK: Tables


def is_table(path: pathlib.Path) -> bool:
    return path.is_file() and path.suffix.lower() in TABLES


def read_table(path: pathlib.Path) -> list[Row]:
    """The rows of a .csv, .tsv, JSON lines or Parquet file; a cell that is empty or absent is None."""
    readers = {".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet, ".jsonl": read_json_lines,
               ".ndjson": read_json_lines}
    if path.suffix.lower() not in readers:
        raise InputError(path, "its ending is not that of a table", f"Give a file that ends in {', '.join(TABLES)}")
    try:
        rows = readers[path.suffix.lower()](path)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(path, f"it is no UTF-8 ({error})", "Save it as UTF-8") from None
    except (OSError, csv.Error, ValueError) as error:
        raise InputError(path, f"it cannot be read ({error})", "Give a table that is there and whole") from None
    if not rows:
        raise InputError(path, "the table has no row", "Give a table with a row for each sample")
    return rows


def read_csv(path: pathlib.Path) -> list[Row]:
    # Python's own limit is 131,072 characters, and a text may be longer.
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        names = [name.strip() for name in reader.fieldnames or []]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(path, f'the header names the column "{repeated[0]}" twice', "Rename one of the two")
        reader.fieldnames = names
        rows: list[Row] = []
        for row in reader:
            if None in row:
                raise InputError(f"{path}, line {reader.line_num}", f"more cells than the {len(names)} of the header",
                                 "Quote cells that contain the separator")
            rows.append({name: (cell or "").strip() or None for name, cell in row.items()})
        return rows


def read_json_lines(path: pathlib.Path) -> list[Row]:
    rows: list[Row] = []
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}, line {number}", f"not JSON ({error})", "Write one JSON object a line") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}", "not a JSON object", "Write one JSON object a line")
            rows.append(row)
    return rows


def read_parquet(path: pathlib.Path) -> list[Row]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(path, "reading Parquet needs pyarrow", "pip install 'probesweep[arrow]'") from None
    rows: list[Row] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def column(rows: Sequence[Row], name: str, where: object) -> list[Any]:
    """The values of a column; refused with the columns that are there if no row has it."""
    known = list(dict.fromkeys(key for row in rows for key in row))
    if name not in known:
        raise InputError(where, f'there is no column "{name}"', f"It has: {', '.join(known) or 'none'}")
    return [row.get(name) for row in rows]


# MARK: Class folders


def class_folders(places: Sequence[str], validation: str | None = None) -> list[Row]:
    """Rows with `class` and, where the folders on top are a split, `split`, read from relative paths.

    `bird/1.png` is of the class bird; `train/bird/1.png` and `test/bird/2.png` (or `val/…`) have the split as well.
    Files that lie on top have no class.

    - validation: the side that `val/` is on, `train` or `test`, or `out` for neither; if it is not said, `test` where there
      is no `test/`, else `val`, which is no side and is refused where a task needs one.
    """
    parts = [place.split("/") for place in places]
    top = {part[0].lower() for part in parts if len(part) > 1}
    if not top or not top <= SPLIT_FOLDERS.keys():
        return [{"class": part[0] if len(part) > 1 else None} for part in parts]
    kinds = {SPLIT_FOLDERS[name] for name in top}
    side_of = {"train": "train", "test": "test",
               "val": {"out": None, None: "val" if "test" in kinds else "test"}.get(validation, validation)}
    rows: list[Row] = []
    for part in parts:
        side = side_of[SPLIT_FOLDERS[part[0].lower()]] if len(part) > 1 else None
        name = part[1] if len(part) > 2 and side else None
        rows.append({"class": name, "split": side} if len(kinds) > 1 else {"class": name})
    return rows


def refuse_unclear_folders(places: Sequence[str], rows: Sequence[Row], where: object) -> None:
    """Refuses folders that are called like a split, from which no task can be made."""
    if "split" not in rows[0]:
        return
    sides = {row["split"] for row in rows} - {None}
    if "val" in sides:
        raise InputError(where, "beside a folder of the test it has one of validation, and a split has two sides",
                         "Say with --val train|test|out on which side the validation is")
    if sides != {"train", "test"}:
        raise InputError(where, f"its folders are a split of which all is {' and '.join(sorted(sides)) or 'left out'}",
                         "Give a folder for training and one for the test, or say with --val which one val/ is")
    for place, row in zip(places, rows):
        if row["class"] is None and row["split"] is not None:
            raise InputError(f"{where}/{place}", "it lies in a folder of the split, and in none of a class",
                             "Move it into the folder of its class, or out of the data")


# MARK: Tasks


@dataclasses.dataclass(frozen=True)
class TaskRequest:
    """`NAME=COLUMN[,COLUMN…][:KIND]`: several columns hold 0 and 1 for one label each."""

    name: str
    columns: tuple[str, ...]
    kind: str | None = None

    @classmethod
    def parse(cls, text: str) -> "TaskRequest":
        name, _, rest = text.partition("=")
        columns, colon, kind = (rest or name).rpartition(":") if ":" in (rest or name) else (rest or name, "", "")
        if colon and kind not in DEFAULT_METRICS:
            raise InputError(f"--task {text}", f'"{kind}" is no kind', f"Valid are: {', '.join(DEFAULT_METRICS)}")
        name = name.partition(":")[0]
        if not is_task_name(name):
            raise InputError(f"--task {text}", f'"{name}" is no name of a task', "Use letters, digits, - _ .")
        return cls(name, tuple(columns.split(",")), kind or None)

    @classmethod
    def of_column(cls, column: str) -> "TaskRequest":
        """A task that is called like its column."""
        if not is_task_name(column):
            raise InputError(f"--label {column}", f'"{column}" is no name of a task', f'Name it: --task "NAME={column}"')
        return cls(column, (column,))


def task_arguments(request: TaskRequest, rows: Sequence[Row], where: object, groups: str | None = None,
                   split: str | None = None, separator: str | None = None) -> dict[str, Any]:
    """The arguments of `FeatureSetWriter.add_task`; row i is sample i, and a row without a label is left out."""
    cells = [column(rows, name, where) for name in request.columns]
    values: list[Any] = list(zip(*cells)) if len(cells) > 1 else cells[0]
    kept = [place for place, value in enumerate(values) if has_label(value)]
    if not kept:
        raise InputError(where, f"no row has a label in {', '.join(request.columns)}", "Name another column")
    labelled = [values[place] for place in kept]
    kind = request.kind or kind_of(labelled, separator, request, where)
    targets = READERS[kind](labelled, request, separator, where)
    if kind == "retrieval" and groups is None:
        raise InputError(where, f"task {request.name}: retrieval needs the queries as groups", "Name them with --group")
    numbers, names = group_numbers([column(rows, groups, where)[place] for place in kept]) if groups else (None, None)
    return {
        "name": request.name, "kind": kind, "metric": DEFAULT_METRICS[kind], **targets,
        "samples": None if len(kept) == len(rows) else kept, "groups": numbers, "group_names": names,
        "split": split and [side(column(rows, split, where)[place], where, place) for place in kept],
    }


def has_label(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(has_label(part) for part in value)
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))


def kind_of(values: Sequence[Any], separator: str | None, request: TaskRequest, where: object) -> str:
    if isinstance(values[0], (list, tuple)) or (separator and any(separator in str(value) for value in values)):
        return "multilabel"
    names = {text_of(value) for value in values}
    if all(is_number(name) for name in names) and not all(is_whole(name) for name in names):
        raise InputError(where, f"task {request.name}: {sorted(names)[0]} may be a score or a class",
                         f"Say which: --task {request.name}={request.columns[0]}:regression (ranking, classification)")
    return "classification"


def read_classes(values: Sequence[Any], request: TaskRequest, separator: str | None, where: object) -> dict[str, Any]:
    names = in_order({text_of(value) for value in values})
    if len(names) < 2:
        raise InputError(where, f'task {request.name}: every label is "{names[0]}"', "Give labels of at least two classes")
    number = {name: place for place, name in enumerate(names)}
    return {"labels": [number[text_of(value)] for value in values], "classes": len(names), "class_names": names}


def read_two_classes(values: Sequence[Any], request: TaskRequest, separator: str | None, where: object) -> dict[str, Any]:
    targets = read_classes(values, request, separator, where)
    if targets["classes"] != 2:
        raise InputError(where, f"task {request.name}: {targets['classes']} different labels",
                         "A binary or retrieval task has two; the second in the alphabet is yes")
    return targets


def read_several_labels(values: Sequence[Any], request: TaskRequest, separator: str | None, where: object) -> dict[str, Any]:
    if isinstance(values[0], tuple):
        flags = {"0": 0, "1": 1, "False": 0, "True": 1}
        try:
            labels = np.array([[flags[text_of(cell)] for cell in row] for row in values], np.uint8)
        except KeyError as error:
            raise InputError(where, f"task {request.name}: the cell {error}", "Columns of labels hold 0 or 1") from None
        return {"labels": labels, "classes": len(request.columns), "class_names": list(request.columns)}
    sets = [{text_of(part) for part in parts_of(value, separator) if text_of(part)} for value in values]
    names = in_order(set().union(*sets))
    return {"labels": np.array([[name in present for name in names] for present in sets], np.uint8),
            "classes": len(names), "class_names": names}


def read_scores(values: Sequence[Any], request: TaskRequest, separator: str | None, where: object) -> dict[str, Any]:
    for value in values:
        if not is_number(text_of(value)) or not math.isfinite(float(value)):
            raise InputError(where, f'task {request.name}: "{value}" is no finite number', "Correct it, or leave it empty")
    return {"scores": [float(value) for value in values], "classes": 1}


READERS = {
    "classification": read_classes, "binary": read_two_classes, "retrieval": read_two_classes,
    "multilabel": read_several_labels, "ranking": read_scores, "regression": read_scores,
}


def group_numbers(names: Sequence[Any]) -> tuple[list[int], list[str] | None]:
    """Groups numbered in the order of their names, and these names. A row without a group is a group of its own, and
    has no name, so that the groups have none either."""
    known = sorted({text_of(name) for name in names if has_label(name)})
    number = {name: place for place, name in enumerate(known)}
    numbers, fresh = [], len(known)
    for name in names:
        numbers.append(number[text_of(name)] if has_label(name) else fresh)
        fresh += 0 if has_label(name) else 1
    return numbers, known if fresh == len(known) else None


def side(value: Any, where: object, row: int) -> int:
    try:
        return SIDES[text_of(value).lower()]
    except KeyError:
        raise InputError(where, f'row {row + 1} has the split "{value}"', "Write train or test, or 0 or 1") from None


def parts_of(value: Any, separator: str | None) -> Sequence[Any]:
    if isinstance(value, (list, tuple)):
        return value
    return str(value).split(separator) if separator else [value]


def in_order(names: set[str]) -> list[str]:
    """By the alphabet; names that are all whole numbers by their value."""
    return sorted(names, key=(lambda name: (int(name), name)) if all(map(is_whole, names)) else None)


def text_of(value: Any) -> str:
    return str(value).strip()


def is_whole(name: str) -> bool:
    return name.isdecimal() and name.isascii()


def is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
