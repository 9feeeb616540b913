"""Makes classification.json: metrics of random and degenerate classification scores, by scikit-learn and NumPy.

Run with scikit-learn and NumPy installed:  python classification.py > classification.json
"""

import json

import numpy
from sklearn.metrics import balanced_accuracy_score, log_loss


def softmax(scores):
    shifted = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def top_accuracy(scores, labels, k):
    """Lowest index wins ties: a stable sort of the negated scores."""
    order = numpy.argsort(-scores, axis=1, kind="stable")
    return float(numpy.mean([label in row[:k] for label, row in zip(labels, order)]))


def calibration_error(scores, labels, bins=15):
    """torchmetrics' definition: bins [lo, hi), and a bin of its own for a confidence of exactly 1."""
    probabilities = softmax(scores)
    confidence = probabilities.max(axis=1)
    correct = scores.argmax(axis=1) == labels
    bin_of = numpy.digitize(confidence, numpy.linspace(0, 1, bins + 1)) - 1
    error = 0.0
    for bin in numpy.unique(bin_of):
        inside = bin_of == bin
        error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return float(error)


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
            "balanced-accuracy": float(balanced_accuracy_score(labels, wide.argmax(axis=1))),
            "log-loss": float(log_loss(labels, softmax(wide), labels=list(range(classes)))),
            "ece": calibration_error(wide, labels),
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
