"""The Swift program, with which the package must agree: `PROBESWEEP_BINARY` names it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
WORDNET = REPOSITORY / "Tests/Fixtures/wordnet"
BINARY = os.environ.get("PROBESWEEP_BINARY")

needs_program = pytest.mark.skipif(BINARY is None, reason="PROBESWEEP_BINARY does not name the program")


def probesweep(*arguments, succeeds=True):
    """Runs the program and returns its standard output."""
    run = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    if succeeds:
        assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout


def sweep(folder, name, features, specification):
    """Runs a sweep with its state in `folder`/state, and returns the state's folder."""
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\nfeatures: {features}\n" + specification)
    state = folder / "state"
    probesweep("run", path, "--state", state, "--workers", "1", "--threads", "2")
    return state


def copy_of_wordnet(folder):
    """A copy of the fixture to which files can be added: 64 glosses, ragged tokens, a class token, layers 0 and 4."""
    return Path(shutil.copytree(WORDNET, folder / "wordnet"))
