"""The pods of deploy/kubernetes as processes: a sweep is submitted, trained and finished under the users, modes and volumes
that the manifests ask for, with keys that deploy/kubernetes/secrets made."""

import base64
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from containers import Container, Network, secret_volume, writable_volume
from manifests import KUBERNETES, only, pods, render

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="other users and mounts need root")

GROUP = 10001

# What deploy/kubernetes/secrets calls: commands run in the coordinator's container, and applied secrets go to a folder.
KUBECTL = """#!{python}
import json, subprocess, sys
arguments = sys.argv[1:]
assert arguments[:2] == ["--namespace", "probing"], arguments
with open("{folder}/calls", "a") as calls: calls.write(json.dumps(arguments) + "\\n")
if arguments[2] == "exec":
    user = {user}
    command = ["/probesweep" if it == "probesweep" else it for it in arguments[arguments.index("--") + 1:]]
    sys.exit(subprocess.call(["nsenter", "--target={pid}", "--mount", "--net", "--root", "--wd", "/usr/bin/env", "-i",
                              "PATH=/usr/bin:/bin", *user, *command]))
if arguments[2] == "apply":
    with open("{folder}/applied", "a") as applied: applied.write("---\\n" + sys.stdin.read())
"""


class Cluster:
    """A coordinator that runs, and folders for the volumes of the other pods."""

    def __init__(self, folder: Path, binary: Path) -> None:
        self.folder, self.binary = folder, binary
        self.objects = render("overlays/small") + render("submit")
        self.pods = pods(self.objects)
        self.network = Network()
        self.containers: list[Container] = []
        self.coordinator = self.start(
            "probesweep-coordinator", "coordinator",
            {"state": writable_volume(folder / "state", GROUP), "temporary": self.temporary("coordinator")})

    def start(self, pod: str, name: str, volumes: dict[str, Path], environment=None) -> Container:
        container = Container(self.pods[pod], volumes, self.folder / name, self.binary, self.network, environment)
        self.containers.append(container)
        return container

    def start_worker(self, index: int) -> Container:
        volumes = {
            "keys": self.folder / "secrets/probesweep-workers", "features": self.folder / "features",
            "cache": writable_volume(self.folder / f"cache-{index}", GROUP), "temporary": self.temporary(f"worker-{index}")}
        return self.start("probesweep-worker", f"worker-{index}", volumes, {"INDEX": str(index)})

    def submit(self) -> Container:
        sweep = self.folder / "sweep"
        sweep.mkdir()
        (configuration,) = [it for it in self.objects if it["kind"] == "ConfigMap"]
        (sweep / "sweep.yaml").write_text(configuration["data"]["sweep.yaml"])
        volumes = {
            "keys": self.folder / "secrets/probesweep-client", "sweep": sweep, "features": self.folder / "features",
            "temporary": self.temporary("submit")}
        return self.start("probesweep-submit", "submit", volumes)

    def temporary(self, name: str) -> Path:
        folder = self.folder / f"temporary-{name}"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
        return folder

    def make_secrets(self, *arguments: str) -> dict[str, dict]:
        """Runs deploy/kubernetes/secrets; the secrets that it applied, by name, which are then volumes."""
        tools = self.folder / "tools"
        shutil.rmtree(tools, ignore_errors=True)
        tools.mkdir()
        (tools / "kubectl").write_text(KUBECTL.format(
            python=sys.executable, folder=tools, pid=self.coordinator.process.pid, user=self.coordinator.user))
        (tools / "kubectl").chmod(0o755)
        subprocess.run(
            [KUBERNETES / "secrets", *arguments, "--", "--namespace", "probing"], check=True,
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        made = {it["metadata"]["name"]: it for it in yaml.safe_load_all((tools / "applied").read_text())}
        shutil.rmtree(self.folder / "secrets", ignore_errors=True)
        for name, it in made.items():
            secret_volume(self.folder / "secrets" / name, it["data"], 0o440, GROUP)
        return made

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "tools/calls").read_text().splitlines()]

    def close(self) -> None:
        for container in self.containers:
            container.kill()
        self.network.close()


@pytest.fixture
def cluster(tmp_path, binary):
    subprocess.run(
        [binary, "features", "synthesize", tmp_path / "features/my-features", "--samples", "90", "--tokens", "4",
         "--width", "16", "--classes", "3"], check=True, capture_output=True)
    with entered_by_all(tmp_path):
        cluster = Cluster(tmp_path, binary)
        yield cluster
        cluster.close()


@contextmanager
def entered_by_all(folder: Path):
    """The folders of containers' users lie below folders that are root's alone; these have their modes again afterwards."""
    modes = {it: stat.S_IMODE(it.stat().st_mode) for it in [folder, *folder.parents]}
    closed = {it: mode for it, mode in modes.items() if not mode & stat.S_IXOTH}
    try:
        for it, mode in closed.items():
            it.chmod(mode | stat.S_IXOTH)
        yield
    finally:
        for it, mode in closed.items():
            it.chmod(mode)


def words(keys: str) -> list[str]:
    """The keys in a key file of a secret, which is in base64: the words of 40 characters."""
    return re.findall(r"(?<!\S)\S{40}(?!\S)", base64.b64decode(keys).decode())


def test_a_sweep_is_finished_by_pods_as_the_manifests_describe_them(cluster):
    cluster.coordinator.wait_for("listening on")
    secrets = cluster.make_secrets("--workers", "2")
    assert sorted(secrets["probesweep-workers"]["data"]) == ["0.keys", "1.keys"]
    submit = cluster.submit()
    workers = [cluster.start_worker(0)]
    workers[0].wait_for("joined")
    # A container that is killed is started again with the volumes of its pod.
    workers[0].kill()
    workers = [cluster.start_worker(0), cluster.start_worker(1)]
    assert submit.process.wait(timeout=300) == 0, submit.log.read_text()
    for worker in workers:
        worker.process.send_signal(signal.SIGTERM)
    for worker in workers:
        assert worker.process.wait(timeout=60) == 0, worker.log.read_text()
    table = cluster.coordinator.run(
        ["probesweep", "table", "first", "--state", "/state"], capture_output=True, text=True, check=True)
    assert "5/5" in table.stdout


def test_the_probes_of_the_coordinator_are_answered_on_the_pods_address(cluster):
    cluster.coordinator.wait_for("dashboard at")
    (container,) = cluster.pods["probesweep-coordinator"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        request = container[probe]["httpGet"]
        assert cluster.network.get(ports[request["port"]], request["path"]) == 200, probe
    # Data is for those who have the token; the page without any asks for it.
    assert cluster.network.get(ports["dashboard"], "/status.json") == 401
    assert cluster.network.get(ports["dashboard"], "/") == 200


def test_no_key_is_an_argument_and_no_worker_has_that_of_another(cluster):
    cluster.coordinator.wait_for("listening on")
    secrets = cluster.make_secrets("--workers", "3")
    keys = [it for secret in secrets.values() for it in secret["data"].values()]
    assert len(set(keys)) == 4
    arguments = " ".join(word for call in cluster.calls() for word in call)
    for key in keys:
        assert key not in arguments
        assert len(words(key)) == 3  # the public one, the secret one, and the coordinator's
        assert [word for word in words(key) if word in arguments] == []
    worker = cluster.start_worker(1)
    worker.wait_for("joined")
    seen = worker.run(["find", "/keys", "-type", "f"], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == ["/keys/worker.keys"]


def test_more_workers_get_keys_and_those_that_were_revoked_get_new_ones(cluster):
    cluster.coordinator.wait_for("listening on")
    before = cluster.make_secrets("--workers", "2")["probesweep-workers"]["data"]
    cluster.coordinator.run(["probesweep", "keys", "revoke", "--directory", "/state/keys", "worker-2"], check=True)
    after = cluster.make_secrets("--workers", "4")["probesweep-workers"]["data"]
    assert sorted(after) == ["0.keys", "1.keys", "2.keys", "3.keys"]
    assert after["0.keys"] == before["0.keys"]
    assert after["1.keys"] != before["1.keys"]
