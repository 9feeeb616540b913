"""Probes made of transformer blocks over all tokens: a ViT block, V-JEPA 2's attentive probe, and fine-tuned blocks."""

import re
from typing import Any

from torch import Tensor, nn

from probesweep.heads.errors import HeadError
from probesweep.heads.latents import VJEPA
from probesweep.heads.options import choice, count
from probesweep.heads.parts import PostNormBlock, TransformerBlock
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout
from probesweep.weights_file import EPSILONS


class VisionBlock(nn.Module):
    """One pre-norm block without biases of q, k and v, ε = 1e-5, and the mean of its tokens."""

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.select = layout.select(choice(options, "tokens", "patch", "all"))
        width = tensors.width("norm1.weight")
        self.block = TransformerBlock(
            tensors, width, count(options, "heads", 8), epsilon=1e-5, has_projection_bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.block(self.select(tokens)).mean(1)


class VJEPA2(VJEPA):
    """Self-attention blocks over all tokens, then V-JEPA's cross-attention block without an output projection."""

    has_output = False

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__(tensors, options, layout)
        self.blocks = nn.Sequential(*(
            TransformerBlock(tensors, self.latent.shape[1], self.heads, self.epsilon, f"blocks.{index}.")
            for index in range(count(options, "blocks", 3))))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.read(self.blocks(self.select(tokens)))


class FineTuned(nn.Module):
    """The last blocks of a backbone and its final norm if there is one, then the class token or the mean of the patch tokens.

    The file holds the blocks: nothing else of the backbone is needed but the tokens that they read.
    """

    def __init__(self, tensors: HeadTensors, options: dict[str, Any], layout: TokenLayout):
        super().__init__()
        self.layout = layout
        self.reads_all = choice(options, "tokens", "all", "patch") == "all"
        self.reads_class_token = choice(options, "input", "class", "mean") == "class"
        if self.reads_class_token or self.reads_all:
            layout.require_class_token("input" if self.reads_class_token else "tokens")
        self.block_type = choice(options, "block-type", *BLOCK_TYPES)
        epsilon = float(choice(options, "epsilon", *EPSILONS))
        numbers = block_numbers(tensors)
        wanted = options.get("blocks", "rest")
        if not numbers or wanted not in ("rest", len(numbers)):
            raise HeadError(
                "probe.options.blocks", f"the file has {len(numbers)} blocks, and {wanted} is asked for",
                "Write the trained blocks into the head's file, as probesweep export does")
        width = tensors.width(f"blocks.{numbers[0]}.norm1.weight")
        heads = count(options, "heads", 12)
        self.blocks = nn.Sequential(*(
            backbone_block(tensors, self.block_type, width, heads, epsilon, f"blocks.{number}.") for number in numbers))
        self.final_norm = nn.Identity() if self.block_type == "post-norm" else tensors.layer_norm("norm", width, epsilon)

    def forward(self, tokens: Tensor) -> Tensor:
        if not self.reads_all:
            return self.final_norm(self.blocks(self.layout.patches(tokens))).mean(1)
        tokens = self.final_norm(self.blocks(tokens))
        return tokens[:, 0] if self.reads_class_token else self.layout.patches(tokens).mean(1)


BLOCK_TYPES = ("pre-norm", "layer-scale", "post-norm")
"""How blocks combine residuals and norms; the first where a file does not say."""


def block_numbers(tensors: HeadTensors) -> list[int]:
    return sorted({int(match[1]) for name in tensors.tensors if (match := re.match(r"blocks\.(\d+)\.", name))})


def backbone_block(tensors: HeadTensors, block_type: str, width: int, heads: int, epsilon: float, prefix: str) -> nn.Module:
    """A block of a backbone, from tensors under the names of docs/formats.md."""
    if block_type == "post-norm":
        return PostNormBlock(tensors, width, heads, epsilon, prefix, "attn.qkv", "attn.proj")
    return TransformerBlock(tensors, width, heads, epsilon, prefix, "attn.qkv", "attn.proj",
                            has_layer_scale=block_type == "layer-scale")
