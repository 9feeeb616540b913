"""Writes a ProbeSweep feature set: NumPy is all that this file needs, so it may be copied into other projects.

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
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

FORMAT = 1

Array = np.ndarray[Any, np.dtype[Any]]
Tokens = Array | Sequence[Array]
Tensors = Mapping[str, tuple[str, Array]]
Bytes = bytes | memoryview

ELEMENT_BYTES = {"BF16": 2, "F16": 2, "F32": 4}
LARGEST = {"BF16": float.fromhex("0x1.fep127"), "F16": 65504.0, "F32": float.fromhex("0x1.fffffep127")}
"""The largest number of each stored type."""


class FeatureSetWriter:
    """Layers shard by shard, then tasks, then the manifest: a folder without a manifest is an unfinished set.

    Every file is written under another name, flushed to the disk and then renamed: a file that is there is whole.
    """

    def __init__(self, folder: str | os.PathLike[str], name: str, backbone: str, revision: str, class_token: bool,
                 registers: int = 0, grid: Sequence[int] | None = None, dtype: str = "BF16") -> None:
        self.folder = pathlib.Path(folder)
        self.dtype = dtype
        self.prefix = int(class_token) + registers
        self.layers: dict[int, dict[str, Any]] = {}
        self.manifest: dict[str, Any] = {
            "format": FORMAT,
            "name": name,
            "backbone": {"name": backbone, "revision": revision},
            "layout": {"classToken": class_token, "registers": registers, "grid": list(grid) if grid else None},
        }
        (self.folder / "layers").mkdir(parents=True, exist_ok=True)
        (self.folder / "tasks").mkdir(exist_ok=True)

    def add_shard(self, layer: int, layer_name: str, tokens: Tokens, final_norm: bool = False) -> None:
        """The next samples of a layer: an array [n, T, D], or a list of arrays [T_i, D]."""
        shards = self.layers[layer]["shards"] if layer in self.layers else []
        self.record_shard(layer, layer_name, self.write_shard(layer, len(shards), tokens), final_norm)

    def write_shard(self, layer: int, position: int, tokens: Tokens) -> dict[str, Any]:
        """Writes the shard of a layer at `position` without entering it in the manifest, which `record_shard` does with
        what is returned, in this run or, after an interruption, in the next."""
        lengths = [len(sample) for sample in tokens]
        ragged = not isinstance(tokens, np.ndarray)
        rows = np.concatenate(list(tokens)) if ragged else np.asarray(tokens)
        tensors = {"tokens": encode(rows, self.dtype)}
        if ragged:
            tensors["offsets"] = ("I64", np.cumsum([0, *lengths], dtype="<i8"))
        reference = self.write_tensors(f"layers/{layer}-{position:05d}.safetensors", tensors)
        return {**reference, "samples": len(lengths), "width": rows.shape[-1], "longest": max(lengths)}

    def record_shard(self, layer: int, layer_name: str, shard: Mapping[str, Any], final_norm: bool = False) -> None:
        """Enters a shard that `write_shard` wrote as the next of its layer."""
        entry = self.layers.setdefault(
            layer, {"index": layer, "name": layer_name, "width": shard["width"], "tokens": 0, "dtype": self.dtype,
                    "finalNorm": final_norm, "shards": []})
        entry["tokens"] = max(entry["tokens"], shard["longest"] - self.prefix)
        entry["shards"].append({key: shard[key] for key in ("file", "sha256", "samples")})

    def add_task(self, name: str, kind: str, metric: str, labels: Any = None, scores: Any = None, classes: int = 1,
                 class_names: Sequence[str] | None = None, samples: Any = None, groups: Any = None,
                 group_names: Sequence[str] | None = None, split: Any = None, types: Any = None) -> None:
        """One task: `labels` [n] or [n, C] of integers, or `scores` [n]. `samples` says which samples of the set the n
        rows are, if not all of them. Rows of one group stay on one side of grouped folds; `group_names` are in the
        order of the groups' numbers, and hashed folds need them. `split` is 0 train, 1 test. `types` are what rows are
        instances of, for the control of that name."""
        header, tensors = described_task(
            name, kind, metric, labels, scores, classes, class_names, samples, groups, group_names, split, types)
        write_whole(self.folder / header["data"]["file"], safetensors_parts(tensors))
        write_json(self.folder / "tasks" / f"{name}.json", header)

    def describe_backbone(self, **facts: Any) -> None:
        """Adds `pretrainedOn` or `randomWeights`."""
        self.manifest["backbone"].update(without_nothing(facts))

    def finish(self, ids: Iterable[str] | None = None, origin: Mapping[str, str] | None = None,
               files: Iterable[str] | None = None, token_texts: Iterable[Sequence[str]] | None = None,
               **facts: Any) -> None:
        """Writes what lies beside the tokens (ids; each sample's file; the text of each stored token) and, last of all,
        the manifest. `facts` are its further fields: `preprocessing`, `secondsPerToken`, `notes`."""
        layers = [self.layers[index] for index in sorted(self.layers)]
        self.manifest["samples"] = sum(shard["samples"] for shard in layers[0]["shards"])
        self.manifest["layers"] = layers
        lines: dict[str, tuple[str, Iterable[str] | None]] = {
            "ids": ("ids.txt", ids),
            "files": ("files.txt", files),
            "tokenTexts": ("tokens.jsonl", None if token_texts is None else
                           [json.dumps(texts, ensure_ascii=False) for texts in token_texts]),
        }
        for field, (file, values) in lines.items():
            if values is not None:
                self.manifest[field] = self.write_lines(file, values)
        self.manifest.update(without_nothing({"origin": origin, **facts}))
        write_json(self.folder / "featureset.json", self.manifest)

    def write_tensors(self, file: str, tensors: Tensors) -> dict[str, str]:
        """Writes {name: (dtype, array)} as safetensors and returns the manifest's reference to the file."""
        path = self.folder / file
        write_safetensors(path, tensors)
        return {"file": file, "sha256": sha256(path)}

    def write_lines(self, file: str, lines: Iterable[str]) -> dict[str, str]:
        path = self.folder / file
        write_whole(path, (f"{line}\n".encode() for line in lines))
        return {"file": file, "sha256": sha256(path)}


def add_boxes(folder: str | os.PathLike[str], boxes: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Adds where the objects of samples lie to a finished set: the boxes (x0, y0, x1, y1) of each sample by its id, as shares of
    the width and height of what the token grid covers, from the top left corner. A sample may have none.

    - Throws: `ValueError` if the set has no grid or no such sample, or a box is empty or leaves the picture.
    """
    folder = pathlib.Path(folder)
    known = set(ids_of(folder, with_grid(folder)))
    for sample, of_sample in boxes.items():
        if sample not in known:
            raise ValueError(f"{folder}: no sample has the id {sample!r}; give boxes by the ids in ids.txt")
        for box in of_sample:
            if len(box) != 4 or not (0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
                raise ValueError(f"the box {list(box)} of {sample!r} is not x0 < x1 and y0 < y1 within 0 and 1; divide by "
                                 "width and height")
    lines = (json.dumps({"sample": sample, "boxes": [list(map(float, box)) for box in of_sample]}, ensure_ascii=False)
             for sample, of_sample in boxes.items())
    write_whole(folder / "boxes.jsonl", (f"{line}\n".encode() for line in lines))
    add_regions(folder, "boxes", "boxes.jsonl")


def add_masks(folder: str | os.PathLike[str], masks: Array) -> None:
    """Adds what share of each patch token's area belongs to the object to a finished set: [n, T] in the order of samples and
    tokens, or [n, rows, columns]. A sample whose shares are all 0 has no object.

    - Throws: `ValueError` if the set has no grid or another shape, or a share is not within 0 and 1.
    """
    folder = pathlib.Path(folder)
    manifest = with_grid(folder)
    rows, columns = manifest["layout"]["grid"]
    shares = np.asarray(masks, "<f4")
    if shares.shape not in ((manifest["samples"], rows * columns), (manifest["samples"], rows, columns)):
        raise ValueError(f"masks have the shape {shares.shape}; {folder} has {manifest['samples']} samples on a grid of "
                         f"{rows} × {columns}")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("masks are shares of a token's area, 0 to 1")
    write_safetensors(folder / "masks.safetensors", {"masks": ("F32", shares.reshape(len(shares), -1))})
    add_regions(folder, "masks", "masks.safetensors")


def with_grid(folder: pathlib.Path) -> dict[str, Any]:
    """The manifest of a finished set.

    - Throws: `ValueError` if its tokens lie on no grid.
    """
    manifest: dict[str, Any] = json.loads((folder / "featureset.json").read_text(encoding="utf-8"))
    if manifest["layout"].get("grid") is None:
        raise ValueError(f"{folder}: layout.grid is missing, and without rows and columns no token has a place")
    return manifest


def ids_of(folder: pathlib.Path, manifest: Mapping[str, Any]) -> list[str]:
    """Positions, where the set has no ids."""
    if not manifest.get("ids"):
        return [str(place) for place in range(manifest["samples"])]
    text = (folder / str(manifest["ids"]["file"])).read_text(encoding="utf-8")
    return text.removesuffix("\n").split("\n")


def add_regions(folder: pathlib.Path, field: str, file: str) -> None:
    """Enters boxes or masks in the manifest, one in the place of the other."""
    path = folder / "featureset.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for other in ("boxes", "masks"):
        manifest.pop(other, None)
    write_json(path, {**manifest, field: {"file": file, "sha256": sha256(folder / file)}})


def described_task(name: str, kind: str, metric: str, labels: Any = None, scores: Any = None, classes: int = 1,
                   class_names: Sequence[str] | None = None, samples: Any = None, groups: Any = None,
                   group_names: Sequence[str] | None = None, split: Any = None,
                   types: Any = None) -> tuple[dict[str, Any], Tensors]:
    """The header of a task, with the digest of its arrays, and the arrays.

    - Throws: `ValueError` if the name is none: files are called by it.
    """
    if not is_task_name(name):
        raise ValueError(f"{name!r} is no name of a task: use letters, digits, - _ .")
    columns = {"samples": (samples, "I64", "<i8"), "scores": (scores, "F32", "<f4"), "groups": (groups, "I32", "<i4"),
               "types": (types, "I32", "<i4"), "split": (split, "U8", "u1")}
    columns["labels"] = (labels, "U8", "u1") if np.ndim(labels) == 2 else (labels, "I32", "<i4")
    tensors = {key: (dtype, np.asarray(values, code))
               for key, (values, dtype, code) in columns.items() if values is not None}
    digest = hashlib.sha256(b"".join(map(bytes, safetensors_parts(tensors)))).hexdigest()
    return {"format": FORMAT, "name": name, "kind": kind, "metric": metric, "classes": classes,
            "classNames": class_names, **({"groupNames": list(group_names)} if group_names else {}),
            "data": {"file": f"tasks/{name}.safetensors", "sha256": digest}}, tensors


def is_task_name(name: str) -> bool:
    return bool(name) and all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in name)


def write_safetensors(path: pathlib.Path, tensors: Tensors, metadata: Mapping[str, str] | None = None) -> None:
    """{name: (dtype, array)} as a safetensors file."""
    write_whole(path, safetensors_parts(tensors, metadata))


def safetensors_parts(tensors: Tensors, metadata: Mapping[str, str] | None = None) -> Iterator[Bytes]:
    """{name: (dtype, array)} → length of the header, header, the arrays' bytes without gaps.

    By hand, because NumPy has no BF16 to hand to a library. Wide elements go first and the header is padded to eight
    bytes, so that every array is aligned.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    tensors = dict(sorted(tensors.items(), key=lambda item: -item[1][1].itemsize))
    for name, (dtype, array) in tensors.items():
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for _, array in tensors.values():
        # An array without elements has no bytes to look at.
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data if array.size else b""


def write_json(path: pathlib.Path, value: Any) -> None:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(path, [text.encode()])


def write_whole(path: pathlib.Path, parts: Iterable[Bytes]) -> None:
    """Under another name, flushed to the disk, then renamed: a file that is there is whole."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def encode(array: Array, dtype: str) -> tuple[str, Array]:
    """(dtype, array of the dtype's bytes): NumPy has no BF16, so its bits travel as 16-bit integers."""
    if dtype == "BF16":
        return dtype, array if array.dtype == np.uint16 else bfloat16_bits(array)
    return dtype, array.astype({"F16": "<f2", "F32": "<f4"}[dtype], copy=False)


def bfloat16_bits(array: Array) -> Array:
    """float32 → BF16 bits, rounded to nearest, ties to even (no NaN expected)."""
    bits = np.ascontiguousarray(array, "<f4").view("<u4")
    rounded: Array = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    return rounded


def bfloat16_values(bits: Array) -> Array:
    """BF16 bits → float32."""
    values: Array = (bits.astype("<u4") << 16).view("<f4")
    return values


def sha256(path: str | os.PathLike[str]) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def without_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in facts.items() if value is not None}
