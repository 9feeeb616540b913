"""k-NN, which has no head: it is its training samples."""

from typing import Any

import torch
from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.module import Tokens
from probesweep.heads.pooled import PooledVector
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout, by_length

LEAST_SHARE = torch.finfo(torch.float64).eps
"""A class without votes has this share, so that its logit is finite."""


class NearestNeighbours(nn.Module):
    """Tokens → logits [n, C] by the k most similar of given training samples, each with the weight
    exp(similarity/temperature): ln of each class's share of the votes.

    samples: The training samples' tokens, as `forward` takes them.
    labels: [m] classes, 0 ..< `classes`.
    neighbours, temperature: As the unit chose them; `probesweep.read` has the choice.
    similarity: `cosine` or `inner`.
    input: The vector that is read, as in the sweep: `class`, `mean`, …; vectors may be prepared to unit length (`l2`).
    """

    memory: Tensor
    labels: Tensor

    def __init__(self, samples: Tokens, labels: Any, *, classes: int, neighbours: int, temperature: float,
                 layout: TokenLayout, similarity: str = "cosine", input: str = "mean", prepare: str = "none"):
        super().__init__()
        if similarity not in ("cosine", "inner"):
            raise HeadError("similarity", f"there is no similarity {similarity!r}", "give cosine or inner")
        if prepare not in ("none", "l2"):
            raise HeadError(
                "prepare", f"{prepare} is fitted on the training rows, and its values are in no file",
                "give none or l2, and prepare the vectors yourself")
        self.vector = PooledVector(HeadTensors({}), {"input": input, "prepare": prepare}, layout)
        self.similarity, self.classes = similarity, classes
        self.neighbours, self.temperature = neighbours, temperature
        self.register_buffer("memory", self.vectors(samples))
        self.register_buffer("labels", torch.as_tensor(labels, dtype=torch.int64))
        if self.labels.shape != self.memory.shape[:1] or not self.memory.shape[0]:
            raise HeadError(
                "labels", f"{list(self.labels.shape)} labels are given for {len(self.memory)} training samples",
                "give one label for each of at least one sample")
        if self.labels.min() < 0 or self.labels.max() >= classes:
            raise HeadError("labels", f"a label is not in 0 ..< {classes}", "give classes by number")

    def vectors(self, tokens: Tokens) -> Tensor:
        if isinstance(tokens, (list, tuple)):
            samples = [torch.as_tensor(sample, dtype=torch.float32) for sample in tokens]
            rows = by_length(samples, lambda places: self.vector(torch.stack([samples[place] for place in places])))
        else:
            rows = self.vector(torch.as_tensor(tokens, dtype=torch.float32))
        return nn.functional.normalize(rows, dim=-1) if self.similarity == "cosine" else rows

    def forward(self, tokens: Tokens) -> Tensor:
        similarities = self.vectors(tokens) @ self.memory.T
        nearest = similarities.topk(min(self.neighbours, len(self.memory)), dim=1)
        # Relative to the nearest, so that no weight overflows; the shares are the same.
        distance = (nearest.values - nearest.values[:, :1]).double()
        weights = (distance / self.temperature).exp()
        votes = weights.new_zeros(len(weights), self.classes).scatter_add_(1, self.labels[nearest.indices], weights)
        shares = votes / weights.sum(1, keepdim=True)
        return shares.clamp_min(LEAST_SHARE).log().float()
