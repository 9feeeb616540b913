"""Makes task_kinds.json: metrics of multi-label, binary, ranking, regression and one-versus-rest predictions, by
scikit-learn and SciPy, retrieval by NumPy.

Where the room of metrics leaves out a class, sample or group for which a metric is undefined, so does this script,
before it asks the library.

Run with scikit-learn, SciPy and NumPy installed:  python task_kinds.py > task_kinds.json
"""

import json

import numpy
from scipy import stats
from sklearn import metrics

random = numpy.random.default_rng(5)


def floats(values):
    """The shortest decimals that read back to the same single-precision values."""
    return [float(str(value)) for value in numpy.asarray(values, dtype=numpy.float32).ravel()]


def present(values):
    """JSON has no NaN: what is undefined is absent."""
    return {name: float(value) for name, value in values.items() if numpy.isfinite(value)}


def over_classes(indicators, scores):
    some = indicators.any(axis=0)
    mixed = some & ~indicators.all(axis=0)
    values = {}
    if some.any():
        for average in ["macro", "weighted"]:
            values[f"{average}-average-precision"] = metrics.average_precision_score(
                indicators[:, some], scores[:, some], average=average)
    if mixed.any():
        for average in ["macro", "weighted"]:
            values[f"{average}-roc-auc"] = metrics.roc_auc_score(
                indicators[:, mixed], scores[:, mixed], average=average)
    return values


def twice(truth, scores, threshold):
    """What is predicted with a score at the threshold as no, and once more with it as yes: one half each."""
    return numpy.concatenate([truth, truth]), numpy.concatenate([scores > threshold, scores >= threshold]).astype(int)


def multilabel(name, scores, indicators, threshold=0.0):
    scores = numpy.asarray(scores, dtype=numpy.float32)
    indicators = numpy.asarray(indicators).astype(int)
    truth, predicted = twice(indicators, scores, threshold)
    classes, rows = indicators.any(axis=0), indicators.any(axis=1)
    labels = numpy.flatnonzero(classes)
    values = over_classes(indicators, scores)
    values["micro-average-precision"] = metrics.average_precision_score(indicators, scores, average="micro")
    values["sample-average-precision"] = metrics.average_precision_score(
        indicators[rows], scores[rows], average="samples")
    values["micro-f1"] = metrics.f1_score(truth, predicted, average="micro", zero_division=0)
    for average in ["macro", "weighted"]:
        values[f"{average}-f1"] = metrics.f1_score(
            truth, predicted, average=average, labels=labels, zero_division=0)
    values["classes-without-positives"] = (~classes).sum()
    values["samples-without-positives"] = (~rows).sum()
    return {"name": name, "classes": scores.shape[1], "scores": floats(scores), "threshold": threshold,
            "indicators": indicators.ravel().tolist(), "expected": present(values)}


def binary(name, scores, labels):
    scores, labels = numpy.asarray(scores, dtype=numpy.float32), numpy.asarray(labels)
    truth, predicted = twice(labels, scores, 0)
    values = {"accuracy": metrics.accuracy_score(truth, predicted)}
    if labels.any():
        values["average-precision"] = metrics.average_precision_score(labels, scores)
        values["f1"] = metrics.f1_score(truth, predicted, zero_division=0)
    if 0 < labels.sum() < len(labels):
        values["roc-auc"] = metrics.roc_auc_score(labels, scores)
    return {"name": name, "scores": floats(scores), "labels": labels.tolist(), "expected": present(values)}


def ranking(name, scores, targets, groups=None):
    scores = numpy.asarray(scores, dtype=numpy.float32)
    targets = numpy.asarray(targets, dtype=numpy.float32)
    values = {"kendall-tau": stats.kendalltau(scores, targets).statistic,
              "spearman": stats.spearmanr(scores, targets).statistic}
    if groups is not None:
        groups = numpy.asarray(groups)
        inside = [groups == group for group in numpy.unique(groups)]
        taus = [stats.kendalltau(scores[rows], targets[rows]).statistic for rows in inside]
        ranks = [stats.spearmanr(scores[rows], targets[rows]).statistic for rows in inside if rows.sum() > 1]
        values["grouped-kendall-tau"] = numpy.nanmean(taus)
        values["grouped-spearman"] = numpy.nanmean(ranks)
        values["groups-skipped"] = numpy.isnan(taus).sum()
    return {"name": name, "scores": floats(scores), "targets": floats(targets),
            "groups": None if groups is None else groups.tolist(), "expected": present(values)}


def regression(name, predictions, targets):
    predictions = numpy.asarray(predictions, dtype=numpy.float32).astype(float)
    targets = numpy.asarray(targets, dtype=numpy.float32).astype(float)
    values = {"mean-squared-error": metrics.mean_squared_error(targets, predictions),
              "mean-absolute-error": metrics.mean_absolute_error(targets, predictions),
              "kendall-tau": stats.kendalltau(predictions, targets).statistic,
              "spearman": stats.spearmanr(predictions, targets).statistic}
    if len(targets) > 1:
        values["r2"] = metrics.r2_score(targets, predictions, force_finite=False)
    return {"name": name, "predictions": floats(predictions), "targets": floats(targets), "expected": present(values)}


def retrieval(name, scores, relevance, groups):
    """Without ties inside a query: every library agrees there."""
    scores = numpy.asarray(scores, dtype=numpy.float32)
    relevance, groups = numpy.asarray(relevance), numpy.asarray(groups)
    ranked = [relevance[groups == group][numpy.argsort(-scores[groups == group])] for group in numpy.unique(groups)]
    answered = [query for query in ranked if query.any()]
    values = {"average-precision": metrics.average_precision_score(relevance, scores),
              "mean-reciprocal-rank": numpy.mean([1 / (1 + query.argmax()) for query in answered]),
              "mean-average-precision": numpy.mean(
                  [metrics.average_precision_score(query, -numpy.arange(len(query))) for query in answered]),
              "queries-without-positives": len(ranked) - len(answered)}
    for k in [1, 5, 10]:
        values[f"recall-at-{k}"] = numpy.mean([query[:k].sum() / query.sum() for query in answered])
    return {"name": name, "scores": floats(scores), "labels": relevance.tolist(), "groups": groups.tolist(),
            "expected": present(values)}


def one_versus_rest(name, logits, labels):
    logits, labels = numpy.asarray(logits, dtype=numpy.float32), numpy.asarray(labels)
    wide = logits.astype(float)
    exponentials = numpy.exp(wide - wide.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    classes = logits.shape[1]
    indicators = labels[:, None] == numpy.arange(classes)[None]
    ties = wide == wide.max(axis=1, keepdims=True)
    rows, predicted = numpy.nonzero(ties)
    # Each class that ties for the largest score is predicted, by its part.
    weights = 1 / ties.sum(axis=1)[rows]
    per_class = []
    for index in range(classes):
        truth = indicators[:, index]
        entry = {"positives": truth.sum()}
        given = {"y_true": truth[rows], "y_pred": predicted == index, "sample_weight": weights}
        if (predicted == index).any():
            entry["precision"] = metrics.precision_score(**given)
        if truth.any():
            entry["recall"] = metrics.recall_score(zero_division=0, **given)
            entry["f1"] = metrics.f1_score(zero_division=0, **given)
            entry["averagePrecision"] = metrics.average_precision_score(truth, probabilities[:, index])
            if not truth.all():
                entry["areaUnderCurve"] = metrics.roc_auc_score(truth, probabilities[:, index])
        per_class.append(present(entry))
    return {"name": name, "classes": classes, "scores": floats(logits), "labels": labels.tolist(),
            "expected": present(over_classes(indicators.astype(int), probabilities)), "perClass": per_class}


def informed(samples, classes, share, scale=1.5):
    indicators = random.random((samples, classes)) < share
    return random.normal(0, 1, (samples, classes)) + scale * indicators - scale / 2, indicators


def halves(values):
    return numpy.round(numpy.asarray(values) * 2) / 2


scores, indicators = informed(80, 12, 0.2)
rare = indicators.copy()
rare[:, [2, 7]] = False
rare[:, 4] = True
answers = [multilabel("12 classes, informed", scores, indicators),
           multilabel("ties: scores rounded to halves", halves(scores), indicators),
           multilabel("two classes without positives, one without negatives", scores, rare),
           multilabel("constant prediction", numpy.zeros((10, 4)), random.random((10, 4)) < 0.5),
           multilabel("another threshold", scores, indicators, threshold=0.75)]
binaries = []
for name, make in [("informed", lambda s: s), ("ties", halves), ("constant", lambda s: 0 * s)]:
    scores, labels = informed(60, 1, 0.25)
    binaries.append(binary(name, make(scores.ravel()), labels.ravel().astype(int)))
binaries += [binary("no positive", [0.5, -0.25, 1], [0, 0, 0]), binary("all positive", [0.5, -0.25, 1], [1, 1, 1])]
truth = random.normal(0, 1, 90)
guess = truth + random.normal(0, 1, 90)
rankings = [ranking("the example of the reference", [1, 2, 2, 3, 4], [1, 3, 2, 2, 5]),
            ranking("informed", guess, truth),
            ranking("ties on both sides", halves(guess), halves(truth)),
            ranking("constant prediction", numpy.ones(9), numpy.arange(9)),
            ranking("one sample", [1], [2]),
            ranking("groups, one of a single member and one constant", halves(guess), halves(truth),
                    [0] * 30 + [9] + [4] * 40 + [5] * 19),
            ranking("a constant group", [1, 2, 3, 5, 5, 5], [2, 1, 3, 1, 2, 3], [1, 1, 1, 2, 2, 2])]
regressions = [regression("informed", guess, truth), regression("worse than the mean", -truth, truth),
               regression("constant targets", [1, 2, 3], [0.1, 0.1, 0.1]), regression("one sample", [1], [3])]
size = 120
one_in_four = numpy.tile([1, 0, 0, 0], size // 4)
retrievals = [retrieval("ten queries, one positive to three negatives", random.normal(0, 1, size) + one_in_four,
                        one_in_four, numpy.repeat(numpy.arange(10), 12)),
              retrieval("a query without positives", random.normal(0, 1, 18),
                        [1, 0, 1, 0, 0, 1] + [0] * 6 + [0, 0, 0, 1, 0, 0], numpy.repeat([3, 1, 2], 6))]
logits = random.normal(0, 1, (70, 6))
labels = random.integers(0, 5, 70)
logits[numpy.arange(70), labels] += 1
rests = [one_versus_rest("a class never labelled", logits, labels),
         one_versus_rest("constant prediction", numpy.zeros((12, 3)), numpy.arange(12) % 3)]
print(json.dumps({"multilabel": answers, "binary": binaries, "ranking": rankings, "regression": regressions,
                  "retrieval": retrievals, "oneVersusRest": rests}, indent=None, separators=(",", ":")))
