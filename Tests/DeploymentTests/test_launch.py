"""What `probesweep launch` would send to Kubernetes and Slurm, as `--show` prints it."""

import re
import subprocess

import kubernetes_validate
import pytest
import yaml

from conftest import unknown_options
from restricted import violations

SWEEP = """
name: first
features: set
folds: {count: 3}
probes:
  - {type: linear}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("launch")
    subprocess.run(
        [binary, "features", "synthesize", folder / "set", "--samples", "90", "--tokens", "4", "--width", "16",
         "--classes", "3"], check=True, capture_output=True)
    (folder / "sweep.yaml").write_text(SWEEP)
    return folder


def documents(binary, folder, *options: str) -> str:
    """The text between the first `<<'END'` and its end."""
    answer = subprocess.run(
        [binary, "launch", "sweep.yaml", "--show", "--state", "state", *options], cwd=folder, capture_output=True,
        text=True)
    assert answer.returncode == 0, answer.stderr
    return re.search(r"<<'END'\n(.*?)^END$", answer.stdout, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture(scope="module")
def objects(binary, folder):
    shown = documents(
        binary, folder, "--on", "kubernetes", "--namespace", "probing", "--image", "registry.example.org/probesweep:1",
        "--features-claim", "features")
    return {it["kind"]: it for it in yaml.safe_load_all(shown)}


@pytest.mark.parametrize("version", ["1.28", "1.37"])
def test_the_objects_of_a_worker_have_the_schemas_of_their_kinds(objects, version):
    assert set(objects) == {"Secret", "Job"}
    for it in objects.values():
        kubernetes_validate.validate(it, version, strict=True)


def test_the_pod_of_a_worker_is_admitted_under_restricted_pod_security(objects):
    assert violations(objects["Job"]["spec"]["template"]["spec"]) == []


def test_a_worker_is_given_options_that_it_has_and_no_key(objects, options_of):
    (container,) = objects["Job"]["spec"]["template"]["spec"]["containers"]
    assert unknown_options(container["args"], options_of) == []
    assert "env" not in container


def test_the_script_of_a_job_is_one_that_bash_reads(binary, folder):
    script = documents(binary, folder, "--on", "slurm", "--", "--partition", "cpu", "--time", "10")
    assert "--signal=B:USR1@" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
