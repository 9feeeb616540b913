"""Makes torchmetrics.json: metrics by torchmetrics, on predictions where its conventions and ours agree (every class and
query has positives, nothing is constant). Where they differ, the doc comments of Sources/Metrics say what was chosen.

Run with torch and torchmetrics installed:  python torchmetrics.py > torchmetrics.json
"""

import json
import sys

sys.path = sys.path[1:]  # this file bears the library's name

import torch
from torchmetrics.functional import classification, kendall_rank_corrcoef, r2_score, retrieval, spearman_corrcoef

torch.manual_seed(3)


def floats(values):
    return [float(str(value.item())) for value in values.flatten()]


def present(values):
    return {name: float(value) for name, value in values.items()}


def single_label(samples=90, classes=6):
    labels = torch.arange(samples) % classes
    logits = torch.randn(samples, classes) + 1.5 * torch.nn.functional.one_hot(labels, classes)
    probabilities = logits.softmax(dim=1)
    wide = dict(num_classes=classes)
    return {"kind": "classification", "scores": floats(logits), "labels": labels.tolist(), "expected": present({
        "top1": classification.multiclass_accuracy(logits, labels, average="micro", **wide),
        "balanced-accuracy": classification.multiclass_accuracy(logits, labels, average="macro", **wide),
        "macro-f1": classification.multiclass_f1_score(logits, labels, average="macro", **wide),
        "weighted-f1": classification.multiclass_f1_score(logits, labels, average="weighted", **wide),
        "ece": classification.multiclass_calibration_error(probabilities, labels, n_bins=15, norm="l1", **wide),
        "macro-roc-auc": classification.multiclass_auroc(probabilities, labels, average="macro", **wide),
        "weighted-roc-auc": classification.multiclass_auroc(probabilities, labels, average="weighted", **wide),
        "macro-average-precision": classification.multiclass_average_precision(probabilities, labels, average="macro", **wide),
    })}


def many_labels(samples=70, classes=5):
    indicators = (torch.rand(samples, classes) < 0.3).int()
    scores = torch.randn(samples, classes) + indicators
    wide = dict(num_labels=classes)
    return {"kind": "multilabel", "classes": classes, "scores": floats(scores), "indicators": indicators.flatten().tolist(),
            "expected": present({
                **{f"{average}-average-precision": classification.multilabel_average_precision(
                    scores, indicators, average=average, **wide) for average in ["macro", "micro", "weighted"]},
                **{f"{average}-roc-auc": classification.multilabel_auroc(scores, indicators, average=average, **wide)
                   for average in ["macro", "weighted"]},
                **{f"{average}-f1": classification.multilabel_f1_score(
                    scores, indicators, threshold=0.5, average=average, **wide) for average in ["macro", "micro", "weighted"]},
            })}


def numbers(samples=80):
    targets = (2 * torch.randn(samples)).round()
    scores = (targets + torch.randn(samples)).round(decimals=1)
    return {"kind": "regression", "scores": floats(scores), "targets": floats(targets), "expected": present({
        "kendall-tau": kendall_rank_corrcoef(scores.double(), targets.double(), variant="b"),
        "spearman": spearman_corrcoef(scores.double(), targets.double()),
        "r2": r2_score(scores.double(), targets.double()),
    })}


def queries(count=8, size=12):
    relevance = torch.zeros(count, size, dtype=torch.long)
    relevance[:, :3] = 1
    # Above 0: torchmetrics leaves candidates with other scores out of the ranking.
    scores = (torch.randn(count, size) + relevance).sigmoid()

    def mean(metric, **settings):
        return sum(metric(scores[row], relevance[row], **settings) for row in range(count)) / count

    return {"kind": "retrieval", "scores": floats(scores), "labels": relevance.flatten().tolist(),
            "groups": torch.arange(count).repeat_interleave(size).tolist(), "expected": present({
                "mean-reciprocal-rank": mean(retrieval.retrieval_reciprocal_rank),
                "mean-average-precision": mean(retrieval.retrieval_average_precision),
                "recall-at-1": mean(retrieval.retrieval_recall, top_k=1),
                "recall-at-5": mean(retrieval.retrieval_recall, top_k=5),
                "recall-at-10": mean(retrieval.retrieval_recall, top_k=10),
            })}


print(json.dumps([single_label(), many_labels(), numbers(), queries()], separators=(",", ":")))
