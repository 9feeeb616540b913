"""The scripts of deploy/kubernetes with a kubectl that runs commands here: what they refuse, and what they copy."""

import os
import subprocess

import kubernetes_validate
import pytest
import yaml

from manifests import KUBERNETES
from restricted import violations

# Commands of the pod run here, where the claim is a folder.
KUBECTL = """#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>"{folder}/calls"
[ "$1 $2" = "--namespace probing" ]
shift 2
case $1 in
get) printf registry.example.org/probesweep:0.1.0 ;;
apply) cat >"{folder}/applied" ;;
exec)
    while [ "$1" != -- ]; do shift; done
    shift
    arguments=("$@")
    for index in "${{!arguments[@]}}"; do [ "${{arguments[index]}}" != /features ] || arguments[index]={folder}/features; done
    "${{arguments[@]}}"
    ;;
esac
"""


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / "tools"
    (folder / "features").mkdir(parents=True)
    (folder / "kubectl").write_text(KUBECTL.format(folder=folder))
    (folder / "kubectl").chmod(0o755)
    return folder


def run(tools, script, *arguments):
    return subprocess.run(
        [KUBERNETES / script, *arguments], capture_output=True, text=True,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})


@pytest.mark.parametrize("arguments, problem", [
    (["--workers"], "--workers needs a value"), (["--client"], "--client needs a value"),
    (["--workers", "none"], "--workers is a number"), (["--client", "a b"], "--client is letters"),
    (["--several"], 'unknown argument "--several"')])
def test_keys_are_not_made_of_what_the_script_does_not_know(tools, arguments, problem):
    answer = run(tools, "secrets", *arguments)
    assert answer.returncode == 2
    assert problem in answer.stderr
    assert not (tools / "calls").exists()


@pytest.fixture
def features(tmp_path):
    folder = tmp_path / "my-features"
    (folder / "layers").mkdir(parents=True)
    (folder / "featureset.json").write_text("{}")
    (folder / "layers/0.safetensors").write_bytes(b"tokens")
    return folder


def test_a_feature_set_is_copied_onto_the_claim_by_a_pod_that_is_admitted(tools, features):
    answer = run(tools, "features", features, "--", "--namespace", "probing")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "/features/my-features\n"
    copied = {str(it.relative_to(tools / "features")) for it in (tools / "features").rglob("*")}
    assert copied == {f"my-features{it}" for it in ("", "/featureset.json", "/layers", "/layers/0.safetensors")}
    pod = yaml.safe_load((tools / "applied").read_text())
    kubernetes_validate.validate(pod, "1.32", strict=True)
    assert violations(pod["spec"]) == []
    assert pod["spec"]["containers"][0]["image"] == "registry.example.org/probesweep:0.1.0"
    assert (tools / "calls").read_text().splitlines()[-1].split()[2:4] == ["delete", "pod"]


def test_a_feature_set_that_is_on_the_claim_is_left_alone_and_the_pod_removed(tools, features):
    (tools / "features/my-features").mkdir()
    answer = run(tools, "features", features, "--", "--namespace", "probing")
    assert answer.returncode != 0
    assert "my-features is there already" in answer.stderr
    assert list((tools / "features/my-features").iterdir()) == []
    assert "delete pod" in (tools / "calls").read_text().splitlines()[-1]


def test_a_folder_that_is_no_feature_set_is_refused_before_a_pod_is_started(tools, tmp_path):
    answer = run(tools, "features", tmp_path, "--", "--namespace", "probing")
    assert answer.returncode == 2
    assert "is no feature set" in answer.stderr
    assert not (tools / "calls").exists()
