"""The weights of blocks beside the samples: blocks built from them compute what the samples' encoders do."""

import json
import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import backbone_weights
from minilm import MiniLM
from probesweep.heads.blocks import backbone_block
from probesweep.heads.tensors import HeadTensors

WIDTH, HEADS = 24, 2


def minilm(random):
    """An encoder of two blocks, with weights drawn at random."""
    model = MiniLM.__new__(MiniLM)
    model.heads, model.epsilon, model.blocks, model.weights = HEADS, np.float32(1e-12), 2, {}
    shapes = {"attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH), "attention.self.value": (WIDTH, WIDTH),
              "attention.output.dense": (WIDTH, WIDTH), "attention.output.LayerNorm": (WIDTH,),
              "intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH), "output.LayerNorm": (WIDTH,)}
    for block in range(model.blocks):
        for name, shape in shapes.items():
            for kind, size in {"weight": shape, "bias": shape[:1]}.items():
                model.weights[f"encoder.layer.{block}.{name}.{kind}"] = random.normal(0, 0.3, size).astype(np.float32)
    return model


def test_blocks_of_minilm_are_its_own():
    random = np.random.default_rng(1)
    model = minilm(random)
    tensors = {name: torch.from_numpy(array) for name, array in backbone_weights.of_bert(model.weights, model.blocks).items()}
    tokens = random.normal(0, 1, (3, 5, WIDTH)).astype(np.float32)
    for index in range(model.blocks):
        block = backbone_block(HeadTensors(tensors), "post-norm", WIDTH, HEADS, 1e-12, f"blocks.{index}.")
        found = block(torch.from_numpy(tokens)).detach().numpy()
        np.testing.assert_allclose(found, model.block(tokens, f"encoder.layer.{index}."), atol=2e-5)


def test_the_file_says_what_its_tensors_do_not(tmp_path):
    backbone_weights.write(tmp_path, {"norm.weight": np.ones(3)}, "layer-scale", 6, float(np.float32(1e-6)))
    path = tmp_path / "weights" / "backbone.safetensors"
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    assert header["__metadata__"] == {"block-type": "layer-scale", "heads": "6", "epsilon": "1e-6"}
    backbone_weights.write(tmp_path, {}, "layer-scale", 6, 1e-6)
    assert path.read_bytes() == content
    with pytest.raises(ValueError, match="none of 1e-6"):
        backbone_weights.write(tmp_path / "other", {}, "layer-scale", 6, 1e-4)
