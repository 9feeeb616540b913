"""Kubernetes manifests, as `kubectl apply -k` would send them."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
KUBERNETES = REPOSITORY / "deploy/kubernetes"
FOLDERS = ["base", "submit", "overlays/small", "overlays/nfs-features"]


KUBECTL = os.environ.get("PROBESWEEP_KUBECTL") or shutil.which("kubectl")
"""Debian's is too old to render overlays; deploy/test-deployment brings one."""


@cache
def render(folder: str) -> list[dict]:
    """The objects of a kustomization of deploy/kubernetes."""
    return rendered(KUBERNETES / folder)


def rendered(folder: Path) -> list[dict]:
    """The objects of a kustomization. Skips the test where no kubectl can render them."""
    if KUBECTL is None:
        pytest.skip("there is no kubectl to render overlays with")
    answer = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True)
    if "invalid Kustomization" in answer.stderr or "unknown field" in answer.stderr:
        pytest.skip("kubectl is older than 1.21 and cannot render overlays")
    assert answer.returncode == 0, answer.stderr
    return list(yaml.safe_load_all(answer.stdout))


def only(objects: list[dict], kind: str, name: str) -> dict:
    found = [it for it in objects if it["kind"] == kind and it["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def pods(objects: list[dict]) -> dict[str, dict]:
    """The pod templates, by the name of what makes the pods."""
    return {it["metadata"]["name"]: it["spec"]["template"] for it in objects if "template" in it.get("spec", {})}
