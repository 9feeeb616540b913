"""Results of a sweep as rows, a unit each: `probesweep.read` and `probesweep.read_rows`."""

import importlib.util
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from probesweep.errors import InputError

Row = dict[str, Any]

APPLICATION = 0x50524253
"""Marks a ledger among the databases of other programs: "PRBS"."""
MIGRATIONS = frozenset({
    "1 sweeps, units, results", "2 predictions", "3 workers", "4 experience", "5 leases", "6 hosts",
    "7 owners and priorities",
    "8 cells by unit",
})
"""The changes of the schema that this version knows. A ledger with fewer is read as it is."""
RESULT_PROTOCOLS = (1, 2, 3)
"""Versions of units whose results are read."""

FEW_STEPS = 200
FEW_INNER_ROWS = 50


class LedgerError(InputError):
    """A ledger that cannot be read, or a sweep that it does not have: names the file, what is wrong, and the remedy."""

    def __init__(self, file: os.PathLike[str] | str, problem: str, remedy: str) -> None:
        super().__init__(file, problem, remedy)


class LedgerVersionError(LedgerError):
    """A ledger of a version that this one does not read."""


def read(state: str | os.PathLike[str], sweep: str | int, *, frame: str | None = None) -> Any:
    """The units of a sweep as a data frame, with the columns of `read_rows`.

    frame: `pandas` or `polars`; the one that is installed, and pandas of both, if none is named.

    Raises LedgerError, and ImportError where neither is installed. `pandas.json_normalize(read_rows(…))` has a column
    for every metric, choice and setting.
    """
    name = frame or next((name for name in ("pandas", "polars") if importlib.util.find_spec(name)), None)
    if name not in ("pandas", "polars"):
        if name is None:
            raise ImportError("read needs pandas or polars: pip install pandas, or call read_rows")
        raise ValueError(f"frame: there is no {name!r}; give 'pandas' or 'polars'")
    rows = [flat(row) for row in read_rows(state, sweep)]
    if name == "pandas":
        import pandas

        return pandas.DataFrame(rows, columns=columns(rows))
    import polars

    return polars.DataFrame(
        [{column: row.get(column) for column in columns(rows)} for row in rows], infer_schema_length=None)


def read_rows(state: str | os.PathLike[str], sweep: str | int) -> list[Row]:
    """The units of a sweep, a dict each, in the sweep's order; units without a result are rows too.

    state: The state folder of `probesweep run` or of a coordinator, which may be running.
    sweep: The sweep's number, or its name, which means the latest sweep of that name that is not cancelled.

    | field | meaning |
    |---|---|
    | `key` | the unit's key, 64 hexadecimal digits |
    | `status` | `done`, `pending`, or `quarantined` |
    | `reasonMissing` | why there is no result; None for one that is done |
    | `task`, `taskKind`, `metric`, `features`, `layer` | what was probed |
    | `scheme`, `folds`, `foldSeed`, `repetition`, `heldOut` | the fold |
    | `probe` | the probe's type and options: `{"type": …, "options": {…}}` |
    | `method`, `solver` | how the head is found, and all its settings |
    | `seed`, `shots`, `draw`, `control`, `kernel` | None where the sweep has none |
    | `optimistic` | whether choices were made on the test fold |
    | `value` | the task's metric on the test fold; None where it has no value |
    | `metrics`, `choice`, `diagnostics`, `observations`, `provenance` | as the worker reported them |
    | `trainingSamples`, `testSamples`, `parameters`, `trainingMACs` | counts |
    | `marks` | what is to be known of the head, in the words of `probesweep table` |

    Raises LedgerError.
    """
    path = Path(state) / "ledger.sqlite"
    with opened(path) as database:
        number = find(database, path, sweep)
        parts = Parts(database, path)
        query = """
            SELECT unit.key, unit.form, result.payload, quarantine.reason FROM sweepUnit
            JOIN unit ON unit.id = sweepUnit.unit LEFT JOIN result ON result.unit = sweepUnit.unit
            LEFT JOIN quarantine ON quarantine.unit = sweepUnit.unit
            WHERE sweepUnit.sweep = ? ORDER BY position
            """
        return [
            row(key.hex(), parts.unit(form), payload, reason, path)
            for key, form, payload, reason in database.execute(query, (number,))]


# Rows

def row(key: str, unit: dict[str, Any], payload: bytes | None, reason: str | None, path: Path) -> Row:
    if unit.get("protocolVersion") not in RESULT_PROTOCOLS:
        raise LedgerVersionError(
            path, f"unit {key} is of protocol version {unit.get('protocolVersion')}",
            "Install the package of its version")
    result = {} if payload is None else decoded(payload, key, path)
    is_done = payload is not None
    fold, task, solver, shots = unit["fold"], unit["task"], unit["solver"], unit.get("shots") or {}
    selection = solver["selection"]
    settings = [name for name in solver if name not in ("selection", "classWeights")]
    return {
        "key": key,
        "status": "done" if is_done else "pending" if reason is None else "quarantined",
        "reasonMissing": None if is_done else reason or "not trained yet",
        "task": task["name"], "taskKind": task["kind"], "metric": task["metric"],
        "features": unit["features"]["set"], "layer": unit["features"]["layer"],
        "scheme": fold["scheme"], "folds": fold["count"], "foldSeed": fold["seed"],
        "repetition": fold["repetition"], "heldOut": fold["heldOut"],
        "probe": unit["probe"],
        "method": settings[0] if settings else None, "solver": solver,
        "seed": unit["seed"], "shots": amount(shots), "draw": shots.get("draw"),
        "control": unit.get("control"), "kernel": unit.get("kernel"),
        "optimistic": selection.get("protocol") is not None,
        "value": result.get("metrics", {}).get(task["metric"]),
        **{field: result.get(field) for field in (
            "metrics", "choice", "trainingSamples", "testSamples", "parameters", "trainingMACs", "diagnostics",
            "observations", "provenance")},
        "marks": marks(unit, result) if is_done else [],
    }


def decoded(payload: bytes, key: str, path: Path) -> dict[str, Any]:
    """The result's JSON; kept predictions lie elsewhere."""
    try:
        result = json.loads(payload)
        if isinstance(result, dict) and result["key"] == key and isinstance(result["metrics"], dict):
            return result
    except (ValueError, KeyError):
        pass
    raise LedgerError(
        path, f"the result of unit {key} cannot be read", f"probesweep discard SWEEP --unit {key} has it trained again")


def amount(shots: dict[str, Any]) -> str | None:
    """As specifications write it: `5`, `10%`; None for the whole training fold."""
    if "perClass" in shots:
        return str(shots["perClass"])
    return f"{100 * shots['share']:g}%" if "share" in shots else None


def marks(unit: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """How the head was found, as far as it is to be known, by the names that tables have for it."""
    found = result.get("diagnostics")
    if found is None:
        return []
    classes = unit["task"]["classes"] if unit["task"]["kind"] == "classification" else 0
    steps = found.get("steps")
    undefined = (result.get("observations") or {}).get("undefined") or {}
    holds = {
        "grid edge": bool(found["edges"]),
        "last epoch": found["isLastEpoch"],
        "few steps": steps is not None and steps < FEW_STEPS,
        "cut off": found["isCutOff"],
        "few inner rows": bool(found.get("chosenBy")) and found["innerRows"] < max(FEW_INNER_ROWS, 2 * classes),
        "chosen by the loss": found.get("undefined") is not None,
        "diverged": bool(found.get("diverged")),
        "extended grid": found["extensions"] > 0,
        "undefined": unit["task"]["metric"] in undefined,
        "control": unit.get("control") is not None,
    }
    return [name for name, holds_here in holds.items() if holds_here]


# Frames

NESTED = ("metrics", "choice")
TEXTS = ("solver", "diagnostics", "observations", "provenance")


def flat(row: Row) -> Row:
    """The row for a frame: a column for the probe's type and each option, each metric and each choice; the rest as
    JSON."""
    cells = {name: value for name, value in row.items() if name not in (*NESTED, *TEXTS, "probe", "marks")}
    cells["probe"] = row["probe"]["type"]
    cells |= {f"option.{name}": cell(value) for name, value in row["probe"].get("options", {}).items()}
    for group in NESTED:
        cells |= {f"{group}.{name}": value for name, value in (row[group] or {}).items()}
    for name in TEXTS:
        cells[name] = None if row[name] is None else json.dumps(row[name], sort_keys=True)
    cells["marks"] = ", ".join(row["marks"])
    return cells


def cell(value: Any) -> str:
    """Options of one name may be numbers in one row and words in another, which no column holds."""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def columns(rows: list[Row]) -> list[str]:
    """Every column that a row has, in the order of first use, those of options, metrics and choices last."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return sorted(names, key=lambda name: ("." in name, name.split(".")[0] if "." in name else ""))


# The database

@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The ledger, read-only; a coordinator may write to it meanwhile, of which one snapshot is seen."""
    if not path.is_file():
        raise LedgerError(path, "there is no ledger", "Give the state folder of probesweep run or of a coordinator")
    try:
        with closing(connected(path)) as database:
            database.execute("BEGIN")
            check(database, path)
            yield database
    except sqlite3.DatabaseError as error:
        raise LedgerError(
            path, f"SQLite cannot read it ({error})", "Check the file, or copy the folder back") from error


def connected(path: Path) -> sqlite3.Connection:
    location = f"file:{quote(str(path.resolve()))}?mode=ro"
    database = sqlite3.connect(location, uri=True, timeout=5, isolation_level=None)
    try:
        database.execute("SELECT 1 FROM sqlite_schema").fetchone()
        return database
    except sqlite3.OperationalError:
        database.close()
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise LedgerError(
                path, "it has a log that cannot be read", "Make the state folder readable and writable") from None
    # A folder that cannot be written to has no room for SQLite's shared memory, and without a log needs none.
    return sqlite3.connect(f"{location}&immutable=1", uri=True, isolation_level=None)


def check(database: sqlite3.Connection, path: Path) -> None:
    if database.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
        raise LedgerError(path, "it is another program's database", "Give the state folder of a coordinator")
    applied = {name for (name,) in database.execute("SELECT identifier FROM grdb_migrations")}
    newer = sorted(applied - MIGRATIONS)
    if newer:
        raise LedgerVersionError(
            path, f"its schema is newer than this package (it has {', '.join(newer)})", "Install the package anew")


def find(database: sqlite3.Connection, path: Path, sweep: str | int) -> int:
    """The number of the sweep that a number or name means."""
    sweeps = database.execute("SELECT id, name, state = 'cancelled' FROM sweep ORDER BY id").fetchall()
    for number, _, _ in sweeps:
        if str(number) == str(sweep):
            return number
    namesakes = sorted((not is_cancelled, number) for number, name, is_cancelled in sweeps if name == sweep)
    if not namesakes:
        known = ", ".join(f"{number} {name}" for number, name, _ in sweeps) or "none"
        raise LedgerError(path, f"there is no sweep {sweep!r}", f"It has: {known}")
    owners = owners_of(database, [number for is_active, number in namesakes if is_active == namesakes[-1][0]])
    if len(set(owners.values())) > 1 and None not in owners.values():
        raise LedgerError(
            path, f"several clients have a sweep {sweep!r}",
            "Give a number: " + ", ".join(f"{number} of {owner}" for number, owner in owners.items()))
    operators = [number for number, owner in owners.items() if owner is None]
    return max(operators or owners)


def owners_of(database: sqlite3.Connection, numbers: list[int]) -> dict[int, str | None]:
    """Whose sweeps they are; None for the operators, and for all where an earlier version wrote the ledger."""
    has_owners = any(column[1] == "owner" for column in database.execute("PRAGMA table_info(sweep)"))
    if not has_owners:
        return dict.fromkeys(numbers)
    return {
        number: database.execute("SELECT owner FROM sweep WHERE id = ?", (number,)).fetchone()[0] for number in numbers}


class Parts:
    """The members of units' JSON, which the ledger stores once and units name by number."""

    def __init__(self, database: sqlite3.Connection, path: Path):
        self.database, self.path = database, path
        self.known: dict[int, dict[str, Any]] = {}

    def unit(self, form: bytes) -> dict[str, Any]:
        unit: dict[str, Any] = {}
        for number in self.numbers(form):
            if number not in self.known:
                self.known[number] = self.read(number)
            unit |= self.known[number]
        return unit

    def numbers(self, form: bytes) -> Iterator[int]:
        """A byte 1, then LEB128: seven bits a byte, the lowest first; the last byte of a number is below 128."""
        if form[:1] != b"\x01":
            raise self.damage("A unit's form cannot be read")
        number = shift = 0
        for byte in form[1:]:
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                yield number
                number = shift = 0

    def read(self, number: int) -> dict[str, Any]:
        found = self.database.execute("SELECT bytes FROM part WHERE id = ?", (number,)).fetchone()
        if found is None:
            raise self.damage(f"Part {number} of a unit's form is missing")
        return json.loads(b"{" + found[0] + b"}")

    def damage(self, problem: str) -> LedgerError:
        return LedgerError(self.path, problem, "Restore the ledger from a copy")
