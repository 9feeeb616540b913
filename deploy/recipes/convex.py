"""How near gradient training with every default comes to the optimum of the same convex problem.

Makes feature sets of small known data (scikit-learn's wine, breast cancer and digits, standardised, and five separable
blobs of 60 to 600 rows), runs one sweep over each with `probesweep`, and prints for each the metric of the solved linear
probe, of the gradient one, their paired difference over folds, and the marks of the gradient row.

    python convex.py PROBESWEEP FOLDER
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

SPEC = """name: {name}
features: {name}
folds: {{scheme: stratified, count: 5}}
probes:
  - {{type: linear, solver: auto}}
  - {{type: linear, solver: gradient}}
"""


def blobs(rows: int, classes: int = 5, width: int = 64) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(rows)
    centres = random.normal(size=(classes, width))
    labels = np.arange(rows) % classes
    return centres[labels] + 1.2 * random.normal(size=(rows, width)), labels


def sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    known = {
        "wine": datasets.load_wine(return_X_y=True),
        "breast-cancer": datasets.load_breast_cancer(return_X_y=True),
        "digits": datasets.load_digits(return_X_y=True),
    }
    known |= {f"blobs-{rows}": blobs(rows) for rows in (60, 150, 300, 600)}
    return known


def run(program: str, folder: pathlib.Path, name: str, features: np.ndarray, labels: np.ndarray) -> list[dict]:
    standardised = StandardScaler().fit_transform(features).astype(np.float32)
    np.save(folder / f"{name}.npy", standardised[:, None, :])
    (folder / f"{name}.csv").write_text(
        "id,label\n" + "".join(f"s{row},c{label}\n" for row, label in enumerate(labels))
    )
    if not (folder / name).exists():
        subprocess.run(
            [program, "features", "import", str(folder / name), "--name", name, "--backbone", "none", "--layer",
             f"0={folder / name}.npy", "--labels", str(folder / f"{name}.csv"), "--task", "label"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    spec = folder / f"{name}.yaml"
    spec.write_text(SPEC.format(name=name))
    state = folder / "state"
    subprocess.run(
        [program, "run", str(spec), "--state", str(state)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    table = subprocess.run(
        [program, "table", name, "--state", str(state), "--format", "json"], check=True, capture_output=True, text=True
    )
    return json.loads(table.stdout)


def main(program: str, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{'set':15} {'rows':>5} {'solved':>7} {'gradient':>8} {'difference':>10}  {'marks of the gradient row'}")
    for name, (features, labels) in sets().items():
        rows = {"logistic" not in row["label"]: row for row in run(program, folder, name, features, labels)}
        scores = {
            isGradient: np.array([fold["metrics"]["top1"] for fold in row["folds"]]) for isGradient, row in rows.items()
        }
        difference = scores[True] - scores[False]
        marks = ", ".join(mark["kind"] for mark in rows[True].get("marks", [])) or "none"
        print(
            f"{name:15} {len(labels):5} {scores[False].mean():7.4f} {scores[True].mean():8.4f} "
            f"{difference.mean():+10.4f}  {marks}"
        )


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
