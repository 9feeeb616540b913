"""The units of deploy/systemd under a real systemd: a sweep is finished in their sandbox, as their comments say to set them up."""

import os
import shutil

import pytest

from booted import Booted
from units import SYSTEMD

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists("/lib/systemd/systemd"), reason="needs root and a systemd to start")

KEYS = "/var/lib/probesweep/keys"
SWEEP = """
name: first
features: /srv/features/set
folds: {count: 3}
probes:
  - {type: linear}
  - {type: knn}
  - {type: efficient, queries: [2]}
training: {learning-rates: [0.01], epochs: 2, minimum-steps: 0, extend: 0}
"""


@pytest.fixture
def machine(tmp_path, binary):
    machine = Booted(tmp_path, binary)
    try:
        set_up(machine)
        yield machine
    finally:
        machine.close()


def set_up(machine: Booted) -> None:
    """What docs/clusters.md tells to do on a machine that has the coordinator and a worker."""
    for file in SYSTEMD.iterdir():
        shutil.copy(file, machine.shared)
    (machine.shared / "sweep.yaml").write_text(SWEEP)
    machine.run("sh", "-ec", """
        mkdir /etc/sysusers.d
        cp /shared/probesweep.sysusers /etc/sysusers.d/probesweep.conf
        systemd-sysusers
        cp /shared/*.service /etc/systemd/system/
        sed -e 's|^ENDPOINT=.*|ENDPOINT=tcp://127.0.0.1:7301|' -e 's/^THREADS=.*/THREADS=1/' -e 's/^MEMORY=.*/MEMORY=1/' \\
            /shared/worker.env >/etc/probesweep/worker.env
        probesweep features synthesize /srv/features/set --samples 90 --tokens 4 --width 16 --classes 3 >/shared/made
        systemctl daemon-reload
        systemctl start probesweep-coordinator""", check=True)
    machine.wait_for("test", "-e", f"{KEYS}/client.keys")
    machine.run("sh", "-ec", f"""
        setpriv --reuid=probesweep --regid=probesweep --init-groups \\
            probesweep keys add --directory {KEYS} here-1
        install -m 400 {KEYS}/here-1.keys /etc/probesweep/worker-1.keys
        systemctl start probesweep-worker@1""", check=True)


def shown(machine: Booted, unit: str, setting: str) -> str:
    return machine.run(
        "systemctl", "show", unit, f"--property={setting}", "--value", capture_output=True, text=True).stdout.strip()


def test_a_sweep_is_finished_by_the_units_in_their_sandbox(machine):
    answer = machine.run(
        "probesweep", "submit", "/shared/sweep.yaml", "--connect", "tcp://127.0.0.1:7301", "--keys", f"{KEYS}/client.keys",
        "--wait", capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, answer.stderr + machine.journal()
    for unit in ("probesweep-worker@1", "probesweep-coordinator"):
        assert shown(machine, unit, "User") or shown(machine, unit, "DynamicUser") == "yes"
        assert shown(machine, unit, "NRestarts") == "0", machine.journal()
        machine.run("systemctl", "stop", unit, check=True)
        assert shown(machine, unit, "Result") == "success", machine.journal()


def test_a_worker_whose_key_is_revoked_ends_and_is_not_started_again(machine):
    machine.wait_for("sh", "-c", "journalctl --unit=probesweep-worker@1 | grep -q joined")
    machine.run(
        "setpriv", "--reuid=probesweep", "--regid=probesweep", "--init-groups",
        "probesweep", "keys", "revoke", "--directory", KEYS, "here-1", check=True)
    machine.wait_for("systemctl", "is-failed", "probesweep-worker@1")
    assert shown(machine, "probesweep-worker@1", "ExecMainStatus") == "2"
    assert shown(machine, "probesweep-worker@1", "NRestarts") == "0"
