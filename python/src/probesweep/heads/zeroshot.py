"""Zero-shot classification, which has no head: it is given class embeddings."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from probesweep.heads.errors import HeadError
from probesweep.heads.module import Tokens
from probesweep.heads.pooled import PooledVector
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout, by_length

LOGIT_SCALE = 100
"""CLIP's temperature at the end of its training."""


class ZeroShot(nn.Module):
    """Tokens → logits [n, C]: 100 · cos(x, e_c), x the pooled vector, e_c the embedding of class c [C, D]
    (`class_embeddings` of weights/NAME.safetensors beside the features)."""

    class_embeddings: Tensor

    def __init__(self, class_embeddings: Any, *, layout: TokenLayout, input: str = "mean"):
        super().__init__()
        embeddings = torch.as_tensor(class_embeddings, dtype=torch.float32)
        if embeddings.dim() != 2:
            raise HeadError(
                "class_embeddings", f"their shape is {list(embeddings.shape)}, and [C, D] is needed",
                "Give one embedding a class")
        self.vector = PooledVector(HeadTensors({}), {"input": input}, layout)
        self.register_buffer("class_embeddings", functional.normalize(embeddings, dim=-1))

    def forward(self, tokens: Tokens) -> Tensor:
        if isinstance(tokens, (list, tuple)):
            return by_length(tokens, lambda places: self.forward(
                torch.stack([torch.as_tensor(tokens[place]) for place in places])))
        vectors = self.vector(torch.as_tensor(tokens, dtype=torch.float32))
        return LOGIT_SCALE * functional.normalize(vectors, dim=-1) @ self.class_embeddings.T
