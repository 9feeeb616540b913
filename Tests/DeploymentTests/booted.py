"""A systemd of the tests' own, as the first process of namespaces, to run units under their real sandbox.

Its root is a temporary file system with the machine's programs, which it cannot write; so are the kernel's settings. It has no
network but loopback.
"""

import os
import subprocess
import time
from pathlib import Path

import pytest

from containers import SYSTEM, libraries_elsewhere

# The control group that systemd finds as its root.
GROUP = f"probesweep-tests-{os.getpid()}"
UNSHARE = "unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net"
# What no service here needs, and what would reach beyond the namespaces.
WITHOUT = "--bounding-set=-sys_module,-sys_time,-sys_rawio,-syslog"


class Booted:
    """`shared` is a folder of the machine, which is mounted at /shared."""

    def __init__(self, work: Path, binary: Path) -> None:
        self.root, self.shared = work / "root", work / "shared"
        self.root.mkdir()
        self.shared.mkdir()
        self.groups = work / "groups"
        self.groups.mkdir()
        skip_without_namespaces(self.groups)
        script = boot_script(self.root, self.shared, binary)
        self.log = work / "boot.log"
        with open(self.log, "wb") as log:
            self.outer = subprocess.Popen(
                in_control_groups(
                    self.groups, f"mkdir -p {GROUP}; echo $$ >{GROUP}/cgroup.procs; cd /; exec {UNSHARE} bash -ec \"$1\"", script),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self.outer.poll() is None:
            time.sleep(0.3)
            children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
            if not children:
                continue
            self.first = int(children[0])
            if self.run("systemctl", "is-active", "basic.target", capture_output=True, text=True).stdout == "active\n":
                return
        self.close()
        pytest.fail(f"systemd did not start within a minute, or ended:\n{self.log.read_text()}")

    def run(self, *command: str, **options) -> subprocess.CompletedProcess:
        """Runs a command as root in the machine."""
        return subprocess.run(
            ["nsenter", f"--target={self.first}", "--all", "--root", "--wd", "/usr/bin/env", "-i",
             "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *command], **options)

    def journal(self) -> str:
        return self.run("journalctl", "--no-pager", "--output=cat", capture_output=True, text=True).stdout

    def wait_for(self, *command: str, seconds: float = 60) -> None:
        """Waits until a command succeeds."""
        end = time.monotonic() + seconds
        while self.run(*command, capture_output=True).returncode != 0:
            assert time.monotonic() < end, f"{command}:\n{self.journal()}"
            time.sleep(0.3)

    def close(self) -> None:
        self.outer.kill()
        self.outer.wait()
        # The processes of the namespace end a little after the one that held it.
        remove = f"for i in {{1..100}}; do find {GROUP} -depth -type d -exec rmdir {{}} + && exit; sleep 0.1; done; exit 1"
        subprocess.run(in_control_groups(self.groups, remove), check=True, capture_output=True)


def skip_without_namespaces(groups: Path) -> None:
    """Some containers refuse namespaces, control groups or mounts. Whatever fails where these are given is a failure."""
    probe = f"mkdir {GROUP}; rmdir {GROUP}; {UNSHARE} mount -t tmpfs none /mnt"
    answer = subprocess.run(in_control_groups(groups, probe), capture_output=True, text=True)
    if answer.returncode != 0:
        pytest.skip(f"this machine gives no namespaces or control groups: {answer.stderr.strip()}")


def in_control_groups(folder: Path, *script: str) -> list[str]:
    """The command that runs a shell script in the folder of control groups, which is mounted for it alone."""
    mount = f"mount -t cgroup2 none {folder}; cd {folder}; "
    return ["unshare", "--mount", "--propagation=private", "bash", "-ec", mount + script[0], "bash", *script[1:]]


def boot_script(root: Path, shared: Path, binary: Path) -> str:
    lines = [
        "ip link set lo up", f"mount -t tmpfs -o mode=755 none {root}", f"cd {root}",
        "mkdir -p proc sys dev run tmp etc/systemd/system etc/probesweep srv/features root var/lib var/cache var/log "
        "shared old", "chmod 1777 tmp", f"mount --bind {shared} shared"]
    for folder in SYSTEM:
        lines.append(f"mkdir {folder}; mount --rbind /{folder} {folder}; mount -o remount,bind,ro {folder}")
    for folder in libraries_elsewhere(binary):
        lines.append(f"mkdir -p ./{folder}; mount --bind {folder} ./{folder}; mount -o remount,bind,ro ./{folder}")
    lines += [
        "mount -t tmpfs -o mode=755 none usr/local", "mkdir usr/local/bin", "touch usr/local/bin/probesweep",
        f"mount --bind {binary} usr/local/bin/probesweep",
        "cp /etc/ld.so.cache /etc/nsswitch.conf etc/", "echo 127.0.0.1 localhost >etc/hosts",
        "printf 'root:x:0:0::/root:/bin/sh\\nnobody:x:65534:65534::/:/usr/sbin/nologin\\n' >etc/passwd",
        "printf 'root:x:0:\\nnogroup:x:65534:\\n' >etc/group", "head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n' >etc/machine-id",
        "mount -t proc proc proc", "mount --bind proc/sys proc/sys", "mount -o remount,bind,ro proc/sys",
        "mount -t sysfs -o ro sysfs sys", "mount -t cgroup2 none sys/fs/cgroup", "mount -t tmpfs -o mode=755 none dev",
        "for it in null zero full random urandom tty; do touch dev/$it; mount --bind /dev/$it dev/$it; done",
        "ln -s /proc/self/fd dev/fd", "ln -s pts/ptmx dev/ptmx", "mkdir dev/shm dev/pts dev/mqueue",
        "pivot_root . old", "umount -l old", "mount --make-rshared /", "export container=tests",
        f"exec setpriv {WITHOUT} /lib/systemd/systemd --system --unit=basic.target --log-target=journal",
    ]
    return "\n".join(lines)
