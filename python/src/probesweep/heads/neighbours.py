"""k-NN, which has no head: it is its training samples."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from probesweep.heads.errors import HeadError
from probesweep.heads.module import Tokens
from probesweep.heads.pooled import PooledVector
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout, by_length

LEAST_SHARE = torch.finfo(torch.float64).eps
"""A class without votes has this share, so that its logit is finite."""


class NearestNeighbours(nn.Module):
    """Tokens → logits [n, C] by the k most similar of given training samples, each with the weight
    exp(similarity/temperature).

    For one of C classes ln of each class's share of the votes; for yes or no [n, 1], and for labels, ln of the odds of
    the share that says yes; for numbers [n, 1] their weighted mean.

    samples: The training samples' tokens, as `forward` takes them.
    labels: [m] classes 0 ..< `classes`, or 0 and 1, [m, C] of 0 and 1, or [m] numbers, as `kind` says.
    kind: The task's kind; `probesweep.features(…).task` has it, and `classes`.
    neighbours, temperature: As the unit chose them; `probesweep.read_rows` has the choice.
    similarity: `cosine` or `inner`.
    input, prepare: The vector that is read, as in the sweep; what is fitted on training rows (`pca-K` and others) is in
        no file, and cannot be used.
    """

    memory: Tensor
    labels: Tensor

    def __init__(self, samples: Tokens, labels: Any, *, classes: int, neighbours: int, temperature: float,
                 layout: TokenLayout, kind: str = "classification", similarity: str = "cosine", input: str = "mean",
                 prepare: str = "none"):
        super().__init__()
        if similarity not in ("cosine", "inner"):
            raise HeadError("similarity", f"there is no similarity {similarity!r}", "Give cosine or inner")
        if prepare not in ("none", "l2"):
            raise HeadError(
                "prepare", f"{prepare} is fitted on the training rows, and its values are in no file",
                "Give none or l2, and prepare the vectors yourself")
        if neighbours < 1 or not temperature > 0:
            raise HeadError(
                "neighbours, temperature", f"they are {neighbours} and {temperature}", "Give positive numbers")
        self.vector = PooledVector(HeadTensors({}), {"input": input, "prepare": prepare}, layout)
        self.similarity, self.neighbours, self.temperature = similarity, neighbours, temperature
        self.register_buffer("memory", self.vectors(samples))
        self.answer, targets = answer_of(kind, classes, torch.as_tensor(labels))
        self.register_buffer("labels", targets)
        if self.labels.shape[:1] != self.memory.shape[:1] or not len(self.memory):
            raise HeadError(
                "labels", f"{len(self.labels)} labels are given for {len(self.memory)} training samples",
                "Give one for each of at least one sample")

    def vectors(self, tokens: Tokens) -> Tensor:
        if isinstance(tokens, (list, tuple)):
            samples = [torch.as_tensor(sample, dtype=torch.float32) for sample in tokens]
            rows = by_length(samples, lambda places: self.vector(torch.stack([samples[place] for place in places])))
        else:
            rows = self.vector(torch.as_tensor(tokens, dtype=torch.float32))
        return functional.normalize(rows, dim=-1) if self.similarity == "cosine" else rows

    def forward(self, tokens: Tokens) -> Tensor:
        similarities = self.vectors(tokens) @ self.memory.T
        nearest = similarities.topk(min(self.neighbours, len(self.memory)), dim=1)
        # Relative to the nearest, so that no weight overflows; the shares are the same.
        distance = (nearest.values - nearest.values[:, :1]).double()
        weights = (distance / self.temperature).softmax(1)
        # [n, k] weights of [n, k, C] targets.
        means = (weights[..., None] * self.labels[nearest.indices]).sum(1)
        return self.answer(means).float()


def answer_of(kind: str, classes: int, labels: Tensor) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """What is made of the weighted mean of neighbours' targets, and the targets [m, C]."""
    if kind in ("ranking", "regression"):
        return lambda means: means, labels.double().reshape(-1, 1)
    if kind == "classification":
        check_classes(labels, classes)
        return lambda shares: shares.clamp_min(LEAST_SHARE).log(), functional.one_hot(labels.long(), classes).double()
    if kind in ("binary", "retrieval", "multilabel"):
        check_classes(labels, 2)
        return odds, labels.double().reshape(len(labels), -1)
    raise HeadError("kind", f"there is no kind of tasks {kind!r}", "Give the task's")


def odds(shares: Tensor) -> Tensor:
    return shares.clamp_min(LEAST_SHARE).log() - (1 - shares).clamp_min(LEAST_SHARE).log()


def check_classes(labels: Tensor, classes: int) -> None:
    if labels.numel() and not 0 <= labels.min() <= labels.max() < classes:
        raise HeadError("labels", f"a label is not in 0 ..< {classes}", "Give classes by number")
