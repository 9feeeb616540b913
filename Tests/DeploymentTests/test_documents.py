"""docs/clusters.md: its commands have the options that they are given, and its files are there."""

import re
import shlex

import pytest

from conftest import unknown_options
from manifests import REPOSITORY

PAGE = (REPOSITORY / "docs/clusters.md").read_text()


def commands() -> list[list[str]]:
    """The command lines of probesweep in the page's blocks of shell, without what goes to an engine's own program."""
    found = []
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if "probesweep" in words and "kubectl" not in words:
                # After `sudo -u probesweep`, the second is the program.
                last = max(index for index, word in enumerate(words) if word == "probesweep")
                arguments = words[last + 1:]
                found.append(arguments[:arguments.index("--")] if "--" in arguments else arguments)
    return found


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_a_command_of_the_page_has_only_options_that_there_are(arguments, options_of):
    assert unknown_options(arguments, options_of) == []


def test_the_page_shows_commands():
    assert len(commands()) >= 8


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\bdeploy/[\w./@*-]*\w", PAGE))))
def test_a_file_that_the_page_names_is_there(path):
    assert list(REPOSITORY.glob(path)), path
