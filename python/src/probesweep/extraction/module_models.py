"""Any PyTorch module that reads pictures, built by a function of the user's."""

import importlib
from collections.abc import Mapping
from typing import Any

import torch

from probesweep.errors import InputError
from probesweep.extraction import pictures
from probesweep.extraction.backbone import Description, Prepared, UnreadableSample
from probesweep.extraction.levels import (
    BlockModel, BlockReader, block_list, described_levels, ending_notes, prefix_tokens, stacked, weights_digest)
from probesweep.extraction.samples import Sample
from probesweep.extraction.timm_models import prefix_notes
from probesweep.writing import Array


def load(builder: str, device: str, random_weights: int | None, blocks: str | None, apply_norm: bool,
         class_token: bool) -> "ModuleModel":
    """`package.module:function`; it returns (module, transform), the transform from a PIL picture to [3, H, W]."""
    place, colon, name = builder.partition(":")
    if not colon:
        raise InputError(builder, "names no function", "Write package.module:function")
    try:
        build = getattr(importlib.import_module(place), name)
    except (ImportError, AttributeError) as error:
        raise InputError(builder, f"cannot be imported ({error})", "Install the package, or set PYTHONPATH") from None
    if random_weights is not None:
        torch.manual_seed(random_weights)
    try:
        built = build()
    except Exception as error:  # it is the user's own
        raise InputError(builder, f"raised {type(error).__name__} ({error})", "Correct the function") from error
    if not (isinstance(built, tuple) and len(built) == 2 and isinstance(built[0], torch.nn.Module) and callable(built[1])):
        raise InputError(builder, f"returned {type(built).__name__}",
                         "Return a module and a transform from a PIL picture to a tensor [3, H, W]")
    return ModuleModel(builder, *built, device, random_weights, blocks, apply_norm, class_token)


class ModuleModel(BlockModel):
    def __init__(self, name: str, network: torch.nn.Module, transform: Any, device: str, random_weights: int | None,
                 blocks: str | None, apply_norm: bool, class_token: bool) -> None:
        self.transform, self.apply_norm = transform, apply_norm
        self.reader = BlockReader(network, block_list(network, blocks), lambda inputs: output_of(network, inputs), device)
        try:
            examples = [self.pixels(picture) for picture in pictures.example_pictures()]
        except UnreadableSample as error:
            raise InputError(name, f"a picture of noise {error}", "Correct the transform") from None
        self.example_inputs = stacked([{"pixels": pixels} for pixels in examples])
        levels = self.reader.checked_levels(self.example_inputs)
        self.ending = ending = self.reader.ending(self.example_inputs)
        prefix = prefix_tokens(levels[0])
        has_class = class_token and prefix > 0
        side = round((levels[0].shape[1] - prefix) ** 0.5)
        square = side * side == levels[0].shape[1] - prefix and examples[0].shape[-2] == examples[0].shape[-1]
        self.description = Description(
            name=name, revision=weights_digest(network), levels=described_levels(levels, ending, apply_norm),
            class_token=has_class, registers=prefix - int(has_class), grid=(side, side) if square else None,
            preprocessing={"transform": " ".join(str(transform).split()), "transparency": "on white"},
            notes=[*ending_notes(ending, apply_norm), *prefix_notes(prefix, has_class)], random_weights=random_weights,
            versions={"torch": torch.__version__})

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        return Prepared({"pixels": self.pixels(pictures.open_picture(content))})

    def pixels(self, picture: Any) -> Array:
        try:
            return pictures.pixels_of(self.transform, picture)
        except Exception as error:  # it is the user's own
            raise UnreadableSample(f"makes the transform raise {type(error).__name__} ({error})") from error


def output_of(network: torch.nn.Module, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The module's tokens: what it returns, its first part if it returns several, or its `last_hidden_state`."""
    output = network(inputs["pixels"])
    output = getattr(output, "last_hidden_state", output)
    tokens: torch.Tensor = output if isinstance(output, torch.Tensor) else output[0]
    return tokens
