"""systemd units as text: the settings of [Service], and the command that they start."""

from pathlib import Path

from manifests import REPOSITORY

SYSTEMD = REPOSITORY / "deploy/systemd"
UNITS = ["probesweep-coordinator.service", "probesweep-worker@.service"]


def settings(unit: str) -> dict[str, list[str]]:
    """The values of each setting, in order; lines that end with a backslash are joined."""
    found: dict[str, list[str]] = {}
    for line in (SYSTEMD / unit).read_text().replace("\\\n", " ").splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def command(unit: str) -> list[str]:
    (line,) = settings(unit)["ExecStart"]
    return line.split()


def environment(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
