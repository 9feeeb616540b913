"""Trained heads as PyTorch modules: from the tokens of a layer to logits, as `probesweep predict` computes them."""

from probesweep.heads.errors import HeadError
from probesweep.heads.loading import load_head
from probesweep.heads.module import Head
from probesweep.heads.neighbours import NearestNeighbours
from probesweep.heads.tokens import TokenLayout
from probesweep.heads.zeroshot import ZeroShot

__all__ = ["Head", "HeadError", "NearestNeighbours", "TokenLayout", "ZeroShot", "load_head"]
