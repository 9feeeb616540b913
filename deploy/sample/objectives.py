"""What a small vision transformer is pre-trained to do: one class each, with what it needs beside the encoder.

`loss(encoder, images, labels, generator)` is the loss of one batch; `generator` draws all that is random in it.
"""

import math

import torch
from torch import nn
from torch.nn import functional

from small_vit import GRID, PATCH, PATCHES, SIDE, WIDTH, Block, patches_of, picked, sine_cosine

CLASSES = 10


class Masked(nn.Module):
    """Masked autoencoding: a quarter of the patches is read, and a small decoder gives the pixels of the others."""

    SHARE, DECODER_WIDTH, DECODER_BLOCKS, DECODER_HEADS = 0.75, 64, 2, 4

    def __init__(self):
        super().__init__()
        self.entry = nn.Linear(WIDTH, self.DECODER_WIDTH)
        self.mask_token = nn.Parameter(torch.empty(self.DECODER_WIDTH))
        self.blocks = nn.ModuleList(Block(self.DECODER_WIDTH, self.DECODER_HEADS) for _ in range(self.DECODER_BLOCKS))
        self.norm = nn.LayerNorm(self.DECODER_WIDTH)
        self.exit = nn.Linear(self.DECODER_WIDTH, PATCH * PATCH)
        self.register_buffer("positions", sine_cosine(self.DECODER_WIDTH, GRID), persistent=False)
        nn.init.normal_(self.mask_token, std=0.02)

    def loss(self, encoder, images, labels, generator):
        order = torch.rand(len(images), PATCHES, generator=generator).argsort(1)
        kept = PATCHES - round(self.SHARE * PATCHES)
        visible, hidden = order[:, :kept], order[:, kept:]
        read = self.entry(encoder(images, visible))
        tokens = torch.cat([read[:, 1:], self.mask_token.expand(len(images), PATCHES - kept, -1)], 1)
        x = torch.cat([read[:, :1], tokens + self.positions[order]], 1)
        for block in self.blocks:
            x = block(x)
        guessed = self.exit(self.norm(x[:, 1 + kept :]))
        return functional.mse_loss(guessed, picked(patches_of(images), hidden))


class Contrastive(nn.Module):
    """Two views of an image are to be alike, and unlike the views of all other images of the batch (InfoNCE on the class
    token behind a projection)."""

    TEMPERATURE, HIDDEN, OUTPUT = 0.2, 256, 64

    def __init__(self):
        super().__init__()
        self.projection = nn.Sequential(nn.Linear(WIDTH, self.HIDDEN), nn.ReLU(), nn.Linear(self.HIDDEN, self.OUTPUT))

    def loss(self, encoder, images, labels, generator):
        n = len(images)
        views = torch.cat([view(images, generator), view(images, generator)])
        z = functional.normalize(self.projection(encoder(views)[:, 0]), dim=1)
        similar = (z @ z.T / self.TEMPERATURE).masked_fill(torch.eye(2 * n, dtype=torch.bool), -math.inf)
        return functional.cross_entropy(similar, torch.arange(2 * n).roll(n))


class Supervised(nn.Module):
    """The class of the image, from the class token."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(WIDTH, CLASSES)

    def loss(self, encoder, images, labels, generator):
        return functional.cross_entropy(self.head(encoder(images)[:, 0]), labels)


OBJECTIVES = {"masked": Masked, "contrastive": Contrastive, "supervised": Supervised}


# MARK: Views


def view(images, generator):
    """A crop of 40 to 100 % of the image, enlarged and shifted, mirrored in half the cases, with other contrast and
    brightness, and a block of pixels blanked in half the cases."""
    n = len(images)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    side = uniform(0.4, 1).sqrt()
    mirrored = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    shift = uniform(-1, 1, 2) * (1 - side)[:, None]
    zero = torch.zeros(n)
    maps = torch.stack([torch.stack([side * mirrored, zero, shift[:, 0]], 1),
                        torch.stack([zero, side, shift[:, 1]], 1)], 1)
    places = functional.affine_grid(maps, (n, 1, SIDE, SIDE), align_corners=False)
    # Ground is black, which is not 0 once pixels are normalised; borders are repeated instead.
    cropped = functional.grid_sample(images[:, None], places, padding_mode="border", align_corners=False)[:, 0]
    toned = cropped * uniform(0.6, 1.4, 1, 1) + uniform(-0.3, 0.3, 1, 1)
    return toned.masked_fill(erased(uniform), 0)


def erased(uniform):
    """Which pixels [n, 28, 28] a block of 4 to 12 pixels a side covers, in half of the images."""
    height, width = uniform(4, 12, 1), uniform(4, 12, 1)
    top, left = uniform(0, 1, 1) * (SIDE - height), uniform(0, 1, 1) * (SIDE - width)
    at = torch.arange(SIDE) + 0.5
    rows, columns = (at >= top) & (at < top + height), (at >= left) & (at < left + width)
    return rows[:, :, None] & columns[:, None, :] & (uniform(0, 1, 1, 1) < 0.5)
