"""Which rows of a table of labels are which samples."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probesweep import labels
from probesweep.conversion.errors import ConversionError

ID = "id"
"""The column that rows are matched by if none is named."""


@dataclass(frozen=True)
class LabelTable:
    """A table of labels, and what of it is read."""

    file: Path
    requests: list[labels.TaskRequest]
    id: str | None = None
    group: str | None = None
    split: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class LabelledTask:
    """Arguments of `FeatureSetWriter.add_task`, and how many samples are left out of the task and why."""

    arguments: dict[str, Any]
    rows: int
    unlabelled: int
    unmatched: int


def read_tasks(table: LabelTable, ids: list[str] | None, samples: int) -> list[LabelledTask]:
    """The tasks of a table; samples without a row or a label are left out.

    Rows are matched to samples by id, for which a column `id` serves where none is named; where samples have no ids,
    row i is sample i.

    Raises InputError.
    """
    if not labels.is_table(table.file):
        raise ConversionError(
            table.file, "labels", "it is no table", f"Give a file that ends in {', '.join(labels.TABLES)}")
    try:
        rows = labels.read_table(table.file)
    except UnicodeDecodeError as error:
        raise ConversionError(table.file, "labels", f"it is no UTF-8 ({error})", "Save it as UTF-8") from None
    matched = match(rows, table, ids, samples)
    return [task(request, matched, table) for request in table.requests]


def match(rows: list[labels.Row], table: LabelTable, ids: list[str] | None, samples: int) -> list[labels.Row | None]:
    """The row of each sample; None for a sample without one."""
    if ids is None:
        if table.id is not None:
            raise ConversionError(
                table.file, "--id", "the samples have no ids", "Give rows in the order of the samples, without --id")
        if len(rows) != samples:
            raise ConversionError(
                table.file, "rows", f"there are {len(rows)} for {samples} samples",
                "Give a row for each, or --ids FILE")
        return list(rows)
    given = [labels.text_of(id) for id in labels.column(rows, table.id or ID, f"{table.file}: --id")]
    known = set(ids)
    repeated = [id for id, count in Counter(given).items() if count > 1 and id in known]
    if repeated:
        raise ConversionError(
            table.file, table.id or ID, f"{repeated[0]!r} stands twice", "Give each sample one row")
    by_id = dict(zip(given, rows))
    if not known & by_id.keys():
        raise ConversionError(
            table.file, table.id or ID, f"no row is of a sample: rows are like {given[0]!r}, samples like {ids[0]!r}",
            "Give the column with the files' names without their endings")
    return [by_id.get(id) for id in ids]


def task(request: labels.TaskRequest, matched: list[labels.Row | None], table: LabelTable) -> LabelledTask:
    arguments = labels.task_arguments(
        request, [row or {} for row in matched], table.file, table.group, table.split, table.separator)
    rows, unmatched = len(arguments.get("labels", arguments.get("scores", []))), matched.count(None)
    return LabelledTask(arguments, rows, len(matched) - unmatched - rows, unmatched)
