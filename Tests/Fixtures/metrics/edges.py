"""Makes edges.json: what metrics give at their edges (ties, absent classes, constants, NaN, edges of bins), by
scikit-learn and torchmetrics as they are called by default, and by our definitions, which are worked out by hand here.

docs/statistics.md sums it up in a table. A value is a number, "NaN", "error", or null: for a library that has no such
metric, and for us where the metric is undefined.

Run with scikit-learn, SciPy, torch and torchmetrics installed:  python edges.py > edges.json
"""

import json
import math
import sys
import warnings

sys.path = sys.path[1:]  # a file beside this one bears torchmetrics' name

import numpy
import torch
from scipy import special, stats
from sklearn import metrics as sk
from torchmetrics.functional import classification as tm
from torchmetrics.functional import kendall_rank_corrcoef, r2_score, retrieval, spearman_corrcoef

warnings.simplefilter("ignore")


def told(compute):
    """A number, "NaN" or "error"."""
    try:
        value = float(compute())
    except Exception:
        return "error"
    return value if math.isfinite(value) else "NaN"


def entry(name, kind, metric, ours, sklearn=None, torchmetrics=None, **given):
    row = {"name": name, "kind": kind, "metric": metric, "expected": ours,
           "scikit-learn": told(sklearn) if sklearn else None,
           "torchmetrics": told(torchmetrics) if torchmetrics else None}
    return row | {key: value for key, value in given.items() if value is not None}


def plain(values):
    """JSON has neither NaN nor infinities."""
    return [float(value) if math.isfinite(value) else str(value) for value in numpy.asarray(values).ravel()]


def single(name, metric, ours, logits, labels):
    z = numpy.asarray(logits, dtype=numpy.float32)
    y = numpy.asarray(labels)
    classes = z.shape[1]
    wide = z.astype(float)
    p = special.softmax(wide, axis=1)
    Z, P, Y = torch.tensor(z), torch.tensor(p), torch.tensor(y)
    some = dict(num_classes=classes)
    every = list(range(classes))
    one_hot = (y[:, None] == numpy.arange(classes)).astype(int)
    sklearn = {
        "top1": lambda: sk.top_k_accuracy_score(y, z[:, 1] - z[:, 0] if classes == 2 else z, k=1, labels=every),
        "top2": lambda: sk.top_k_accuracy_score(y, z, k=2, labels=every),
        "balanced-accuracy": lambda: sk.balanced_accuracy_score(y, z.argmax(axis=1)),
        "macro-f1": lambda: sk.f1_score(y, z.argmax(axis=1), average="macro"),
        "weighted-f1": lambda: sk.f1_score(y, z.argmax(axis=1), average="weighted"),
        "log-loss": lambda: sk.log_loss(y, p, labels=every),
        "brier-score": lambda: sk.brier_score_loss(y, p, labels=every),
        "macro-average-precision": lambda: sk.average_precision_score(one_hot, p, average="macro"),
        "macro-roc-auc": lambda: sk.roc_auc_score(one_hot, p, average="macro"),
    }.get(metric)
    torchmetrics = {
        "top1": lambda: tm.multiclass_accuracy(Z, Y, average="micro", **some),
        "top2": lambda: tm.multiclass_accuracy(Z, Y, average="micro", top_k=2, **some),
        "balanced-accuracy": lambda: tm.multiclass_accuracy(Z, Y, average="macro", **some),
        "macro-f1": lambda: tm.multiclass_f1_score(Z, Y, average="macro", **some),
        "weighted-f1": lambda: tm.multiclass_f1_score(Z, Y, average="weighted", **some),
        "ece": lambda: tm.multiclass_calibration_error(P, Y, n_bins=15, norm="l1", **some),
        "macro-average-precision": lambda: tm.multiclass_average_precision(P, Y, average="macro", **some),
        "macro-roc-auc": lambda: tm.multiclass_auroc(P, Y, average="macro", **some),
    }.get(metric)
    return entry(name, "classification", metric, ours, sklearn, torchmetrics,
                 scores=plain(z), labels=y.tolist())


def binary(name, metric, ours, scores, labels):
    s = numpy.asarray(scores, dtype=numpy.float32)
    y = numpy.asarray(labels)
    p = special.expit(s.astype(float))
    P, Y = torch.tensor(p), torch.tensor(y)
    sklearn = {
        "accuracy": lambda: sk.accuracy_score(y, p > 0.5),
        "f1": lambda: sk.f1_score(y, p > 0.5),
        "average-precision": lambda: sk.average_precision_score(y, s),
        "roc-auc": lambda: sk.roc_auc_score(y, s),
        "log-loss": lambda: sk.log_loss(y, p, labels=[0, 1]),
        "brier-score": lambda: sk.brier_score_loss(y, p, labels=[0, 1]),
    }.get(metric)
    torchmetrics = {
        "accuracy": lambda: tm.binary_accuracy(P, Y),
        "f1": lambda: tm.binary_f1_score(P, Y),
        "average-precision": lambda: tm.binary_average_precision(P, Y),
        "roc-auc": lambda: tm.binary_auroc(P, Y),
        "ece": lambda: tm.binary_calibration_error(P, Y, n_bins=15, norm="l1"),
    }.get(metric)
    return entry(name, "binary", metric, ours, sklearn, torchmetrics, scores=plain(s), labels=y.tolist())


def multilabel(name, metric, ours, scores, indicators):
    s = numpy.asarray(scores, dtype=numpy.float32)
    y = numpy.asarray(indicators)
    p = special.expit(s.astype(float))
    P, Y = torch.tensor(p), torch.tensor(y)
    some = dict(num_labels=s.shape[1])
    average, kind = metric.split("-", 1)
    average = {"sample": "samples"}.get(average, average)
    sklearn = {
        "average-precision": lambda: sk.average_precision_score(y, s, average=average),
        "roc-auc": lambda: sk.roc_auc_score(y, s, average=average),
        "f1": lambda: sk.f1_score(y, (p > 0.5).astype(int), average=average),
    }[kind]
    torchmetrics = {
        "average-precision": lambda: tm.multilabel_average_precision(P, Y, average=average, **some),
        "roc-auc": lambda: tm.multilabel_auroc(P, Y, average=average, **some),
        "f1": lambda: tm.multilabel_f1_score(P, Y, average=average, **some),
    }[kind] if average != "samples" else None
    return entry(name, "multilabel", metric, ours, sklearn, torchmetrics, scores=plain(s),
                 indicators=y.ravel().tolist(), classes=s.shape[1])


def numbers(name, metric, ours, scores, targets, kind="regression"):
    s, t = numpy.asarray(scores, dtype=float), numpy.asarray(targets, dtype=float)
    S, T = torch.tensor(s), torch.tensor(t)
    sklearn = {
        "r2": lambda: sk.r2_score(t, s),
        "mean-squared-error": lambda: sk.mean_squared_error(t, s),
        "kendall-tau": lambda: stats.kendalltau(s, t).statistic,
        "spearman": lambda: stats.spearmanr(s, t).statistic,
    }[metric]
    torchmetrics = {
        "r2": lambda: r2_score(S, T),
        "kendall-tau": lambda: kendall_rank_corrcoef(S, T, variant="b"),
        "spearman": lambda: spearman_corrcoef(S, T),
    }.get(metric)
    return entry(name, kind, metric, ours, sklearn, torchmetrics, scores=plain(s), targets=plain(t))


def query(name, metric, ours, scores, relevance):
    """One query."""
    S, Y = torch.tensor(scores, dtype=torch.float64), torch.tensor(relevance)
    torchmetrics = {
        "recall-at-1": lambda: retrieval.retrieval_recall(S, Y, top_k=1),
        "mean-reciprocal-rank": lambda: retrieval.retrieval_reciprocal_rank(S, Y),
        "mean-average-precision": lambda: retrieval.retrieval_average_precision(S, Y),
    }[metric]
    sklearn = {"mean-average-precision": lambda: sk.average_precision_score(relevance, scores)}.get(metric)
    return entry(name, "retrieval", metric, ours, sklearn, torchmetrics, scores=plain(scores), labels=relevance,
                 groups=[0] * len(scores))


def shares(*rows):
    """Logits of probabilities, as k-NN writes them."""
    return [[math.log(max(share, 2 ** -52)) for share in row] for row in rows]


nan, inf = float("nan"), float("inf")
even = [[0.0] * 4] * 4
four = [0, 1, 2, 3]
lopsided = [0, 0, 0, 1]
log4 = math.log(4)
cases = [
    # Ties within a row.
    single("two classes tie, the label is the first", "top1", 1 / 2, [[0.5, 0.5, 0]], [0]),
    single("two classes tie, the label is the second", "top1", 1 / 2, [[0.5, 0.5, 0]], [1]),
    single("two classes tie below the label", "top1", 1, [[0.5, 0.5, 2]], [2]),
    single("three classes tie for two places", "top2", 2 / 3, [[0.5, 0.5, 0.5, 0]], [2]),
    single("one place is left for two classes that tie", "top2", 1 / 2, [[9, 0.5, 0.5, 0]], [2]),
    single("all logits are equal", "top1", 1 / 4, even, four),
    single("all logits are equal, three labels of four are class 0", "top1", 1 / 4, even, lopsided),
    single("all logits are equal, three labels of four are class 0", "balanced-accuracy", 1 / 4, even, lopsided),
    # Each class is predicted for one row in expectation: class 0 has TP 3/4 of 3 positives, class 1 TP 1/4 of 1.
    single("all logits are equal, three labels of four are class 0", "macro-f1", (1.5 / 4 + 0.5 / 2) / 2, even, lopsided),
    single("all logits are equal, three labels of four are class 0", "weighted-f1",
           (3 * 1.5 / 4 + 0.5 / 2) / 4, even, lopsided),
    single("all logits are equal", "log-loss", log4, even, four),
    single("all logits are equal", "brier-score", 3 / 4, even, four),
    single("all logits are equal", "ece", 0, even, four),
    single("all logits are equal", "adaptive-ece", 0, even, four),
    single("all logits are equal", "macro-average-precision", 1 / 4, even, four),
    single("all logits are equal", "macro-roc-auc", 1 / 2, even, four),
    single("rows are shifted against each other", "macro-average-precision", 1 / 4,
           [[0.1] * 4, [7.3] * 4, [1000.1] * 4, [-3.7] * 4], four),
    single("rows are shifted against each other", "macro-roc-auc", 1 / 2,
           [[0.1] * 4, [7.3] * 4, [1000.1] * 4, [-3.7] * 4], four),
    # One prediction for all rows.
    single("one class is always predicted", "top1", 3 / 4, [[2, 1, 0, 0]] * 4, lopsided),
    single("one class is always predicted", "balanced-accuracy", 1 / 2, [[2, 1, 0, 0]] * 4, lopsided),
    single("one class is always predicted", "macro-f1", (2 * 3 / 7 + 0) / 2, [[2, 1, 0, 0]] * 4, lopsided),
    # Classes without samples.
    single("a class is only predicted", "balanced-accuracy", 3 / 4, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], [0, 0, 1]),
    single("a class is only predicted", "macro-f1", (2 / 3 + 1) / 2, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], [0, 0, 1]),
    single("a class has no sample and is never predicted", "macro-f1", 1, [[1, 0, 0], [0, 1, 0]], [0, 1]),
    single("a class has no sample", "macro-average-precision", 1, [[1, 0, 0], [0, 1, 0]], [0, 1]),
    single("a class has no sample", "macro-roc-auc", 1, [[1, 0, 0], [0, 1, 0]], [0, 1]),
    single("all samples are of one class", "macro-roc-auc", None, [[1, 0, 0], [0, 1, 0]], [0, 0]),
    single("all samples are of one class", "macro-average-precision", 1, [[1, 0, 0], [0, 1, 0]], [0, 0]),
    single("all samples are of one class", "balanced-accuracy", 1 / 2, [[1, 0, 0], [0, 1, 0]], [0, 0]),
    single("all samples are of one class", "log-loss", math.log(math.e + 2) - 1 / 2, [[1, 0, 0], [0, 1, 0]], [0, 0]),
    single("one row", "top1", 1, [[1, 0, 0]], [0]),
    single("one row", "ece", 2 / (math.e + 2), [[1, 0, 0]], [0]),
    single("one row", "adaptive-ece", 2 / (math.e + 2), [[1, 0, 0]], [0]),
    single("one row", "macro-roc-auc", None, [[1, 0, 0]], [0]),
    # Certainty, and numbers that overflow or vanish.
    single("certain and wrong", "log-loss", 52 * math.log(2), [[100, 0, 0]], [1]),
    single("certain and wrong", "brier-score", 2, [[100, 0, 0]], [1]),
    single("certain and wrong, two classes", "brier-score", 1, [[100, 0]], [1]),
    single("certain and right", "log-loss", 2 ** -52, [[100, 0, 0]], [0]),
    single("certain and right", "brier-score", 0, [[100, 0, 0]], [0]),
    single("logits near the largest number", "log-loss", 2 ** -52, [[3e38, -3e38, 0]], [0]),
    single("logits near the largest number", "top1", 1, [[3e38, -3e38, 0]], [0]),
    single("logits near the largest number", "brier-score", 0, [[3e38, -3e38, 0]], [0]),
    single("two logits near the largest number tie", "log-loss", math.log(2), [[3e38, 3e38, 0]], [0]),
    single("a logit above the others by a denormal number", "top1", 1, [[1e-45, 0, 0]], [0]),
    single("a logit above the others by a denormal number", "log-loss", math.log(3), [[1e-45, 0, 0]], [0]),
    single("saturated probabilities in the right order", "macro-roc-auc", 1,
           [[40, 0], [60, 0], [80, 0], [20, 0]], [0, 0, 0, 1]),
    # Edges of bins of confidence.
    single("confidence 1 and wrong, another bin's edge apart and right", "ece", (1 - 0.05) / 2,
           shares([1 - 2 ** -52, 2 ** -52], [0.95, 0.05]), [1, 0]),
    single("confidence at an edge, 9/15, and one below it", "ece", abs(1 - 0.6 + 0 - 0.55) / 2,
           shares([0.6, 0.4], [0.55, 0.45]), [0, 1]),
    single("confidence at an edge, 12/15, and one above it", "ece", (1 - 0.8 + 0.82) / 2,
           shares([0.8, 0.2], [0.82, 0.18]), [0, 1]),
    single("equal confidences on both sides of an edge of equal-mass bins", "adaptive-ece",
           abs(10 / 20 - 0.6), shares(*[[0.6, 0.4]] * 20), [0] * 10 + [1] * 10),
    # k-NN without a vote for class 0 in the rows 1 to 4: they tie for class 0, whatever the others' shares are.
    single("rows without a vote for a class tie", "macro-roc-auc",
           ((3 + 3 * 0.5) / 6 + 1 + 1) / 3,
           shares([0.5, 0.3, 0.2], [0, 0.6, 0.4], [0, 0.7, 0.3], [0, 0.3, 0.7], [0, 0.4, 0.6]), [0, 0, 1, 2, 2]),
    # Broken scores.
    single("a logit is NaN", "top1", None, [[0, nan, 1], [1, 0, 0]], [2, 0]),
    single("a logit is NaN", "log-loss", None, [[0, nan, 1], [1, 0, 0]], [2, 0]),
    single("a logit is infinite", "top1", None, [[0, inf, 1], [1, 0, 0]], [1, 0]),
    single("a logit is −∞", "top1", 1, [[0, -inf, 1], [1, 0, 0]], [2, 0]),
    single("a logit is −∞", "brier-score", (2 / (math.e + 1) ** 2 + (4 + 2) / (math.e + 2) ** 2) / 2,
           [[0, -inf, 1], [1, 0, 0]], [2, 0]),
    # Yes or no.
    binary("scores at the threshold", "accuracy", 1 / 2, [0, 0, 0], [1, 1, 0]),
    binary("scores at the threshold", "f1", 2 * 1 / (1.5 + 2), [0, 0, 0], [1, 1, 0]),
    binary("scores at the threshold", "average-precision", 2 / 3, [0, 0, 0], [1, 1, 0]),
    binary("scores at the threshold", "roc-auc", 1 / 2, [0, 0, 0], [1, 1, 0]),
    binary("scores at the threshold", "log-loss", math.log(2), [0, 0, 0], [1, 1, 0]),
    binary("scores at the threshold", "brier-score", 1 / 4, [0, 0, 0], [1, 1, 0]),
    binary("no positive", "average-precision", None, [1, 0.5], [0, 0]),
    binary("no positive", "roc-auc", None, [1, 0.5], [0, 0]),
    binary("no positive", "f1", None, [1, 0.5], [0, 0]),
    binary("no positive", "accuracy", 0, [1, 0.5], [0, 0]),
    binary("no negative", "average-precision", 1, [1, 0.5], [1, 1]),
    binary("no negative", "roc-auc", None, [1, 0.5], [1, 1]),
    binary("nothing is predicted", "f1", 0, [-1, -0.5], [1, 0]),
    binary("a positive and a negative tie", "average-precision", 1 / 2 + 1 / 2 * 2 / 3,
           [2, 1, 1], [1, 1, 0]),
    binary("a score is NaN", "roc-auc", None, [nan, 0.5], [1, 0]),
    binary("a score is NaN", "accuracy", None, [nan, 0.5], [1, 0]),
    # Labels.
    multilabel("a label has no positive", "macro-average-precision", 1, [[1, 0], [0, 1]], [[1, 0], [0, 0]]),
    multilabel("a label has no positive", "weighted-average-precision", 1, [[1, 0], [0, 1]], [[1, 0], [0, 0]]),
    multilabel("a label has no positive", "macro-roc-auc", 1, [[1, 0], [0, 1]], [[1, 0], [0, 0]]),
    multilabel("a label has no positive", "macro-f1", 1, [[1, -1], [-1, 1]], [[1, 0], [0, 0]]),
    multilabel("a label has no positive", "micro-f1", 2 / 3, [[1, -1], [-1, 1]], [[1, 0], [0, 0]]),
    multilabel("a sample has no positive", "sample-average-precision", 1, [[1, 0], [0, 1]], [[1, 0], [0, 0]]),
    multilabel("no positive at all", "macro-average-precision", None, [[1, 0], [0, 1]], [[0, 0], [0, 0]]),
    multilabel("no positive at all", "micro-f1", None, [[1, 0], [0, 1]], [[0, 0], [0, 0]]),
    multilabel("all scores are equal", "macro-average-precision", (1 / 2 + 1) / 2, [[0, 0], [0, 0]], [[1, 1], [0, 1]]),
    multilabel("all scores are equal", "macro-f1", (1 / 2 + 2 / 3) / 2, [[0, 0], [0, 0]], [[1, 1], [0, 1]]),
    # Numbers.
    numbers("all predictions are equal", "kendall-tau", None, [1, 1, 1], [1, 2, 3]),
    numbers("all predictions are equal", "spearman", None, [1, 1, 1], [1, 2, 3]),
    numbers("all predictions are the mean", "r2", 0, [2, 2, 2], [1, 2, 3]),
    numbers("all targets are equal", "r2", None, [1, 2, 3], [2, 2, 2]),
    numbers("all targets are equal and met", "r2", None, [2, 2, 2], [2, 2, 2]),
    numbers("all targets are equal", "kendall-tau", None, [1, 2, 3], [2, 2, 2]),
    numbers("one row", "r2", None, [1], [2]),
    numbers("one row", "kendall-tau", None, [1], [2]),
    numbers("ties on both sides", "kendall-tau", 2 / 3, [1, 2, 2, 3, 4], [1, 3, 2, 2, 5]),
    numbers("ties on both sides", "spearman", 7.25 / 9.5, [1, 2, 2, 3, 4], [1, 3, 2, 2, 5]),
    numbers("a prediction is NaN", "mean-squared-error", None, [nan, 1], [1, 2]),
    numbers("a prediction is NaN", "kendall-tau", None, [nan, 1, 2], [1, 2, 3]),
    # One query.
    query("all candidates tie", "recall-at-1", 1 / 4, [0.5] * 4, [1, 0, 0, 0]),
    query("all candidates tie", "mean-reciprocal-rank", (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, [0.5] * 4, [1, 0, 0, 0]),
    query("all candidates tie", "mean-average-precision", 1 / 4, [0.5] * 4, [1, 0, 0, 0]),
    query("nothing is relevant", "mean-reciprocal-rank", None, [0.5, 0.25], [0, 0]),
    query("nothing is relevant", "mean-average-precision", None, [0.5, 0.25], [0, 0]),
]
print(json.dumps(cases, indent=1, ensure_ascii=False))
