"""Makes estimates.json: quantiles and tails of Student's t, and Nadeau–Bengio intervals, by SciPy.

Run with SciPy and NumPy installed:  python estimates.py > estimates.json
"""

import json

import numpy
from scipy import stats

quantiles = [
    {"degrees": degrees, "probability": probability, "quantile": float(stats.t.ppf(probability, degrees))}
    for degrees in [1, 2, 4, 9, 29, 99, 1000]
    for probability in [0.025, 0.4, 0.5, 0.9, 0.975, 0.9995]
]
tails = [
    {"degrees": degrees, "t": t, "tail": float(stats.t.sf(t, degrees))}
    for degrees in [1, 3, 4.5, 9, 99]
    for t in [0.0, 0.1, 1.0, 2.5, 10.0, 60.0]
]


def interval(name, values, folds):
    """correctR's kfold/repkfold variance: (1/n + 1/(k-1)) s²."""
    values = numpy.asarray(values)
    n = len(values)
    half = stats.t.ppf(0.975, n - 1) * numpy.sqrt((1 / n + 1 / (folds - 1)) * values.var(ddof=1))
    return {"name": name, "values": values.tolist(), "folds": folds, "mean": float(values.mean()),
            "deviation": float(values.std(ddof=1)), "halfWidth": float(half)}


random = numpy.random.default_rng(1)
intervals = [
    interval("five folds", random.normal(0.8, 0.01, 5), 5),
    interval("ten folds, ten repeats", random.normal(0.8, 0.02, 100), 10),
    interval("two folds", [0.5, 0.75], 2),
    interval("equal folds", [0.25] * 5, 5),
]
print(json.dumps({"quantiles": quantiles, "tails": tails, "intervals": intervals}, indent=1))
