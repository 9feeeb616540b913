"""What the tests of deploy/ share. Run them by `deploy/test-deployment`."""

import os
import subprocess
from pathlib import Path

import pytest

from manifests import REPOSITORY


@pytest.fixture(scope="session")
def binary() -> Path:
    path = Path(os.environ.get("PROBESWEEP_BINARY", REPOSITORY / ".build/debug/probesweep")).resolve()
    assert path.exists(), f"{path} does not exist: swift build, or set PROBESWEEP_BINARY"
    return path


@pytest.fixture(scope="session")
def options_of(binary):
    """A function from the words of a command to the options that its help names."""
    known: dict[tuple[str, ...], set[str]] = {}

    def options(*command: str) -> set[str]:
        if command not in known:
            answer = subprocess.run([binary, *command, "--help"], capture_output=True, text=True, check=True)
            words = answer.stdout.replace("[", " ").replace("]", " ").split()
            known[command] = {word for word in words if word.startswith("--")}
        return known[command]

    return options


def unknown_options(arguments: list[str], options_of) -> list[str]:
    """The options in a command line of probesweep, its name left out, that the command does not have."""
    command: list[str] = []
    for argument in arguments:
        if argument.startswith("-"):
            break
        command.append(argument)
    command = command[:2] if command[0] in ("keys", "features") else command[:1]
    given = [argument.split("=")[0] for argument in arguments if argument.startswith("--")]
    return [option for option in given if option not in options_of(*command)]
