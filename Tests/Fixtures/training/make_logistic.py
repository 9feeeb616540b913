"""Writes logistic.json: multinomial logistic regression as scikit-learn solves it.

    python -m venv venv && venv/bin/pip install scikit-learn && venv/bin/python make_logistic.py

Features are 180 rows of 12 numbers in four overlapping classes, rounded to four decimals so that the file is exact.
Coefficients are fitted by Newton's method to a gradient of 1e-12 in double precision, so that the optimum is exact
to all digits that matter; the objective is that of all of scikit-learn's solvers:
(1/n) sum of cross-entropies + 1/(2 C n) sum of squared weights, intercepts free.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

generator = np.random.default_rng(5)
classes, rows, width = 4, 180, 12
centres = generator.normal(size=(classes, width))
labels = generator.integers(0, classes, size=rows)
features = np.round(centres[labels] * 0.6 + generator.normal(size=(rows, width)) * generator.uniform(0.3, 3, width), 4)
training, test = slice(0, 120), slice(120, rows)

fits = []
for penalty in [0.001, 0.1, 1.0, 100.0]:
    model = LogisticRegression(C=penalty, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(features[training], labels[training])
    probabilities = model.predict_proba(features)
    loss = -np.mean(np.log(probabilities[training][np.arange(120), labels[training]]))
    fits.append(
        {
            "penalty": penalty,
            "objective": loss + (model.coef_**2).sum() / (2 * penalty * 120),
            "loss": loss,
            "accuracy": float((model.predict(features[test]) == labels[test]).mean()),
            "probabilities": np.round(probabilities[test], 9).tolist(),
        }
    )

fixture = {
    "scikit-learn": sklearn.__version__,
    "classes": classes,
    "training": 120,
    "features": features.tolist(),
    "labels": labels.tolist(),
    "fits": fits,
}
path = pathlib.Path(__file__).with_name("logistic.json")
path.write_text(json.dumps(fixture) + "\n")
