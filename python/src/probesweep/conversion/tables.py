"""Labels from a CSV or TSV file: which rows are which samples, and what the labels are."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from probesweep.conversion.errors import ConversionError

METRICS = {"classification": "top1", "binary": "average-precision", "ranking": "kendall-tau", "regression": "r2"}
NUMBERS = ("ranking", "regression")


@dataclass(frozen=True)
class LabelColumns:
    """What of a table is read."""

    file: Path
    labels: list[str]
    id: str | None = None
    group: str | None = None
    split: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class LabelledTask:
    """Arguments of `FeatureSetWriter.add_task`, and what was left out."""

    arguments: dict[str, Any]
    unlabelled: int
    unmatched: int


def read_tasks(columns: LabelColumns, ids: list[str] | None, samples: int) -> list[LabelledTask]:
    """A task for each column of labels.

    Rows are matched to samples by id, for which a column `id` serves where none is named; where samples have no ids,
    row i is sample i.
    """
    rows = read_table(columns)
    if columns.id is None and ids is not None:
        if rows and "id" not in rows[0]:
            raise ConversionError(
                columns.file, "header", "it has no column 'id'", f"give --id with one of: {', '.join(rows[0])}")
        columns = replace(columns, id="id")
    places, unmatched = match(rows, columns, ids, samples)
    return [task(column, rows, places, unmatched, columns) for column in columns.labels]


def read_table(columns: LabelColumns) -> list[dict[str, str]]:
    try:
        with open(columns.file, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter="\t" if columns.file.suffix.lower() == ".tsv" else ",")
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        raise ConversionError(
            columns.file, "file", f"it cannot be read as a table ({error})", "give a CSV file in UTF-8")
    for name in (*columns.labels, columns.id, columns.group, columns.split):
        if name is not None and header.count(name) != 1:
            raise ConversionError(
                columns.file, "header", f"it has {header.count(name)} columns {name!r}",
                f"give one of: {', '.join(header)}")
    return rows


def match(rows: list[dict[str, str]], columns: LabelColumns, ids: list[str] | None,
          samples: int) -> tuple[list[int | None], int]:
    """The sample of each row, None for a row of no sample; and how many samples have no row."""
    if columns.id is None:
        if len(rows) != samples:
            raise ConversionError(
                columns.file, "rows", f"it has {len(rows)} rows for {samples} samples",
                "give --id COLUMN to match rows by")
        return list(range(samples)), 0
    if ids is None:
        raise ConversionError(
            columns.file, "--id", "the samples have no ids", "give rows in the order of the samples, without --id")
    known = {id: place for place, id in enumerate(ids)}
    given = [row[columns.id] for row in rows]
    repeated = [id for id, count in Counter(given).items() if count > 1 and id in known]
    if repeated:
        raise ConversionError(columns.file, columns.id, f"{repeated[0]!r} stands twice", "give each sample one row")
    places = [known.get(id) for id in given]
    if all(place is None for place in places):
        raise ConversionError(
            columns.file, columns.id,
            f"no row is of a sample: rows are like {given[0] if given else ''!r}, samples like "
            f"{ids[0]!r}", "give the column with the files' names without their endings")
    return places, len(ids) - sum(place is not None for place in places)


def task(column: str, rows: list[dict[str, str]], places: list[int | None], unmatched: int,
         columns: LabelColumns) -> LabelledTask:
    kept = sorted((place, number) for number, place in enumerate(places)
                  if place is not None and rows[number][column])
    values = [rows[number][column] for _, number in kept]
    if not values:
        raise ConversionError(columns.file, column, "no sample has a label", "give another column")
    kind = columns.kind or kind_of(values, column, columns.file)
    arguments: dict[str, Any] = {
        "name": re.sub(r"[^A-Za-z0-9._-]", "-", column), "kind": kind, "metric": METRICS[kind],
        "samples": [place for place, _ in kept]}
    if kind in NUMBERS:
        arguments["scores"] = scores(values, column, columns.file)
    else:
        names = class_names(values)
        if len(names) < 2 or (kind == "binary" and len(names) != 2):
            raise ConversionError(
                columns.file, column, f"it has {len(names)} classes: {', '.join(names[:5])}", "give a column with more")
        arguments |= {"labels": [names.index(value) for value in values], "classes": len(names), "class_names": names}
    if columns.group:
        arguments["groups"] = numbered([rows[number][columns.group] for _, number in kept])
    if columns.split:
        arguments["split"] = sides([rows[number][columns.split] for _, number in kept], columns)
    return LabelledTask(arguments, sum(place is not None for place in places) - len(kept), unmatched)


def kind_of(values: list[str], column: str, file: Path) -> str:
    """Names are classes; numbers other than whole ones could be ranks or values, and only their owner knows."""
    if all(is_number(value) for value in values) and not all(re.fullmatch(r"\d+", value) for value in values):
        raise ConversionError(
            file, column, f"it has numbers, such as {values[0]}", "give --kind ranking or --kind regression")
    return "classification"


def class_names(values: list[str]) -> list[str]:
    """Whole numbers by their value, other names in the order of the alphabet."""
    names = sorted(set(values))
    return sorted(names, key=int) if all(re.fullmatch(r"0|[1-9]\d*", name) for name in names) else names


def scores(values: list[str], column: str, file: Path) -> list[float]:
    wrong = next((value for value in values if not is_number(value)), None)
    if wrong is not None:
        raise ConversionError(file, column, f"{wrong!r} is no finite number", "give numbers, or --kind classification")
    return [float(value) for value in values]


def is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def numbered(groups: list[str]) -> list[int]:
    """A number for each group; a sample without a group is one of its own."""
    numbers: dict[Any, int] = {}
    return [numbers.setdefault(group or ("alone", place), len(numbers)) for place, group in enumerate(groups)]


def sides(values: list[str], columns: LabelColumns) -> list[int]:
    known = {"train": 0, "0": 0, "test": 1, "1": 1}
    wrong = next((value for value in values if value.lower() not in known), None)
    if wrong is not None:
        raise ConversionError(
            columns.file, columns.split or "", f"{wrong!r} is no side of a split", "give train or test")
    return [known[value.lower()] for value in values]
