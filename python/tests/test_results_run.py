"""`deploy/results` on a program and samples that stand in for the real ones: what it keeps of a part that was interrupted."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
PARTS = ("anchors", "anchors-neighbours")

# A sweep takes processor time, then waits to be ended unless the file "finish" is there.
PROGRAM = """#!{python}
import pathlib, signal, sys, time
if sys.argv[1] == "--version":
    print("1.2.3 (" + pathlib.Path("commit").read_text() + ")")
elif sys.argv[1] == "run":
    while time.process_time() < 0.3: pass
    signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("ended").touch(), sys.exit(0)))
    pathlib.Path("begun").touch()
    while not pathlib.Path("finish").exists(): time.sleep(0.05)
elif pathlib.Path("broken").exists():
    sys.exit("no row has layer 9")
else:
    print("| a table of", sys.argv[2], "|")
"""


@pytest.fixture
def checkout(tmp_path):
    for folder in ("deploy/sample", "sweeps", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    script(tmp_path / "deploy/sample/make", '#!/bin/sh\necho "$*" >>calls\n')
    script(tmp_path / "program", PROGRAM.format(python=sys.executable))
    (tmp_path / "commit").write_text("abc")
    for part in PARTS:
        (tmp_path / f"sweeps/{part}.yaml").write_text(f"name: {part}\n")
    (tmp_path / "docs/results.md").write_text(
        "".join(f"<!-- table {part} -->\nnot run yet\n<!-- end of table -->\n" for part in PARTS))
    return tmp_path


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def start(checkout, *parts):
    paths = [REPOSITORY / "python/src", REPOSITORY / "deploy/evidence"]
    return subprocess.Popen(
        [sys.executable, REPOSITORY / "deploy/evidence/remake.py", "--state", "state", *(f"--only={part}" for part in parts)],
        cwd=checkout, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_interrupts,
        env={**os.environ, "PYTHONPATH": ":".join(map(str, paths)), "PROBESWEEP_BINARY": "./program"})


def hear_interrupts():
    """Tests that run in the background of a shell are deaf to SIGINT, and so would be what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)


def record(checkout, part="anchors"):
    return json.loads((checkout / f"state/records/{part}.json").read_text())


@pytest.mark.parametrize("number, whole_group", [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_what_interrupted_attempts_took_is_part_of_the_published_cost(checkout, number, whole_group):
    for attempt in (1, 2):
        process = start(checkout, "anchors")
        wait_for(checkout / "begun", process)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        process.communicate()
        assert process.returncode != 0
        assert record(checkout)["coreSeconds"] >= 0.3 * attempt
        (checkout / "begun").unlink()
    if not whole_group:
        assert (checkout / "ended").exists()  # the sweep was asked to end, and not killed
    interrupted = record(checkout)["coreSeconds"]
    (checkout / "finish").touch()
    finished(start(checkout, "anchors"))
    assert record(checkout)["coreSeconds"] >= interrupted + 0.2
    seconds = f"{record(checkout)['coreSeconds']:.0f} core-seconds for the sweep"
    assert seconds in (checkout / "docs/results.md").read_text()


def finished(process):
    _, said = process.communicate()
    assert process.returncode == 0, said
    return said


def test_the_versions_that_made_a_part_stand_above_its_table(checkout):
    (checkout / "finish").touch()
    finished(start(checkout, "anchors"))
    assert record(checkout)["versions"] == ["probesweep 1.2.3 (abc)"]
    (checkout / "commit").write_text("def")
    finished(start(checkout, "anchors"))
    assert "for the sweep; probesweep 1.2.3 (abc), then probesweep 1.2.3 (def); " in (checkout / "docs/results.md").read_text()


def test_a_record_from_before_versions_were_kept_says_so(checkout):
    (checkout / "finish").touch()
    (checkout / "state/records").mkdir(parents=True)
    (checkout / "state/records/anchors.json").write_text('{"coreSeconds": 100}')
    finished(start(checkout, "anchors"))
    assert record(checkout)["coreSeconds"] > 100
    assert "; version not recorded, then probesweep 1.2.3 (abc); " in (checkout / "docs/results.md").read_text()


def test_samples_of_several_parts_are_made_once(checkout):
    (checkout / "finish").touch()
    finished(start(checkout, *PARTS))
    assert (checkout / "calls").read_text() == "images\n"
    assert "a table of anchors-neighbours" in (checkout / "docs/results.md").read_text()


def test_the_program_says_itself_why_a_table_was_not_written(checkout):
    for name in ("finish", "broken"):
        (checkout / name).touch()
    process = start(checkout, "anchors")
    _, said = process.communicate()
    assert process.returncode != 0
    assert "no row has layer 9" in said and "not made: anchors" in said
