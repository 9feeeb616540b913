"""deploy/systemd: what systemd says of the units, and that their commands are the program's."""

import re
import shutil
import subprocess

import pytest

from conftest import unknown_options
from manifests import REPOSITORY
from units import SYSTEMD, UNITS, command, environment, settings

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_a_units_exposure_is_at_most_what_the_changelog_says(unit):
    (claimed,) = re.findall(r"`systemd-analyze security`: ([0-9.]+)", (REPOSITORY / "CHANGELOG.md").read_text())
    answer = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={round(10 * float(claimed))}", SYSTEMD / unit],
        capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_knows_every_setting_of_a_unit(unit, tmp_path):
    text = (SYSTEMD / unit).read_text().replace("/usr/local/bin/probesweep", "/bin/true")
    (tmp_path / unit).write_text(text)
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit], capture_output=True, text=True)
    assert unit.split(".")[0].rstrip("@") not in answer.stderr, answer.stderr
    assert answer.returncode == 0, answer.stderr


@needs_systemd
def test_the_user_of_the_coordinator_can_be_made(tmp_path):
    (tmp_path / "etc").mkdir()
    for table in ("passwd", "group"):
        (tmp_path / "etc" / table).touch()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "probesweep.sysusers"], check=True, capture_output=True)
    (user,) = settings("probesweep-coordinator.service")["User"]
    assert f"{user}:" in (tmp_path / "etc/passwd").read_text()


@pytest.mark.parametrize("unit", UNITS)
def test_every_option_of_a_unit_is_one_of_the_programs(unit, options_of):
    assert unknown_options(command(unit)[1:], options_of) == []


@pytest.mark.parametrize("unit", UNITS)
def test_what_would_fail_again_is_not_started_again(unit):
    assert settings(unit)["RestartPreventExitStatus"] == ["2"]


def test_the_sample_environment_sets_every_variable_of_the_worker():
    used = set(re.findall(r"\$\{(\w+)\}", " ".join(command("probesweep-worker@.service"))))
    assert used == set(environment(SYSTEMD / "worker.env"))


def test_each_worker_has_a_key_of_its_own_that_only_root_reads():
    assert settings("probesweep-worker@.service")["LoadCredential"] == ["keys:/etc/probesweep/worker-%i.keys"]
    assert "%d/keys" in command("probesweep-worker@.service")
