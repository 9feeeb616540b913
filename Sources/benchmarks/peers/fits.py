"""scikit-learn's logistic regression, ridge regression and k-NN on the vectors that `benchmarks training --keep FOLDER` leaves behind.

    benchmarks training --cases logistic-large --cases ridge-large --cases knn-large --keep /tmp/vectors
    python Sources/benchmarks/peers/fits.py /tmp/vectors/vectors --threads 1

Needs numpy, scikit-learn and threadpoolctl. Logistic regression: the penalties of the case on one training fold of ten,
each from the solution before it, as ProbeSweep does. k-NN: for each of ten folds one search for the largest k by Euclidean
distance on vectors of length one, which is scikit-learn's fastest brute force and orders as the cosine does; votes of all
k come from it. Ridge regression: each of seven penalties on the inner training rows of each of ten folds.

    benchmarks logistic --keep /tmp/vectors --output /tmp/objectives.json
    python Sources/benchmarks/peers/fits.py /tmp/vectors/vectors --only "logistic regression" --beside /tmp/objectives.json

ends each fit of scikit-learn's at the first iteration within 1e-4 of the objective that ProbeSweep found on the same rows:
an end that nobody knows beforehand, so that scikit-learn takes longer in use. Both take as many folds as
`benchmarks logistic --folds` had; joblib gives each of --threads processes folds.
"""

import argparse
import json
import pathlib
import time
import warnings
from functools import partial

import numpy as np
import sklearn.linear_model._logistic as implementation
from joblib import Parallel, delayed
from linear_accuracy import mean_tokens
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

PENALTIES, RIDGE_PENALTIES = np.logspace(-6, 5, 45), [0.001, 0.01, 0.1, 1, 10, 100, 1000]
NEIGHBOURS, TEMPERATURE, FOLDS, CLASSES = [10, 20, 100, 200], 0.07, 10, 100


def objective(model, vectors, labels):
    logits = vectors @ model.coef_.T.astype(np.float64) + model.intercept_
    top = logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0] - logits[np.arange(len(labels)), labels]
    return losses.mean() + (model.coef_**2).sum() / (2 * model.C * len(labels))


def minimize_until(target, minimize, *arguments, **settings):
    """SciPy's minimize, ended by the first iteration whose objective is at most the target's value."""

    def check(intermediate_result):
        if intermediate_result.fun <= target["objective"] or time.process_time() > target["deadline"]:
            raise StopIteration

    return minimize(*arguments, **{**settings, "callback": check})


def logistic(vectors, labels, folds, options):
    """Every fold's path of penalties; returns the seconds of processor time that the processes took."""
    beside = json.loads(options.beside.read_text()) if options.beside else [None]
    paths = Parallel(n_jobs=options.threads)(
        delayed(logistic_path)(vectors, labels, folds != fold, fold, theirs, options) for fold, theirs in enumerate(beside)
    )
    for lines, _ in paths:
        print("\n".join(lines))
    return sum(seconds for _, seconds in paths)


def logistic_path(vectors, labels, is_training, fold, beside, options):
    training = np.flatnonzero(is_training)
    training = training[np.arange(len(training)) // CLASSES % 10 != 0]
    vectors, labels, lines, begin = vectors[training], labels[training], [], time.process_time()
    target, minimize = {}, implementation.optimize.minimize
    if beside:
        warnings.filterwarnings("ignore")
        implementation.optimize.minimize = partial(minimize_until, target, minimize)
    model = LogisticRegression(tol=1e-9 if beside else options.tolerance, max_iter=1000, warm_start=True)
    for place, penalty in list(enumerate(PENALTIES))[:: options.every]:
        start, processor = time.perf_counter(), time.process_time()
        ours = beside[place][1] if beside else np.nan
        target.update(objective=(1 + 1e-4) * ours, deadline=processor + 120)
        model.set_params(C=penalty).fit(vectors, labels)
        seconds, found = time.process_time() - processor, objective(model, vectors, labels)
        spent = f"{time.perf_counter() - start:.2f} s ({seconds:.2f})"
        distance = f", {found / ours - 1:+.1e} of ProbeSweep's, {seconds / beside[place][2]:.1f} times its time" if beside else ""
        lines.append(
            f"  fold {fold}, C={penalty:.3g}: {model.n_iter_[0]} iterations, {spent}, objective {found:.7f}{distance}"
        )
    implementation.optimize.minimize = minimize
    return lines, time.process_time() - begin


def ridge(vectors, labels, folds, options):
    for fold in range(FOLDS):
        training = np.flatnonzero(folds != fold)
        held_back = np.arange(len(training)) // CLASSES % 10 == 0
        training, validation = training[~held_back], training[held_back]
        for penalty in RIDGE_PENALTIES:
            model = RidgeClassifier(alpha=penalty).fit(vectors[training], labels[training])
            model.score(vectors[validation], labels[validation])


def neighbours(vectors, labels, folds, options):
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for fold in range(FOLDS):
        training, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        index = NearestNeighbors(n_neighbors=max(NEIGHBOURS), algorithm="brute").fit(vectors[training])
        distances, found = index.kneighbors(vectors[test])
        weights = np.exp((1 - distances**2 / 2) / TEMPERATURE)
        for count in NEIGHBOURS:
            votes = np.zeros((len(test), CLASSES), dtype=np.float32)
            np.add.at(votes, (np.arange(len(test))[:, None], labels[training][found[:, :count]]), weights[:, :count])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=1e-4, help="tol of logistic regression")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth penalty")
    parser.add_argument("--beside", type=pathlib.Path, help="what `benchmarks logistic --output` wrote")
    parser.add_argument("--only", choices=("k-NN", "ridge regression", "logistic regression"))
    options = parser.parse_args()
    manifest = json.loads((options.features / "featureset.json").read_text())
    vectors = mean_tokens(options.features, 0, manifest)
    labels = np.arange(len(vectors)) % CLASSES
    folds = (np.arange(len(vectors)) // CLASSES) % FOLDS
    with threadpool_limits(options.threads):
        for name, work in (("k-NN", neighbours), ("ridge regression", ridge), ("logistic regression", logistic)):
            if options.only not in (None, name):
                continue
            start, processor = time.perf_counter(), time.process_time()
            elsewhere = work(vectors, labels, folds, options)
            spent = elsewhere or time.process_time() - processor
            print(f"{name}: {time.perf_counter() - start:.2f} s ({spent:.2f} s of processor time)")


if __name__ == "__main__":
    main()
