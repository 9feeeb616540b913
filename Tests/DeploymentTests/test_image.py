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


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="there is no skopeo to read the archive")
@pytest.mark.parametrize("source", ["oci-archive:{}:1.2.3", "docker-archive:{}:probesweep:1.2.3"])
def test_skopeo_reads_the_archive_in_both_formats(small, tmp_path, source):
    subprocess.run(
        ["skopeo", "--insecure-policy", "--tmpdir", tmp_path, "copy", "--quiet", source.format(small),
         f"dir:{tmp_path / 'copy'}"], check=True)
    manifest = json.loads((tmp_path / "copy/manifest.json").read_text())
    assert len(manifest["layers"]) == 2


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
