"""Writes a ProbeSweep feature set: copy this file into your own project and call it.

    writer = FeatureSetWriter("my-features", "birds-vit", backbone="ViT-B/16", revision="sha256:…",
                              class_token=True, grid=(14, 14))
    for images in batches_in_order:                              # a shard is a run of samples, a few hundred MB at most
        for layer, tokens in enumerate(run_backbone(images)):    # [n, 1 + 196, 768]: class token first, then patches
            writer.add_shard(layer, f"block {layer}", tokens)
    writer.add_task("species", "classification", "top1", labels=labels, classes=200)
    writer.finish(ids=file_names, origin={"data": "birds, release 3"})

Samples of unequal length are given as a list of arrays [T_i, D]. docs/formats.md describes the files to the byte.
"""

import hashlib
import json
import pathlib

import numpy as np

FORMAT = 1


class FeatureSetWriter:
    """Layers shard by shard, then tasks, then the manifest: a folder without a manifest is an unfinished set."""

    def __init__(self, folder, name, backbone, revision, class_token, registers=0, grid=None, dtype="BF16"):
        self.folder = pathlib.Path(folder)
        self.dtype = dtype
        self.prefix = int(class_token) + registers
        self.layers = {}
        self.manifest = {
            "format": FORMAT,
            "name": name,
            "backbone": {"name": backbone, "revision": revision},
            "layout": {"classToken": class_token, "registers": registers, "grid": list(grid) if grid else None},
        }
        (self.folder / "layers").mkdir(parents=True, exist_ok=True)
        (self.folder / "tasks").mkdir(exist_ok=True)

    def add_shard(self, layer, layer_name, tokens, final_norm=False):
        """The next samples of a layer: an array [n, T, D], or a list of arrays [T_i, D]."""
        ragged = isinstance(tokens, list)
        lengths = [len(sample) for sample in tokens]
        rows = np.concatenate(tokens) if ragged else np.asarray(tokens)
        tensors = {"tokens": encode(rows, self.dtype)}
        if ragged:
            tensors["offsets"] = ("I64", np.cumsum([0, *lengths], dtype="<i8"))

        entry = self.layers.setdefault(
            layer, {"index": layer, "name": layer_name, "width": rows.shape[-1], "tokens": 0, "dtype": self.dtype,
                    "finalNorm": final_norm, "shards": []})
        entry["tokens"] = max(entry["tokens"], max(lengths) - self.prefix)
        file = f"layers/{layer}-{len(entry['shards']):05d}.safetensors"
        entry["shards"].append({**self.write_tensors(file, tensors), "samples": len(tokens)})

    def add_task(self, name, kind, metric, labels=None, scores=None, classes=1, class_names=None, samples=None,
                 groups=None, split=None):
        """One task: `labels` [n] or [n, C] of integers, or `scores` [n]. `samples` says which samples of the set the n
        rows are, if not all of them. Rows of one group stay on one side of grouped folds; `split` is 0 train, 1 test."""
        columns = {"samples": (samples, "I64", "<i8"), "scores": (scores, "F32", "<f4"), "groups": (groups, "I32", "<i4"),
                   "split": (split, "U8", "u1")}
        columns["labels"] = (labels, "U8", "u1") if np.ndim(labels) == 2 else (labels, "I32", "<i4")
        tensors = {key: (dtype, np.asarray(values, code))
                   for key, (values, dtype, code) in columns.items() if values is not None}
        header = {"format": FORMAT, "name": name, "kind": kind, "metric": metric, "classes": classes,
                  "classNames": class_names, "data": self.write_tensors(f"tasks/{name}.safetensors", tensors)}
        write_json(self.folder / "tasks" / f"{name}.json", header)

    def finish(self, ids=None, origin=None):
        """Writes ids and, last of all, the manifest."""
        layers = [self.layers[index] for index in sorted(self.layers)]
        self.manifest["samples"] = sum(shard["samples"] for shard in layers[0]["shards"])
        self.manifest["layers"] = layers
        if ids is not None:
            (self.folder / "ids.txt").write_text("".join(f"{id}\n" for id in ids), encoding="utf-8")
            self.manifest["ids"] = {"file": "ids.txt", "sha256": sha256(self.folder / "ids.txt")}
        if origin is not None:
            self.manifest["origin"] = origin
        write_json(self.folder / "featureset.json", self.manifest)

    def write_tensors(self, file, tensors):
        """Writes {name: (dtype, array)} as safetensors and returns the manifest's reference to the file."""
        path = self.folder / file
        write_safetensors(path, tensors)
        return {"file": file, "sha256": sha256(path)}


def write_safetensors(path, tensors):
    """{name: (dtype, array)} → length of the header, header, the arrays' bytes without gaps.

    By hand, because NumPy has no BF16 to hand to a library. Wide elements go first and the header is padded to eight
    bytes, so that every array is aligned.
    """
    header, end = {}, 0
    tensors = dict(sorted(tensors.items(), key=lambda item: -item[1][1].itemsize))
    for name, (dtype, array) in tensors.items():
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in tensors.values():
            array.tofile(file)


def encode(array, dtype):
    """(dtype, array of the dtype's bytes): NumPy has no BF16, so its bits travel as 16-bit integers."""
    if dtype == "BF16":
        return dtype, array if array.dtype == np.uint16 else bfloat16_bits(array)
    return dtype, array.astype({"F16": "<f2", "F32": "<f4"}[dtype], copy=False)


def bfloat16_bits(array):
    """float32 → BF16 bits, rounded to nearest, ties to even (no NaN expected)."""
    bits = np.ascontiguousarray(array, "<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path, value):
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
