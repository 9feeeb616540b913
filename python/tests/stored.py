"""Reads feature sets for tests, by the format's description alone and without the package."""

import json

import numpy as np


def manifest(folder):
    return json.loads((folder / "featureset.json").read_text())


def lines(folder, name):
    return (folder / name).read_text().splitlines()


def tensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    codes = {"BF16": "<u2", "F16": "<f2", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}
    arrays = {}
    for name, entry in header.items():
        array = np.frombuffer(body[slice(*entry["data_offsets"])], codes[entry["dtype"]]).reshape(entry["shape"])
        arrays[name] = (array.astype("<u4") << 16).view("<f4") if entry["dtype"] == "BF16" else array
    return arrays


def samples(folder, layer):
    """A list of float arrays [T_i, D], one for each sample."""
    entry = next(entry for entry in manifest(folder)["layers"] if entry["index"] == layer)
    found = []
    for shard in entry["shards"]:
        arrays = tensors(folder / shard["file"])
        if "offsets" in arrays:
            found += np.split(arrays["tokens"], arrays["offsets"][1:-1])
        else:
            found += list(arrays["tokens"])
    return found


def task(folder, name):
    header = json.loads((folder / "tasks" / f"{name}.json").read_text())
    return header, tensors(folder / header["data"]["file"])
