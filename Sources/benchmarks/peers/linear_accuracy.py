"""scikit-learn's logistic regression on the mean token, on the folds that ProbeSweep used.

    probesweep features folds sample-data/wordnet lexname > folds.csv
    python Sources/benchmarks/peers/linear_accuracy.py sample-data/wordnet lexname folds.csv --layer 5

Needs numpy and scikit-learn. The penalty is chosen as ProbeSweep's spec does: on a tenth of each training fold.
"""

import argparse
import csv
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split


def safetensors(path):
    """The tensors of a file as NumPy arrays; bfloat16 is widened to float32."""
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    length = int(raw[:8].view("<u8")[0])
    header = json.loads(bytes(raw[8 : 8 + length]))
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        data = raw[begin:end]
        if entry["dtype"] == "BF16":
            array = (data.view("<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            array = data.view({"I64": "<i8", "I32": "<i4", "F32": "<f4", "F16": "<f2", "U8": "u1"}[entry["dtype"]])
        arrays[name] = array.reshape(entry["shape"])
    return arrays


def mean_tokens(folder, layer, manifest):
    """The mean of each sample's patch tokens."""
    prefix = int(manifest["layout"]["classToken"]) + manifest["layout"].get("registers", 0)
    means = []
    for shard in next(l for l in manifest["layers"] if l["index"] == layer)["shards"]:
        arrays = safetensors(folder / shard["file"])
        tokens = arrays["tokens"]
        if "offsets" not in arrays:
            means.extend(tokens[:, prefix:].astype(np.float64).mean(axis=1))
            continue
        offsets = arrays["offsets"]
        for start, end in zip(offsets[:-1], offsets[1:]):
            means.append(tokens[start + prefix : end].astype(np.float64).mean(axis=0))
    return np.array(means, dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("task")
    parser.add_argument("folds", type=pathlib.Path)
    parser.add_argument("--layer", type=int, default=5)
    parser.add_argument("--penalties", type=float, nargs="+", default=[0.1, 1, 10], help="C, as in the sweep's spec")
    options = parser.parse_args()

    manifest = json.loads((options.features / "featureset.json").read_text())
    ids = (options.features / "ids.txt").read_text().split("\n")
    place = {sample: index for index, sample in enumerate(ids)}
    rows = list(csv.DictReader(options.folds.open()))
    task = safetensors(options.features / "tasks" / f"{options.task}.safetensors")
    features = mean_tokens(options.features, options.layer, manifest)[[place[row["id"]] for row in rows]]
    labels = task["labels"]
    folds = np.array([int(row["fold"]) for row in rows])

    scores = []
    for fold in range(folds.max() + 1):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inner, held = train_test_split(train, test_size=0.1, stratify=labels[train], random_state=0)
        fitted = [
            LogisticRegression(C=penalty, max_iter=1000).fit(features[inner], labels[inner]) for penalty in options.penalties
        ]
        best = max(fitted, key=lambda model: model.score(features[held], labels[held]))
        scores.append(best.score(features[test], labels[test]))
        print(f"fold {fold}: top-1 {scores[-1]:.4f} at C = {best.C}")
    error = np.std(scores, ddof=1) / np.sqrt(len(scores))
    print(f"mean {np.mean(scores):.4f}, standard error {error:.4f}")


if __name__ == "__main__":
    main()
