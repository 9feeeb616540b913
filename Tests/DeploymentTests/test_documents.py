"""docs/clusters.md: its commands have the options that they are given, and its files are there."""

import re
import shlex
import shutil

import pytest

from conftest import unknown_options
from manifests import KUBERNETES, REPOSITORY, pods, rendered

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


def test_the_overlays_of_the_page_name_the_image_in_every_pod(tmp_path):
    overlays = dict(re.findall(r"```yaml\n# (\w+)/kustomization.yaml[^\n]*\n(.*?)```", PAGE, re.DOTALL))
    assert sorted(overlays) == ["cluster", "sweep"]
    shutil.copytree(KUBERNETES, tmp_path / "deploy/kubernetes")
    for name, text in overlays.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text(text)
        (tmp_path / name / "sweep.yaml").write_text("name: ours\n")
        objects = rendered(tmp_path / name)
        images = {container["image"] for pod in pods(objects).values() for container in pod["spec"]["containers"]}
        assert images == {"registry.example.org/probesweep:0.1.0"}
    (configuration,) = [it for it in objects if it["kind"] == "ConfigMap"]
    assert configuration["data"]["sweep.yaml"] == "name: ours\n"


# What systemd says when ZeroMQ asks for a priority.
OF_OTHERS = {"Failed to set thread priority"}


@pytest.mark.parametrize("text", sorted(set(re.findall("“(.*?)”", PAGE)) - OF_OTHERS))
def test_a_message_that_the_page_quotes_is_one_of_the_programs(text):
    assert any(text in joined(path.read_text()) for path in REPOSITORY.glob("Sources/**/*.swift"))


def joined(source: str) -> str:
    """Literals that are continued on another line as one."""
    return re.sub(r'"#?\s*\+\s*#?"', "", source)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\bdeploy/[\w./@*-]*\w", PAGE))))
def test_a_file_that_the_page_names_is_there(path):
    assert list(REPOSITORY.glob(path)), path
