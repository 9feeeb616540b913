"""Models of timm, by their names or from a folder that timm saved."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from probesweep.errors import InputError
from probesweep.extraction import pictures
from probesweep.extraction.backbone import Description, Level, Prepared
from probesweep.extraction.levels import (
    BlockModel, BlockReader, block_list, described_levels, ending_notes, prefix_tokens, stacked, weights_digest)
from probesweep.extraction.samples import Sample
from probesweep.writing import Array


def load(model: str, device: str, random_weights: int | None, blocks: str | None,
         apply_norm: bool) -> "TimmTransformer | TimmMaps":
    """A model with its own pre-processing: the tokens of a transformer, or the maps of any other model's stages."""
    timm = import_timm()
    if random_weights is not None:
        torch.manual_seed(random_weights)
    source = f"local-dir:{model}" if pathlib.Path(model).is_dir() else model
    try:
        network = timm.create_model(source, pretrained=random_weights is None, num_classes=0)
    except (RuntimeError, ValueError, OSError, SafetensorError) as error:
        raise InputError(model, f"timm cannot make it ({error})",
                         "Give a name of timm.list_models(), or a folder with config.json and model.safetensors") from None
    if blocks or (hasattr(network, "blocks") and hasattr(network, "num_prefix_tokens")):
        return TimmTransformer(network, model, device, random_weights, blocks, apply_norm)
    if apply_norm:
        raise InputError("--final-norm", "the maps of a model's stages are stored without one", "Leave it out")
    if hasattr(network, "forward_intermediates"):
        return TimmMaps(network, model, device, random_weights)
    raise InputError(model, "has neither a list of blocks nor intermediate maps", "Name a list of modules with --blocks")


def import_timm() -> Any:
    try:
        import timm
        import timm.data
    except ImportError as error:
        raise InputError("timm", f"cannot be imported ({error})", "pip install 'probesweep[timm]'") from None
    except RuntimeError as error:
        raise InputError("timm", f"cannot be imported ({error})",
                         f"Install the torchvision that was built for this PyTorch {torch.__version__}") from None
    return timm


class TimmPictures:
    """Pre-processing and provenance that all models of timm have."""

    def __init__(self, network: Any, name: str, device: str, random_weights: int | None) -> None:
        timm = import_timm()
        self.network, self.device = network.eval().to(device), device
        self.network.requires_grad_(False)
        self.configuration = timm.data.resolve_model_data_config(network)
        self.transform = timm.data.create_transform(**self.configuration, is_training=False)
        self.examples = [pictures.pixels_of(self.transform, picture) for picture in pictures.example_pictures()]
        pretrained = getattr(network, "pretrained_cfg", None) or {}
        self.facts: dict[str, Any] = {
            "name": name, "revision": weights_digest(network), "preprocessing": self.preprocessing(),
            "random_weights": random_weights,
            "pretrained_on": pretrained.get("tag") or None if random_weights is None else None,
            "versions": {"timm": timm.__version__, "torch": torch.__version__},
        }

    def preprocessing(self) -> dict[str, str]:
        described = {name: str(self.configuration[name])
                     for name in ("input_size", "interpolation", "crop_pct", "crop_mode", "mean", "std")}
        return {**described, "transform": " ".join(str(self.transform).split()), "transparency": "on white"}

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        return Prepared({"pixels": pictures.pixels_of(self.transform, pictures.open_picture(content))})


class TimmTransformer(BlockModel, TimmPictures):
    """A transformer whose blocks pass tokens on."""

    def __init__(self, network: Any, name: str, device: str, random_weights: int | None, blocks: str | None,
                 apply_norm: bool) -> None:
        super().__init__(network, name, device, random_weights)
        self.apply_norm = apply_norm
        chosen = block_list(network, blocks) if blocks else list(network.blocks)
        self.reader = BlockReader(network, chosen, lambda inputs: network.forward_features(inputs["pixels"]), device)
        self.example_inputs = stacked([{"pixels": pixels} for pixels in self.examples])
        levels = self.reader.checked_levels(self.example_inputs)
        self.ending = ending = self.reader.ending(self.example_inputs)
        prefix = prefix_tokens(levels[0])
        class_token = prefix > 0 and getattr(network, "cls_token", None) is not None
        patch = getattr(getattr(network, "patch_embed", None), "patch_size", None)
        self.description = Description(
            levels=described_levels(levels, ending, apply_norm), class_token=class_token,
            registers=prefix - int(class_token),
            grid=pictures.grid_of(self.examples[0], patch, levels[0].shape[1] - prefix),
            notes=[*ending_notes(ending, apply_norm), *prefix_notes(prefix, class_token)], **self.facts)


class TimmMaps(TimmPictures):
    """A convolutional or hierarchical model: the map of each stage, [n, width, rows, columns], as rows · columns patch
    tokens, row by row."""

    def __init__(self, network: Any, name: str, device: str, random_weights: int | None) -> None:
        super().__init__(network, name, device, random_weights)
        maps = self.maps([Prepared({"pixels": pixels}) for pixels in self.examples])
        grids = [(int(level.shape[2]), int(level.shape[3])) for level in maps]
        levels = [Level(index, f"stage {index}", level.shape[1], grid[0] * grid[1], False)
                  for index, (level, grid) in enumerate(zip(maps, grids), 1)]
        described = ", ".join(f"{level.index}: {rows} x {columns}" for level, (rows, columns) in zip(levels, grids))
        self.description = Description(
            levels=levels, class_token=False, grid=grids[0] if len(set(grids)) == 1 else None,
            notes=["levels are the maps that timm gives for the model's stages, without a final norm",
                   f"grids of the levels: {described}"], **self.facts)

    def maps(self, batch: Sequence[Prepared]) -> list[torch.Tensor]:
        pixels = torch.from_numpy(np.stack([sample.inputs["pixels"] for sample in batch])).to(self.device)
        with torch.inference_mode():
            maps: list[torch.Tensor] = self.network.forward_intermediates(pixels, intermediates_only=True, output_fmt="NCHW")
        return [level.float().cpu() for level in maps]

    def encode(self, batch: Sequence[Prepared]) -> Mapping[int, Array]:
        return {index: rows_of(level).numpy() for index, level in enumerate(self.maps(batch), 1)}

    def own_output(self, sample: Prepared) -> Array:
        with torch.inference_mode():
            output = self.network.forward_features(torch.from_numpy(sample.inputs["pixels"])[None].to(self.device)).float().cpu()
        width = self.description.levels[-1].width
        if output.shape[-1] == width and output.shape[1] != width:
            output = output.permute(0, 3, 1, 2)
        tokens: Array = rows_of(output)[0].numpy()
        return tokens

    def completed(self, last: Array, sample: Prepared) -> Array:
        """Hierarchical transformers end with a norm over each token; what else models do behind their last stage is their
        own."""
        if np.allclose(last, self.own_output(sample), atol=1e-2, rtol=1e-2):
            return last
        norm = getattr(self.network, "norm", None)
        if not isinstance(norm, torch.nn.LayerNorm):
            raise InputError(self.description.name, "goes on behind its last stage", "Only its stages can be extracted")
        with torch.inference_mode():
            normed: Array = norm(torch.from_numpy(last).to(self.device)).float().cpu().numpy()
        return normed

    def stored_tokens(self, sample: Sample) -> int:
        return self.description.levels[0].tokens


def rows_of(maps: torch.Tensor) -> torch.Tensor:
    """[n, width, rows, columns] → [n, rows · columns, width]."""
    return maps.flatten(2).transpose(1, 2).contiguous()


def prefix_notes(prefix: int, class_token: bool) -> list[str]:
    registers = prefix - int(class_token)
    return [f"{registers} tokens behind the class token are counted as registers"] if registers else []
