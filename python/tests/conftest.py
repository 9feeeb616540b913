"""Small models with random weights, made on the spot and loaded offline, and small data."""

import os
import pathlib
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

# The scripts of the samples are tested with the package that they are built on.
sys.path.append(str(pathlib.Path(__file__).parents[2] / "deploy/sample"))

import numpy as np
import pytest

from probesweep.cli import main

try:
    import torchvision_operators  # noqa: F401
    import torch
except ImportError:
    torchvision_operators = None
else:
    # Models are tiny, and threads that wait for each other cost more than they bring on a machine that is shared.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """24 pictures of two classes, 40 × 50 pixels of noise."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    write_photos(folder, 12)
    return folder


def write_photos(folder, each):
    from PIL import Image

    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            pixels = random.integers(0, 256, (40, 50, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


@pytest.fixture(scope="session")
def vit(tmp_path_factory):
    """A vision transformer of timm with class token, two registers and a grid of 2 × 3, saved in a folder."""
    import timm
    import torch

    torch.manual_seed(0)
    arguments = dict(img_size=(32, 48), depth=3, embed_dim=32, num_heads=2, reg_tokens=2)
    model = timm.create_model("vit_tiny_patch16_224", **arguments).eval()
    # An untrained norm is the identity up to scale; a drawn one can be told from it.
    torch.nn.init.normal_(model.norm.weight)
    folder = tmp_path_factory.mktemp("models") / "vit"
    timm.models.save_for_hf(model, folder, model_args=arguments, safe_serialization=True)
    return folder


@pytest.fixture
def extract(tmp_path):
    """Runs `probesweep-extract` in this process and returns the folder that it wrote."""
    def run(*arguments, status=0):
        command, model, data, *rest = map(str, arguments)
        output = tmp_path / "features"
        assert main([command, model, data, str(output), *rest]) == status
        return output

    return run


@pytest.fixture(scope="session")
def probesweep():
    """Runs the Swift program, named by PROBESWEEP_BINARY, and returns what it prints."""
    binary = os.environ.get("PROBESWEEP_BINARY")
    if not binary:
        pytest.skip("PROBESWEEP_BINARY names no program")

    def run(*arguments):
        result = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


def files_of(folder):
    """{relative path: bytes} of a folder."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
