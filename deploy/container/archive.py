"""Writes layers as an image's archive: the layout of the Open Container Initiative, which podman, skopeo and containerd read,
with the one file more that `docker load` needs. podman and containerd load it as localhost/NAME:VERSION.

The same layers and arguments make the same bytes.
"""

import argparse
import gzip
import hashlib
import io
import json
import tarfile
from datetime import datetime, timezone
from pathlib import Path

USER = "10001:10001"
TYPES = "application/vnd.oci.image"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--created", type=int, required=True, help="seconds since 1970")
    parser.add_argument("layers", type=Path, nargs="+", help="tar files, the lowest first")
    options = parser.parse_args()
    files = image(options.name, options.version, options.created, [path.read_bytes() for path in options.layers])
    partial = options.output.with_name(options.output.name + ".partial")
    with tarfile.open(partial, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), options.created, 0o644
            archive.addfile(entry, io.BytesIO(content))
    partial.rename(options.output)


def image(name: str, version: str, created: int, layers: list[bytes]) -> dict[str, bytes]:
    """The files of the archive, by name."""
    time = datetime.fromtimestamp(created, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    packed = [gzip.compress(layer, 6, mtime=0) for layer in layers]
    configuration = text({
        "architecture": "amd64",
        "os": "linux",
        "created": time,
        "config": {
            "User": USER,
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/probesweep"],
            "Entrypoint": ["/usr/local/bin/probesweep"],
            "WorkingDir": "/home/probesweep",
            "Labels": {
                "org.opencontainers.image.title": name,
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
        "history": [{"created": time, "created_by": "deploy/container/build"} for _ in layers],
    })
    manifest = text({
        "schemaVersion": 2,
        "mediaType": f"{TYPES}.manifest.v1+json",
        "config": descriptor(f"{TYPES}.config.v1+json", configuration),
        "layers": [descriptor(f"{TYPES}.layer.v1.tar+gzip", layer) for layer in packed],
    })
    index = {
        "schemaVersion": 2,
        "mediaType": f"{TYPES}.index.v1+json",
        "manifests": [
            {**descriptor(f"{TYPES}.manifest.v1+json", manifest), "annotations": {
                "org.opencontainers.image.ref.name": version,  # by which skopeo finds it
                "io.containerd.image.name": f"localhost/{name}:{version}",  # without it, podman names the image after the version
            }}
        ],
    }
    for_docker = [{
        "Config": blob(configuration),
        "RepoTags": [f"{name}:{version}", f"{name}:latest"],
        "Layers": [blob(layer) for layer in packed],
    }]
    files = {blob(it): it for it in [*packed, configuration, manifest]}
    files["index.json"] = text(index)
    files["manifest.json"] = text(for_docker)
    files["oci-layout"] = text({"imageLayoutVersion": "1.0.0"})
    return dict(sorted(files.items()))


def descriptor(kind: str, content: bytes) -> dict:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def blob(content: bytes) -> str:
    return "blobs/sha256/" + hashlib.sha256(content).hexdigest()


def text(value) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode()


if __name__ == "__main__":
    main()
