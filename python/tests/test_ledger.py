"""Results of the Swift program's ledger, read in Python."""

import csv
import io
import os
import shutil
import sqlite3
import statistics

import probesweep
import pytest
from probesweep.ledger import LedgerVersionError
from program import WORDNET, needs_program, probesweep as program, sweep

SPECIFICATION = """
layers: [0, 4]
tasks: [lexname]
folds: {scheme: stratified, count: 2}
shots: [2, all]
draws: 2
controls: majority
training: {epochs: 2, warmup: 0, minimum-steps: 0, batch: 16, learning-rates: [0.003, 0.01], extend: 0}
probes:
  - linear
  - {type: efficient, queries: 4}
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return sweep(tmp_path_factory.mktemp("ledger"), "small", WORDNET, SPECIFICATION)


@needs_program
def test_rows_have_the_means_of_the_table(state):
    rows = probesweep.read_rows(state, "small")
    table = list(csv.DictReader(io.StringIO(program("table", "small", "--state", state, "--format", "csv"))))
    assert len(table) > 4
    values = {}
    for row in rows:
        probe = row["probe"]["type"] if row["control"] != "majority" else "[majority]"
        amount = None if row["control"] == "majority" and row["shots"] is None else row["shots"]
        values.setdefault((probe, amount, row["layer"]), {}).setdefault(row["heldOut"], []).append(row["value"])
    for line in table:
        probe = next(name for name in ("[majority]", "linear", "efficient") if name in line["probe"])
        amount = "2" if "2-shot" in line["probe"] else None
        # A table averages the draws of a fold before it averages folds.
        folds = values[(probe, amount, int(line["layer"]))]
        assert statistics.fmean(map(statistics.fmean, folds.values())) == pytest.approx(float(line["mean"]), abs=1e-12)


@needs_program
def test_a_row_says_what_was_probed_how_and_what_came_of_it(state):
    rows = probesweep.read_rows(state, "small")
    row = next(row for row in rows
               if row["probe"]["type"] == "efficient" and row["shots"] is None and row["layer"] == 4)
    assert row["status"] == "done" and row["reasonMissing"] is None
    assert (row["task"], row["taskKind"], row["metric"]) == ("lexname", "classification", "top1")
    assert row["probe"]["options"] == {"queries": 4, "output": 384, "tokens": "patch"}
    assert (row["method"], row["scheme"], row["folds"]) == ("gradient", "stratified", 2)
    assert row["choice"].keys() >= {"learningRate", "epoch"} and row["value"] == row["metrics"]["top1"]
    assert "few steps" in row["marks"] and row["diagnostics"]["steps"] < 200
    drawn = {(row["shots"], row["draw"]) for row in rows}
    assert drawn == {(None, None), ("2", 0), ("2", 1)}
    assert len({row["key"] for row in rows}) == len(rows)


@needs_program
@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_a_frame_has_a_row_a_unit_and_a_column_for_each_option_metric_and_choice(frame, state):
    pytest.importorskip(frame)
    found = probesweep.read(state, "small", frame=frame)
    assert type(found).__module__.split(".")[0] == frame
    assert len(found) == len(probesweep.read_rows(state, "small"))
    assert {"key", "status", "probe", "option.queries", "metrics.top1", "choice.penalty", "value"} <= set(found.columns)
    means = dict(zip(found["key"], found["metrics.top1"]))
    assert means == {row["key"]: row["metrics"]["top1"] for row in probesweep.read_rows(state, "small")}


def changed(state, tmp_path, *statements):
    """A copy of a ledger, as something else might have left it."""
    copy = tmp_path / "state"
    copy.mkdir()
    shutil.copy(state / "ledger.sqlite", copy)
    with sqlite3.connect(copy / "ledger.sqlite") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            database.execute(statement)
    database.close()
    return copy


@needs_program
def test_units_without_a_result_are_rows_with_the_reason(state, tmp_path):
    copy = changed(
        state, tmp_path, "DELETE FROM result WHERE unit IN (SELECT unit FROM sweepUnit WHERE position < 2)",
        "INSERT INTO quarantine SELECT unit, 'the disk broke', 0 FROM sweepUnit WHERE position = 0")
    first, second, *rest = probesweep.read_rows(copy, "small")
    assert (first["status"], first["reasonMissing"], first["value"]) == ("quarantined", "the disk broke", None)
    assert (second["status"], second["reasonMissing"], second["metrics"]) == ("pending", "not trained yet", None)
    assert {row["status"] for row in rest} == {"done"}


@needs_program
def test_a_ledger_of_a_newer_version_is_refused_by_a_type_of_its_own(state, tmp_path):
    copy = changed(state, tmp_path, "INSERT INTO grdb_migrations VALUES ('8 something else')")
    with pytest.raises(LedgerVersionError, match="8 something else"):
        probesweep.read_rows(copy, "small")


@needs_program
def test_a_result_that_cannot_be_read_is_refused_with_the_command_that_helps(state, tmp_path):
    copy = changed(state, tmp_path, "UPDATE result SET payload = x'7b' WHERE rowid = 1")
    with pytest.raises(probesweep.LedgerError, match="probesweep discard"):
        probesweep.read_rows(copy, "small")


@needs_program
def test_a_name_means_the_latest_sweep_that_is_not_cancelled_and_a_number_that_sweep(state, tmp_path):
    copy = changed(
        state, tmp_path,
        "INSERT INTO sweep (name, specification, facts, units, createdAt, state) "
        "VALUES ('small', '', '{}', 0, 0, 'active')",
        "INSERT INTO sweep (name, specification, facts, units, createdAt, state) "
        "VALUES ('small', '', '{}', 0, 0, 'cancelled')")
    assert probesweep.read_rows(copy, "small") == probesweep.read_rows(copy, 2) == []
    assert len(probesweep.read_rows(copy, 1)) == len(probesweep.read_rows(state, "small"))
    with pytest.raises(probesweep.LedgerError, match="1 small"):
        probesweep.read_rows(copy, "large")


@needs_program
def test_a_ledger_is_read_while_it_is_written_to(state, tmp_path):
    copy = changed(state, tmp_path)
    with sqlite3.connect(copy / "ledger.sqlite", isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM sweepUnit")
        assert len(probesweep.read_rows(copy, "small")) == len(probesweep.read_rows(state, "small"))
        writer.execute("COMMIT")
        assert probesweep.read_rows(copy, "small") == []


@needs_program
def test_a_folder_that_cannot_be_written_to_is_read(state, tmp_path):
    copy = changed(state, tmp_path)
    with sqlite3.connect(copy / "ledger.sqlite") as database:
        database.execute("PRAGMA journal_mode = WAL")
    database.close()
    copy.chmod(0o500)
    if os.access(copy, os.W_OK):
        pytest.skip("whoever runs this may write anywhere")
    assert probesweep.read_rows(copy, "small") == probesweep.read_rows(state, "small")


def test_a_folder_without_a_ledger_and_another_programs_database_are_refused(tmp_path):
    with pytest.raises(probesweep.LedgerError, match="no ledger"):
        probesweep.read_rows(tmp_path, "small")
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("CREATE TABLE sweep (id)")
    database.close()
    with pytest.raises(probesweep.LedgerError, match="another program"):
        probesweep.read_rows(tmp_path, "small")
    (tmp_path / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(probesweep.LedgerError, match="SQLite"):
        probesweep.read_rows(tmp_path, "small")
