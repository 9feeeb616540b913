"""A small vision transformer for images of 28 × 28 pixels: patches of 4, width 128, 6 blocks, 4 heads, a class token and
fixed sine-cosine positions. Pre-norm, as the backbones that it stands in for."""

import torch
from torch import nn
from torch.nn import functional

SIDE, PATCH, WIDTH, BLOCKS, HEADS = 28, 4, 128, 6, 4
GRID = SIDE // PATCH
PATCHES = GRID * GRID
EPSILON = 1e-6


class SmallViT(nn.Module):
    """For images of another size, `grid` patches a side, positions lie between those that it was trained at."""

    def __init__(self, grid=GRID):
        super().__init__()
        self.embedding = nn.Linear(PATCH * PATCH, WIDTH)
        self.class_token = nn.Parameter(torch.empty(WIDTH))
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.register_buffer("positions", sine_cosine(WIDTH, grid, GRID), persistent=False)
        nn.init.normal_(self.class_token, std=0.02)

    def forward(self, images, visible=None):
        """Normalised tokens of images [n, 28, 28]: [n, 1 + patches, D], the class token first.

        - visible: places of the patches to read, [n, K]; all of them if none are given.
        """
        x = self.embed(images, visible)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def levels(self, images):
        """Level 0, what the first block reads, and what each block writes; the final norm stands behind the last alone."""
        x = self.embed(images)
        states = [x]
        for block in self.blocks:
            x = block(x)
            states.append(x)
        states[-1] = self.norm(x)
        return states

    def embed(self, images, visible=None):
        tokens = self.embedding(patches_of(images)) + self.positions
        if visible is not None:
            tokens = picked(tokens, visible)
        first = self.class_token.expand(len(tokens), 1, -1)
        return torch.cat([first, tokens], 1)


class Block(nn.Module):
    """x ← x + attention(norm(x)), then x ← x + mlp(norm(x))."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, EPSILON), nn.LayerNorm(width, EPSILON)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        for layer in (self.qkv, self.proj, self.fc1, self.fc2):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width)
        x = x + self.proj(mixed)
        return x + self.fc2(functional.gelu(self.fc1(self.norm2(x))))


def patches_of(images):
    """[n, 28, 28] → [n, 49, 16], row by row; of larger images more."""
    n, grid = len(images), images.shape[-1] // PATCH
    return images.view(n, grid, PATCH, grid, PATCH).transpose(2, 3).reshape(n, grid * grid, PATCH * PATCH)


def picked(tokens, places):
    """Tokens [n, T, D] at places [n, K] → [n, K, D]."""
    return tokens.gather(1, places[:, :, None].expand(-1, -1, tokens.shape[-1]))


def sine_cosine(width, side, trained=None):
    """Positions of a square grid, [side², width]: a quarter each for sine and cosine of row and column.

    - trained: the side of the grid that is stretched over `side` patches, if it is another one.
    """
    frequencies = 10_000 ** -(torch.arange(width // 4) / (width // 4))
    places = torch.arange(side)
    if trained not in (None, side):
        places = (places + 0.5) * trained / side - 0.5
    rows, columns = torch.meshgrid(places, places, indexing="ij")
    angles = torch.cat([axis.reshape(-1, 1) * frequencies for axis in (rows, columns)], 1)
    return torch.cat([angles.sin(), angles.cos()], 1)


def pixels_of(images):
    """Bytes [n, 28, 28] → numbers about 0 of spread about 1, by the mean and the deviation of all training pixels."""
    return (torch.from_numpy(images.astype("float32")) / 255 - 0.2860) / 0.3530
