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
from probesweep.weights_file import epsilon_text

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
    of_model = backbone_weights.of_bert(model.weights, model.blocks, model.heads, float(model.epsilon))
    assert of_model.metadata == {"block-type": "post-norm", "heads": "2", "epsilon": "1e-12"}
    tensors = {name: torch.from_numpy(array) for name, array in of_model.tensors.items()}
    tokens = random.normal(0, 1, (3, 5, WIDTH)).astype(np.float32)
    for index in range(model.blocks):
        block = backbone_block(HeadTensors(tensors), "post-norm", WIDTH, HEADS, 1e-12, f"blocks.{index}.")
        found = block(torch.from_numpy(tokens)).detach().numpy()
        np.testing.assert_allclose(found, model.block(tokens, f"encoder.layer.{index}."), atol=2e-5)


def test_the_file_says_what_its_tensors_do_not(tmp_path):
    weights = backbone_weights.of_vision_transformer({"norm.weight": np.ones(3), "pos_embed": np.ones(3)}, 6, float(np.float32(1e-6)))
    path = weights.write(tmp_path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    assert header.pop("__metadata__") == {"block-type": "layer-scale", "heads": "6", "epsilon": "1e-6"}
    assert list(header) == ["norm.weight"]
    assert weights.write(tmp_path) is None and path.read_bytes() == content


@pytest.mark.parametrize("value, text", [(1e-12, "1e-12"), (float(np.float32(1e-5)), "1e-5"), (1e-4, None)])
def test_an_epsilon_is_known_in_single_precision(value, text):
    assert epsilon_text(value) == text
