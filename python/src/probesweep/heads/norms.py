"""Batch norm by given statistics."""

from torch import Tensor, nn
from torch.nn import functional


class FixedBatchNorm(nn.Module):
    """(y − mean)/√(var + ε) by given statistics, with affine where there is one; channels are the last axis."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, mean: Tensor, variance: Tensor, epsilon: float, weight: Tensor | None = None,
                 bias: Tensor | None = None):
        super().__init__()
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", variance)
        self.weight = None if weight is None else nn.Parameter(weight)
        self.bias = None if bias is None else nn.Parameter(bias)
        self.epsilon = epsilon

    def forward(self, values: Tensor) -> Tensor:
        rows = values.reshape(-1, values.shape[-1])
        normalised = functional.batch_norm(
            rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.epsilon)
        return normalised.reshape(values.shape)
