"""Writes ridge.json: ridge regression and least squares as scikit-learn and LAPACK solve them.

    python -m venv venv && venv/bin/pip install scikit-learn && venv/bin/python make_ridge.py

Features are 160 rows of 14 numbers far from zero, rounded to four decimals so that the file is exact. `numbers` are three
linear functions of them with noise, `labels` four classes. `shortest` is least squares on features whose last four columns are
sums of others: of all solutions the shortest, by the pseudo-inverse of the centred features.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier

generator = np.random.default_rng(8)
rows, width, classes = 160, 14, 4
scales = generator.uniform(0.1, 5, width)
features = np.round(generator.normal(size=(rows, width)) * scales + generator.normal(size=width) * 20, 4)
numbers = np.round(features @ generator.normal(size=(width, 3)) + generator.normal(size=(rows, 3)) * 3 + 100, 4)
labels = np.argsort(np.argsort(features @ generator.normal(size=width) + generator.normal(size=rows) * 9)) * classes // rows


def fit(model, targets):
    model.fit(features, targets)
    return {"weights": model.coef_.tolist(), "intercepts": model.intercept_.tolist()}


fits = []
for penalty in [0.0, 0.001, 1.0, 50.0, 10000.0]:
    regression = LinearRegression() if penalty == 0 else Ridge(alpha=penalty, solver="svd")
    classification = None if penalty == 0 else fit(RidgeClassifier(alpha=penalty, solver="svd"), labels)
    fits.append({"penalty": penalty, "numbers": fit(regression, numbers), "classes": classification})

mixture = generator.integers(-1, 2, size=(width - 4, 4))
dependent = np.round(np.hstack([features[:, :-4], features[:, :-4] @ mixture]), 4)
means = dependent.mean(axis=0)
weights = np.linalg.lstsq(dependent - means, numbers - numbers.mean(axis=0), rcond=1e-10)[0].T

fixture = {
    "scikit-learn": sklearn.__version__,
    "classes": classes,
    "features": features.tolist(),
    "numbers": numbers.tolist(),
    "labels": labels.tolist(),
    "fits": fits,
    "dependent": dependent.tolist(),
    "shortest": {"weights": weights.tolist(), "intercepts": (numbers.mean(axis=0) - weights @ means).tolist()},
}
path = pathlib.Path(__file__).with_name("ridge.json")
path.write_text(json.dumps(fixture) + "\n")
