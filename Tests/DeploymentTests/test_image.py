"""deploy/container: the archive of an image, and with the long tests the image itself."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from manifests import REPOSITORY

CONTAINER = REPOSITORY / "deploy/container"


def layer(path: Path, **files: str) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path


@pytest.fixture
def small(tmp_path) -> Path:
    """An archive of two layers, of which the second replaces a file of the first."""
    layers = [layer(tmp_path / "1.tar", below="1", both="1"), layer(tmp_path / "2.tar", both="2")]
    return archived(tmp_path / "small.tar", layers)


def archived(output: Path, layers: list[Path]) -> Path:
    subprocess.run(
        [sys.executable, CONTAINER / "archive.py", "--output", output, "--name", "probesweep", "--version", "1.2.3",
         "--created", "1700000000", *layers], check=True)
    return output


def files(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        return {it.name: opened.extractfile(it).read() for it in opened}


def opened(archive: Path) -> tuple[dict, list[bytes]]:
    """The image's configuration and its layers, each by the digest that names it."""
    content = files(archive)

    def blob(descriptor: dict) -> bytes:
        found = content["blobs/sha256/" + descriptor["digest"].removeprefix("sha256:")]
        assert len(found) == descriptor["size"]
        assert hashlib.sha256(found).hexdigest() == descriptor["digest"].removeprefix("sha256:")
        return found

    (entry,) = json.loads(content["index.json"])["manifests"]
    manifest = json.loads(blob(entry))
    return json.loads(blob(manifest["config"])), [blob(it) for it in manifest["layers"]]


def unpacked(archive: Path, root: Path) -> dict:
    """Unpacks the layers into a folder, as root keeps owners; the configuration."""
    configuration, layers = opened(archive)
    root.mkdir()
    for it in layers:
        subprocess.run(["tar", "-xzpf", "-", "--numeric-owner", "-C", root], input=it, check=True)
    return configuration


def test_the_layers_of_an_archive_are_those_that_were_given_in_their_order(small, tmp_path):
    configuration = unpacked(small, tmp_path / "root")
    assert (tmp_path / "root/below").read_text() == "1"
    assert (tmp_path / "root/both").read_text() == "2"
    given = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("1.tar", "2.tar")]
    assert configuration["rootfs"]["diff_ids"] == [f"sha256:{it}" for it in given]


def test_the_same_layers_make_the_same_bytes(small, tmp_path):
    again = archived(tmp_path / "again.tar", [tmp_path / "1.tar", tmp_path / "2.tar"])
    assert again.read_bytes() == small.read_bytes()


def test_what_docker_reads_names_the_same_files(small):
    content = files(small)
    (image,) = json.loads(content["manifest.json"])
    configuration, layers = opened(small)
    assert json.loads(content[image["Config"]]) == configuration
    assert [content[it] for it in image["Layers"]] == layers
    assert image["RepoTags"] == ["probesweep:1.2.3", "probesweep:latest"]


def test_podman_and_containerd_name_the_image_after_the_program_and_its_version(small):
    (entry,) = json.loads(files(small)["index.json"])["manifests"]
    assert entry["annotations"]["io.containerd.image.name"] == "localhost/probesweep:1.2.3"
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "1.2.3"


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="there is no skopeo to read the archive")
@pytest.mark.parametrize("source", ["oci-archive:{}:1.2.3", "docker-archive:{}:probesweep:1.2.3"])
def test_skopeo_reads_the_archive_in_both_formats(small, tmp_path, source):
    subprocess.run(
        ["skopeo", "--insecure-policy", "--tmpdir", tmp_path, "copy", "--quiet", source.format(small),
         f"dir:{tmp_path / 'copy'}"], check=True)
    manifest = json.loads((tmp_path / "copy/manifest.json").read_text())
    assert len(manifest["layers"]) == 2


def gathered(folder: Path, swift: str) -> subprocess.CompletedProcess:
    """What `licences` does with a swift that answers so."""
    tools = folder / "toolchain/usr/bin"
    tools.mkdir(parents=True)
    (tools / "swift").write_text(f"#!/bin/sh\n{swift}\n")
    (tools / "swift").chmod(0o755)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", '. "$0"; licences "$1"; echo gathered', REPOSITORY / "deploy/libraries.sh", folder / "licences"],
        capture_output=True, text=True, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})


def test_licences_are_those_of_all_packages_and_of_the_toolchain(tmp_path):
    packages = [tmp_path / "one", tmp_path / "two"]
    for package in packages:
        package.mkdir()
        (package / "LICENSE.txt").write_text(package.name)
    tree = {"dependencies": [{"path": str(packages[0]), "dependencies": [{"path": str(packages[1]), "dependencies": []}]}]}
    (tmp_path / "toolchain/usr/share/swift").mkdir(parents=True)
    (tmp_path / "toolchain/usr/share/swift/LICENSE.txt").write_text("swift")
    answer = gathered(tmp_path, f"echo '{json.dumps(tree)}'")
    assert answer.returncode == 0, answer.stderr
    found = {it.name: it.read_text() for it in (tmp_path / "licences").iterdir()}
    assert found == {"one.txt": "one", "two.txt": "two", "swift.txt": "swift"}


@pytest.mark.parametrize("swift, missing", [
    ("exit 1", "the Swift packages"), ("echo nothing", "the Swift packages"),
    ("""echo '{"dependencies": []}'""", "the Swift packages"),
    ("""echo '{"dependencies": [{"path": "/nowhere/one", "dependencies": []}]}'""", "/nowhere/one")])
def test_nothing_is_packed_where_a_licence_is_not_found(tmp_path, swift, missing):
    answer = gathered(tmp_path, swift)
    assert answer.returncode == 1
    assert "gathered" not in answer.stdout
    assert f"there is none of {missing}" in answer.stderr


def test_an_image_of_a_program_that_is_there_needs_swift_for_its_licences(tmp_path):
    if shutil.which("swift", path="/usr/bin:/bin"):
        pytest.skip("swift is one of the system's programs here")
    answer = subprocess.run(
        [CONTAINER / "build", tmp_path / "image.tar", "--program", "/bin/true"], capture_output=True, text=True,
        env={**os.environ, "PATH": "/usr/bin:/bin"})
    assert answer.returncode != 0
    assert "there is no swift on PATH" in answer.stderr
    assert not (tmp_path / "image.tar").exists()


SWEEP = """
name: bare
features: /tmp/features
folds: {count: 3}
probes:
  - {type: linear}
  - {type: knn}
  - {type: efficient, queries: [2]}
training: {learning-rates: [0.01], epochs: 2, minimum-steps: 0, extend: 0}
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The image as a root and its configuration."""
    if os.environ.get("PROBESWEEP_LONG_TESTS") != "1":
        pytest.skip("the image is made and tried with --full")
    if os.geteuid() != 0:
        pytest.skip("another root and another user need root")
    work = tmp_path_factory.mktemp("image")
    release = os.environ.get("PROBESWEEP_RELEASE")
    subprocess.run(
        [CONTAINER / "build", work / "image.tar", *(["--program", release] if release else [])], check=True)
    return work / "root", unpacked(work / "image.tar", work / "root")


def inside(image, script: str) -> subprocess.CompletedProcess:
    """Runs a shell script in the image: as its user, without capabilities, its root read-only but for /tmp, without any
    network but loopback."""
    root, configuration = image
    user, group = configuration["config"]["User"].split(":")
    variables = configuration["config"]["Env"]
    return subprocess.run(
        ["unshare", "--net", "--mount", "--propagation=private", "--pid", "--fork", "bash", "-ec", """
            root=$1 user=$2 group=$3 script=$4; shift 4
            ip link set lo up
            mount --bind "$root" "$root"
            cd "$root"
            mount -t proc proc proc
            mount -t tmpfs none tmp
            for it in null urandom; do mount --bind /dev/$it dev/$it 2>/dev/null || true; done
            mount -o remount,bind,ro "$root"
            exec chroot . /usr/bin/env -i "$@" /usr/bin/setpriv --reuid "$user" --regid "$group" --clear-groups \\
                --no-new-privs --bounding-set=-all --inh-caps=-all sh -ec "$script" """,
         "bash", root, user, group, script, *variables], capture_output=True, text=True)


def test_a_sweep_is_finished_in_the_image_by_its_user(image):
    (program,) = image[1]["config"]["Entrypoint"]
    answer = inside(image, f"""
        cd /tmp
        printf %s "{SWEEP}" >sweep.yaml
        {program} features synthesize features --samples 90 --tokens 4 --width 16 --classes 3
        {program} doctor --features features
        {program} run sweep.yaml --workers 2 --state state
        id -u""")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == "10001"
    assert "3/3" in answer.stdout


def test_the_image_has_the_licences_of_what_is_in_it(image):
    root = image[0]
    for package in ("libzmq5", "libsqlite3-0", "libssl3", "libc6"):
        assert (root / f"usr/share/doc/{package}/copyright").stat().st_size > 0
    assert any((root / "usr/local/share/doc/probesweep/licences").iterdir())


def test_nothing_in_the_image_belongs_to_its_user_but_its_home(image):
    root = image[0]
    answer = subprocess.run(["find", root, "-xdev", "-uid", "10001"], capture_output=True, text=True, check=True)
    owned = {str(Path(it).relative_to(root)) for it in answer.stdout.splitlines()}
    assert all(it.startswith("home/probesweep") for it in owned), owned
