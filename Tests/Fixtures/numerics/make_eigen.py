"""Writes eigen.json: eigenvalues and eigenvectors by LAPACK, and preparations of vectors by NumPy and scikit-learn.

    python -m venv venv && venv/bin/pip install scikit-learn && venv/bin/python make_eigen.py

`symmetric` are matrices with small whole numbers, so that the file is exact, and their eigenvalues, falling. `vectors` are
rows of features rounded to multiples of 1/64, which single precision holds exactly; for each set the eigenvalues and
components of the covariance, both standardised, and the shrinkage of Ledoit and Wolf. `few` has fewer rows than dimensions.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.covariance import ledoit_wolf_shrinkage

generator = np.random.default_rng(15)


def symmetric(size, low=-9, high=10):
    half = generator.integers(low, high, size=(size, size))
    matrix = np.tril(half) + np.tril(half, -1).T
    return {"matrix": matrix.tolist(), "values": np.linalg.eigvalsh(matrix)[::-1].tolist()}


def signed(rows):
    signs = np.sign(rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)])
    return rows * signs[:, None]


def vectors(rows, width):
    mixture = generator.normal(size=(width, width)) * np.linspace(2, 0.1, width)
    features = generator.normal(size=(rows, width)) @ mixture + generator.normal(size=width) * 5
    features = np.round(features * 64) / 64
    centred = features - features.mean(axis=0)
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    values = singular**2 / rows
    rank = int((values > max(rows, width) * 2.0**-52 * values[0]).sum())
    return {
        "features": features.tolist(),
        "deviations": features.std(axis=0).tolist(),
        "values": values[:rank].tolist(),
        "components": signed(directions[:rank]).tolist(),
        "shrinkage": float(ledoit_wolf_shrinkage(features)),
        "mean_value": float(values.sum() / width),
    }


cases = [symmetric(size) for size in (1, 2, 3, 7, 24)]
projection = generator.integers(-3, 4, size=(4, 15))
singular = projection.T @ projection
cases.append({"matrix": singular.tolist(), "values": np.linalg.eigvalsh(singular)[::-1].tolist()})
content = {
    "numpy": np.__version__, "sklearn": sklearn.__version__, "symmetric": cases,
    "many": vectors(60, 9), "few": vectors(8, 12),
}
pathlib.Path(__file__).with_name("eigen.json").write_text(json.dumps(content) + "\n")
