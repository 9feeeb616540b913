"""Makes comparisons.json: paired tests, corrections and bootstrap figures, by SciPy, baycomp, scikit-posthocs,
statsmodels and NumPy.

Run with these installed:  python comparisons.py > comparisons.json
"""

import itertools
import json

import baycomp
import numpy
import pandas
import scikit_posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests

random = numpy.random.default_rng(7)


def corrected(name, differences, folds):
    """Nadeau and Bengio's variance; correctr.json holds what correctR itself gives."""
    d = numpy.asarray(differences)
    n = len(d)
    error = numpy.sqrt((1 / n + 1 / (folds - 1)) * d.var(ddof=1))
    t = d.mean() / error
    return {"name": name, "differences": d.tolist(), "folds": folds, "t": float(t), "degrees": n - 1,
            "p": float(2 * stats.t.sf(abs(t), n - 1)), "halfWidth": float(stats.t.ppf(0.975, n - 1) * error)}


def bayesian(name, differences, folds, rope):
    """baycomp's differences are second minus first: its left is where the first is better."""
    d = numpy.asarray(differences)
    probabilities = baycomp.CorrelatedTTest.probs(d, numpy.zeros_like(d), rope=rope, runs=len(d) // folds)
    left, middle, right = probabilities if len(probabilities) == 3 else (probabilities[0], 0, probabilities[1])
    return {"name": name, "differences": d.tolist(), "folds": folds, "rope": rope, "first": float(left),
            "same": float(middle), "second": float(right)}


def wilcoxon(name, differences):
    d = numpy.asarray(differences, dtype=float)
    nonzero = d[d != 0]
    ranks = stats.rankdata(abs(nonzero))
    positive = float(ranks[nonzero > 0].sum())
    if len(nonzero) > 25:
        p = stats.wilcoxon(d, zero_method="wilcox", method="asymptotic", correction=False).pvalue
    elif len(set(abs(nonzero))) == len(nonzero):
        p = stats.wilcoxon(d, zero_method="wilcox", method="exact").pvalue
    else:
        sums = numpy.array([sum(rank for rank, sign in zip(ranks, signs) if sign)
                            for signs in itertools.product([0, 1], repeat=len(ranks))])
        p = min(1, 2 * min((sums <= positive).mean(), (sums >= positive).mean()))
    return {"name": name, "differences": d.tolist(), "positive": positive, "p": float(p)}


def friedman(name, scores):
    """`[k][N]`, more is better."""
    scores = numpy.asarray(scores)
    k, n = scores.shape
    test = stats.friedmanchisquare(*scores) if k > 2 else None
    ranks = stats.rankdata(-scores, axis=0)
    pairs = scikit_posthocs.posthoc_nemenyi_friedman(pandas.DataFrame(scores.T)).to_numpy()
    q = stats.studentized_range.ppf(0.95, k, numpy.inf) / numpy.sqrt(2)
    return {"name": name, "scores": scores.tolist(), "meanRanks": ranks.mean(axis=1).tolist(),
            "statistic": float(test.statistic), "p": float(test.pvalue), "pairs": pairs.tolist(),
            "criticalDifference": float(q * numpy.sqrt(k * (k + 1) / (6 * n)))}


def best_of_many(name, values, greater):
    """BBC-CV over every one of the n^n bootstrap samples."""
    values = numpy.asarray(values)
    cases = values.shape[1]
    sign = 1 if greater else -1
    scores, chosen = [], numpy.zeros(len(values))
    for draw in itertools.product(range(cases), repeat=cases):
        outside = sorted(set(range(cases)) - set(draw))
        if outside:
            row = int(numpy.argmax(sign * values[:, list(draw)].mean(axis=1)))
            chosen[row] += 1
            scores.append(values[row, outside].mean())
    naive = int(numpy.argmax(sign * values.mean(axis=1)))
    return {"name": name, "values": values.tolist(), "greater": greater, "row": naive,
            "naive": float(values[naive].mean()), "corrected": float(numpy.mean(scores)),
            "interval": numpy.quantile(scores, [0.025, 0.975]).tolist(), "chosen": (chosen / len(scores)).tolist()}


def pareto(name, costs, values):
    values = numpy.asarray(values)
    rows, cases = values.shape
    members, draws = numpy.zeros(rows), 0
    for draw in itertools.product(range(cases), repeat=cases):
        means = values[:, list(draw)].mean(axis=1)
        draws += 1
        for row in range(rows):
            members[row] += not any(
                costs[other] <= costs[row] and means[other] >= means[row]
                and (costs[other] < costs[row] or means[other] > means[row]) for other in range(rows))
    return {"name": name, "costs": costs, "values": values.tolist(), "share": (members / draws).tolist()}


small = random.normal(0.01, 0.02, 10)
ties = numpy.round(random.normal(0.4, 1, 12))
systems = random.normal(0, 1, (5, 11)) + numpy.arange(5)[:, None] * 0.6
p_values = random.random(8) ** 3
sample = random.normal(3, 2, 9)
draws = random.integers(0, 9, (200, 9))
print(json.dumps({
    "corrected": [corrected("ten folds", small, 10), corrected("five folds, four times", random.normal(0, 0.03, 20), 5),
                  corrected("two folds", [0.5, 0.25], 2)],
    "bayesian": [bayesian("ten folds", small, 10, 0.01), bayesian("no region", small, 10, 0.0),
                 bayesian("five folds, four times", random.normal(-0.02, 0.03, 20), 5, 0.005)],
    "wilcoxon": [wilcoxon("exact", random.normal(0.5, 1, 9)), wilcoxon("ties and zeros", ties),
                 wilcoxon("five, all positive", [1, 2, 3, 4, 5]), wilcoxon("normal", random.normal(0.3, 1, 40)),
                 wilcoxon("normal with ties and zeros", numpy.round(random.normal(0.5, 2, 60))),
                 wilcoxon("25", random.normal(0.1, 1, 25)), wilcoxon("26", random.normal(0.1, 1, 26))],
    "friedman": [friedman("five systems, eleven tasks", systems), friedman("ties", numpy.round(systems)),
                 friedman("three systems, four tasks", random.normal(0, 1, (3, 4)))],
    "ranges": [{"variables": k, "q": q, "cumulative": float(stats.studentized_range.cdf(q, k, numpy.inf))}
               for k in [2, 3, 5, 10, 40] for q in [0.5, 2.0, 3.5, 6.0]],
    "chiSquared": [{"degrees": d, "x": x, "tail": float(stats.chi2.sf(x, d))}
                   for d in [1, 2, 5, 12, 39] for x in [0.1, 1.0, 5.0, 30.0]],
    "holm": [{"given": p.tolist(), "corrected": multipletests(p, method="holm")[1].tolist()}
             for p in [p_values, numpy.array([0.01, 0.01, 0.04, 0.9]), numpy.array([0.5])]],
    "percentile": {"values": sample.tolist(), "draws": draws.tolist(),
                   "interval": numpy.quantile(sample[draws].mean(axis=1), [0.025, 0.975]).tolist()},
    "bestOfMany": [best_of_many("six equal rows of noise", random.normal(0.8, 0.02, (6, 5)), True),
                   best_of_many("less is better", random.normal(0.8, 0.02, (3, 4)), False)],
    "pareto": [pareto("six rows", [1.0, 2.0, 3.0, 4.0, 5.0, 5.0],
                      random.normal(0, 0.02, (6, 5)) + numpy.arange(6)[:, None] * 0.01)],
}, separators=(",", ":")))
