"""The tensors of a head file, taken by name: each is checked as it is taken, and none may be left over."""

import torch
from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.norms import FixedBatchNorm


class HeadTensors:
    """Named tensors in float32, from which modules are built."""

    def __init__(self, tensors: dict[str, Tensor]):
        for name, tensor in tensors.items():
            if not tensor.is_floating_point():
                raise HeadError(f"tensor {name!r}", f"its type is {tensor.dtype}", "Export the head again: heads are of floating-point numbers")
        self.tensors = {name: tensor.to(torch.float32) for name, tensor in tensors.items()}
        self.taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def take(self, name: str, *shape: int | None) -> Tensor:
        """The tensor of this name; None in `shape` stands for any size, and no shape for any shape."""
        if name not in self.tensors:
            raise HeadError(f"tensor {name!r}", "the tensor is missing", "Write all tensors of the probe")
        tensor = self.tensors[name]
        fits = len(tensor.shape) == len(shape) and all(
            wanted in (None, size) for wanted, size in zip(shape, tensor.shape))
        if shape and not fits:
            wanted = "[" + ", ".join("any" if size is None else str(size) for size in shape) + "]"
            raise HeadError(
                f"tensor {name!r}", f"its shape is {list(tensor.shape)}, and {wanted} is needed",
                "Correct the probe's options, or write the tensors of one head")
        if not tensor.isfinite().all():
            raise HeadError(
                f"tensor {name!r}", "it holds a number that is not finite",
                "Export the head again, from a training that did not diverge")
        self.taken.add(name)
        return tensor

    def parameter(self, name: str, *shape: int | None) -> nn.Parameter:
        return nn.Parameter(self.take(name, *shape))

    def linear(self, name: str, outputs: int | None, inputs: int | None, bias: bool = True) -> nn.Linear:
        """y = W x + b of `name.weight` [outputs, inputs] and `name.bias` [outputs]."""
        weight = self.take(f"{name}.weight", outputs, inputs)
        # Made without memory of its own: the file's values take the place of first ones.
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias, device="meta")
        layer.weight = nn.Parameter(weight)
        if bias:
            layer.bias = nn.Parameter(self.take(f"{name}.bias", weight.shape[0]))
        return layer

    def layer_norm(self, name: str, width: int, epsilon: float, bias: bool = True) -> nn.LayerNorm:
        norm = nn.LayerNorm(width, eps=epsilon, bias=bias, device="meta")
        norm.weight = self.parameter(f"{name}.weight", width)
        if bias:
            norm.bias = self.parameter(f"{name}.bias", width)
        return norm

    def batch_norm(self, name: str, width: int, epsilon: float, affine: bool = False) -> FixedBatchNorm:
        variance = self.take(f"{name}.running_var", width)
        if (variance < 0).any():
            raise HeadError(f"tensor '{name}.running_var'", "a variance is negative", "Export the head again")
        weight, bias = (self.take(f"{name}.{part}", width) if affine else None for part in ("weight", "bias"))
        return FixedBatchNorm(self.take(f"{name}.running_mean", width), variance, epsilon, weight, bias)

    def width(self, name: str, axis: int = -1) -> int:
        """A size that a tensor has."""
        return self.take(name).shape[axis]

    def check_all_taken(self) -> None:
        stray = min(set(self.tensors) - self.taken, default=None)
        if stray is not None:
            raise HeadError(
                f"tensor {stray!r}", "the probe has no such tensor", "Remove it, or correct the probe's options")
