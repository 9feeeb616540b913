"""Poolings of one vector a sample: linear probes, DINOv2's on the last layers, and the perceptron."""

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from probesweep.heads.errors import HeadError
from probesweep.heads.levels import unit_length
from probesweep.heads.options import choice, count, counts, text
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout, summary


class PooledVector(nn.Module):
    """The class token, a summary of the patch tokens, or both one after the other, as the option `input` says; then
    prepared as `prepare` says."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout, default: str = "mean"):
        super().__init__()
        name = text(options, "input", default)
        self.reads_class_token = name in ("class", "class+mean")
        patches = {"class": None, "class+mean": "mean"}.get(name, name)
        self.summary: Callable[[Tensor], Tensor] | None = None if patches is None else summary(patches)
        self.layout = layout
        if self.reads_class_token:
            layout.require_class_token("input")
        self.preparation = preparation(tensors, text(options, "prepare", "none"))

    def forward(self, *layers: Tensor) -> Tensor:
        parts = [layer[:, 0] for layer in layers] if self.reads_class_token else []
        if self.summary is not None:
            parts.append(self.summary(self.layout.patches(layers[-1])))
        return self.preparation(torch.cat(parts, dim=-1))


class LastLayers(PooledVector):
    """[x_cls of layer l − n + 1; …; x_cls of layer l], with or without the mean of the patch tokens of layer l."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__(tensors, options, layout, default="class")
        self.earlier_layers = count(options, "layers", 4) - 1


class MultilayerPerceptron(nn.Module):
    """h_i = φ(W_i h_{i−1} + b_i), h_0 the pooled vector, φ GELU by erf or ReLU."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.vector = PooledVector(tensors, options, layout)
        self.activation = torch.relu if choice(options, "activation", "gelu", "relu") == "relu" else functional.gelu
        self.normalizes_output = choice(options, "head-norm", "batch", "none") == "batch"
        widths = counts(options, "hidden", [512])
        self.hidden = nn.ModuleList(
            tensors.linear(f"hidden.{index}", width, None if index == 0 else widths[index - 1])
            for index, width in enumerate(widths))

    def forward(self, tokens: Tensor) -> Tensor:
        vector = self.vector(tokens)
        for layer in self.hidden:
            vector = self.activation(layer(vector))
        return vector


def preparation(tensors: HeadTensors, name: str) -> nn.Module:
    """What is done to a vector before it is read, by the values that were fitted on the rows that trained."""
    components = re.fullmatch(r"pca-(\d+)", name)
    if name == "none":
        return nn.Identity()
    if name == "l2":
        return UnitLength()
    if name == "standardise":
        return Standardised(tensors)
    if name == "whiten" or components:
        return Projected(tensors, int(components[1]) if components else None)
    raise HeadError(
        "probe.options.prepare", f"there is no preparation {name!r}",
        "Give none, standardise, l2, pca-K or whiten")


class UnitLength(nn.Module):
    """x/‖x‖, and x where it is zero."""

    def forward(self, vectors: Tensor) -> Tensor:
        return unit_length(vectors)


class Centred(nn.Module):
    """x − μ in double precision; μ [W] is the sum of the two rows of `prepare.mean`."""

    mean: Tensor

    def __init__(self, tensors: HeadTensors):
        super().__init__()
        self.register_buffer("mean", tensors.take("prepare.mean", 2, None))

    def centred(self, vectors: Tensor) -> Tensor:
        return vectors.double() - self.mean.double().sum(0)


class Standardised(Centred):
    """(x − μ) · scale."""

    scale: Tensor

    def __init__(self, tensors: HeadTensors):
        super().__init__(tensors)
        self.register_buffer("scale", tensors.take("prepare.scale", self.mean.shape[1]))

    def forward(self, vectors: Tensor) -> Tensor:
        return (self.centred(vectors) * self.scale.double()).to(vectors.dtype)


class Projected(Centred):
    """P (x − μ), and zeros up to K components, or up to W where K is None."""

    projection: Tensor

    def __init__(self, tensors: HeadTensors, components: int | None):
        super().__init__(tensors)
        self.register_buffer("projection", tensors.take("prepare.projection", None, self.mean.shape[1]))
        self.components = self.mean.shape[1] if components is None else components

    def forward(self, vectors: Tensor) -> Tensor:
        projected = (self.centred(vectors) @ self.projection.double().T).to(vectors.dtype)
        return functional.pad(projected, (0, self.components - projected.shape[-1]))
