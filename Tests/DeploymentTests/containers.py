"""Runs containers of rendered pods as processes: their arguments, user, volumes and file modes, without a cluster.

Each has a root of its own, which is read-only but for its volumes, no capabilities, and the network of a test, where the name
of the service is loopback. What a cluster adds is not here: its storage, its network rules, its image.
"""

import base64
import os
import subprocess
import time
from pathlib import Path

SYSTEM = ["usr", "bin", "lib", "lib64", "sbin"]


class Network:
    """A network namespace with loopback alone; a process that sleeps holds it open."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep 3600"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n"

    def close(self) -> None:
        self.holder.kill()
        self.holder.wait()

    def get(self, port: int, path: str) -> int:
        """The status of an answer to GET; 0 if there is none."""
        script = (
            "import sys, urllib.request, urllib.error\n"
            "try: print(urllib.request.urlopen(sys.argv[1], timeout=5).status)\n"
            "except urllib.error.HTTPError as error: print(error.code)\n"
            "except OSError: print(0)\n")
        answer = subprocess.run(
            ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "python3", "-c", script,
             f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
        return int(answer.stdout)


def secret_volume(folder: Path, files: dict[str, str], mode: int, group: int) -> Path:
    """A secret as a node mounts it: files of root and the pod's group, reached through links that an update replaces."""
    data = folder / "..2026_01_01"
    data.mkdir(parents=True)
    for name, content in files.items():
        path = data / name
        path.write_bytes(base64.b64decode(content))
        os.chown(path, 0, group)
        path.chmod(mode)
        (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data").symlink_to(data.name)
    os.chown(data, 0, group)
    data.chmod(0o755)
    return folder


def writable_volume(folder: Path, group: int) -> Path:
    """A claim as a node mounts it for a pod with fsGroup."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 0, group)
    folder.chmod(0o2775)
    return folder


class Container:
    """A running container of a pod. `volumes` has a folder for the name of each volume."""

    def __init__(self, pod: dict, volumes: dict[str, Path], work: Path, binary: Path, network: Network,
                 environment: dict[str, str] | None = None) -> None:
        environment = environment or {}
        (specification,) = pod["spec"]["containers"]
        security = pod["spec"]["securityContext"]
        self.user = [
            "/usr/bin/setpriv", f"--reuid={security['runAsUser']}", f"--regid={security['runAsGroup']}",
            f"--groups={security['fsGroup']}", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        mounts = []
        for mount in specification["volumeMounts"]:
            source = volumes[mount["name"]] / expanded(mount.get("subPathExpr", ""), environment)
            mounts.append((source.resolve(), mount["mountPath"], mount.get("readOnly", False)))
        work.mkdir(parents=True, exist_ok=True)
        self.log = work / "log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--net=/proc/{network.holder.pid}/ns/net", "unshare", "--mount", "--propagation=private",
                 "sh", "-ec", root_script(work / "root", binary, mounts), "container",
                 *[f"{name}={value}" for name, value in environment.items()], *self.user,
                 "/probesweep", *[expanded(it, environment) for it in specification["args"]]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, arguments: list[str], **options) -> subprocess.CompletedProcess:
        """Runs a command in the container, as `kubectl exec` does."""
        arguments = ["/probesweep" if it == "probesweep" else it for it in arguments]
        return subprocess.run(
            ["nsenter", f"--target={self.process.pid}", "--mount", "--net", "--root", "--wd", "/usr/bin/env", "-i",
             "PATH=/usr/bin:/bin", *self.user, *arguments], **options)

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Waits until the log has a text."""
        end = time.monotonic() + seconds
        while text not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def root_script(root: Path, binary: Path, mounts: list[tuple[Path, str, bool]]) -> str:
    """A shell script that makes a root with the machine's programs, the volumes and nothing else that can be written, and
    runs its arguments there."""
    root.mkdir(exist_ok=True)
    lines = [f"mount -t tmpfs -o mode=755 none {root}", f"cd {root}", "mkdir etc dev proc"]
    lines.append("echo 127.0.0.1 localhost probesweep >etc/hosts")

    def bind(source: Path, target: str, read_only: bool) -> None:
        if source.is_dir():
            lines.append(f"mkdir -p ./{target}")
        else:
            lines.append(f"mkdir -p ./{Path(target).parent} && touch ./{target}")
        lines.append(f"mount --bind {source} ./{target}")
        if read_only:
            lines.append(f"mount -o remount,bind,ro ./{target}")

    for folder in SYSTEM:
        bind(Path("/", folder), folder, True)
    for folder in libraries_elsewhere(binary):
        bind(folder, str(folder), True)
    for device in ("null", "urandom", "zero"):
        bind(Path("/dev", device), f"dev/{device}", False)
    bind(binary, "probesweep", True)
    lines.append("mount -t proc proc proc")
    for source, target, read_only in mounts:
        bind(source, target, read_only)
    lines.append(f"mount -o remount,ro {root}")
    lines.append('exec chroot . /usr/bin/env -i PATH=/usr/bin:/bin "$@"')
    return "\n".join(lines)


def expanded(text: str, environment: dict[str, str]) -> str:
    for name, value in environment.items():
        text = text.replace(f"$({name})", value)
    return text


def libraries_elsewhere(binary: Path) -> list[Path]:
    """The folders of the program's libraries that are not the system's."""
    answer = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True)
    paths = [Path(line.split()[2]) for line in answer.stdout.splitlines() if "=> /" in line]
    return sorted({it.parent for it in paths if it.parts[1] not in SYSTEM})
