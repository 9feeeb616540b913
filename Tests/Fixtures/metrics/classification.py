"""Makes classification.json: metrics of random and degenerate classification scores, by scikit-learn and NumPy.

Where scores tie for the largest of a row, each of their classes is given to scikit-learn as a prediction of its own, with
its part of the row's weight.

Run with scikit-learn and NumPy installed:  python classification.py > classification.json
"""

import json

import numpy
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, log_loss


def softmax(scores):
    shifted = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def top_accuracy(scores, labels, k):
    """The mean over all orders of equal scores."""
    own = scores[numpy.arange(len(labels)), labels][:, None]
    above, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return float(numpy.mean(numpy.clip(k - above, 0, equal) / equal))


def top_classes(scores):
    """Every class that ties for the largest score of a row, as a prediction of its own with its part of the weight."""
    ties = scores == scores.max(axis=1, keepdims=True)
    rows, predicted = numpy.nonzero(ties)
    return rows, predicted, 1 / ties.sum(axis=1)[rows]


def top_answers(scores, labels):
    """The largest probability of each row, and the chance that it is right."""
    return softmax(scores).max(axis=1), (scores == scores.max(axis=1, keepdims=True))[
        numpy.arange(len(labels)), labels] / (scores == scores.max(axis=1, keepdims=True)).sum(axis=1)


def calibration_error(scores, labels, bins=15):
    """Guo et al.: bins (lo, hi] of equal width."""
    confidence, correct = top_answers(scores, labels)
    edges = numpy.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low + 2 ** -20) & (confidence <= high + 2 ** -20)
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return float(error)


def equal_mass_error(scores, labels, bins=15):
    """Bins of equal mass; confidences within 2^-20 take their mean, so that it does not matter which lies in which."""
    confidence, correct = top_answers(scores, labels)
    order = numpy.argsort(confidence, kind="stable")
    confidence, correct = confidence[order], correct[order]
    surplus, start = correct - confidence, 0
    while start < len(labels):
        equal = slice(start, numpy.searchsorted(confidence, confidence[start] + 2 ** -20, side="right"))
        surplus[equal] = surplus[equal].mean()
        start = equal.stop
    error = 0.0
    for index in range(bins):
        inside = slice(index * len(labels) // bins, (index + 1) * len(labels) // bins)
        error += abs(surplus[inside].sum()) / len(labels)
    return float(error)


def f_measure(scores, labels, average):
    """Over the classes that have samples."""
    rows, predicted, weights = top_classes(scores)
    return float(f1_score(labels[rows], predicted, labels=numpy.unique(labels), average=average, sample_weight=weights,
                          zero_division=0))


def balanced_accuracy(scores, labels):
    rows, predicted, weights = top_classes(scores)
    return float(balanced_accuracy_score(labels[rows], predicted, sample_weight=weights))


def case(name, scores, labels):
    scores = numpy.asarray(scores, dtype=numpy.float32)
    labels = numpy.asarray(labels)
    wide = scores.astype(numpy.float64)
    classes = scores.shape[1]
    return {
        "name": name,
        "classes": classes,
        "logits": [float(score) for score in scores.ravel()],
        "labels": labels.tolist(),
        "expected": {
            "top1": top_accuracy(wide, labels, 1),
            "top5": top_accuracy(wide, labels, 5),
            "balanced-accuracy": balanced_accuracy(wide, labels),
            "macro-f1": f_measure(wide, labels, "macro"),
            "weighted-f1": f_measure(wide, labels, "weighted"),
            "log-loss": float(log_loss(labels, softmax(wide), labels=list(range(classes)))),
            "brier-score": float(brier_score_loss(labels, softmax(wide), labels=list(range(classes)))),
            "ece": calibration_error(wide, labels),
            "adaptive-ece": equal_mass_error(wide, labels),
        },
    }


random = numpy.random.default_rng(0)


def informed(samples, classes, scale):
    """Scores that lean towards the label, so that no metric sits at chance."""
    labels = random.integers(0, classes, samples)
    scores = random.normal(0, 1, (samples, classes))
    scores[numpy.arange(samples), labels] += scale
    return scores, labels


cases = [
    case("11 classes, informed", *informed(60, 11, 1.5)),
    case("7 classes, confident", *[10 * part if part.ndim == 2 else part for part in informed(40, 7, 2.0)]),
    case("two classes", *informed(30, 2, 0.5)),
    case("three classes never labelled", *[
        part if part.ndim == 2 else part % 5 for part in informed(50, 8, 0.0)]),
    case("ties: scores rounded to halves", *[
        numpy.round(part * 2) / 2 if part.ndim == 2 else part for part in informed(50, 9, 1.0)]),
    case("constant prediction", numpy.zeros((12, 6)), numpy.arange(12) % 6),
    case("certain and wrong", [[100.0, 0.0, 0.0], [0.0, 100.0, 0.0]], [1, 1]),
    case("one sample", [[0.25, 0.5, 0.125]], [1]),
]
print(json.dumps(cases, indent=1))
