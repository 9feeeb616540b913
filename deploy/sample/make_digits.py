"""Makes the digits sample: small images of digits read by an untrained vision transformer, as a ProbeSweep feature set
with the transformer's weights beside it.

The 1,797 images of 8 × 8 pixels are those that scikit-learn brings (UCI, optical recognition of handwritten digits). The
backbone is a standard pre-norm vision transformer with random weights: it knows nothing, so that whatever a probe or a
fine-tuned block finds, it has learnt from these images.
"""

import argparse
import gzip
import hashlib
import pathlib

import numpy as np

from minilm import gelu
from probesweep.writing import FeatureSetWriter, write_safetensors

DIGITS = "sklearn/datasets/data/digits.csv.gz"
DIGITS_HASH = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
SEED, WIDTH, HEADS, BLOCKS, PATCH, EPSILON = 1, 96, 12, 4, 2, 1e-6
SIDE = 8 // PATCH


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="folder of the feature set")
    parser.add_argument("--wheel", type=pathlib.Path, required=True, help="the unzipped scikit-learn wheel")
    arguments = parser.parse_args()

    images, labels = read_digits(arguments.wheel / DIGITS)
    embedding, weights = random_weights(np.random.default_rng(SEED))
    writer = FeatureSetWriter(arguments.output, "digits-vit", backbone="untrained ViT, 4 blocks, width 96",
                              revision=f"seed {SEED}", class_token=True, grid=(SIDE, SIDE), dtype="F32")
    x = embed(images, embedding)
    writer.add_shard(0, "embeddings", x)
    for index in range(BLOCKS):
        x = block(x, weights, f"blocks.{index}.")
        writer.add_shard(index + 1, f"block {index + 1}", x)
    writer.add_task("digit", "classification", "top1", labels=labels, classes=10,
                    class_names=[str(digit) for digit in range(10)])
    (arguments.output / "weights").mkdir(exist_ok=True)
    write_safetensors(arguments.output / "weights/backbone.safetensors",
                      {name: ("F32", array) for name, array in weights.items()})
    writer.finish(origin={"data": "UCI optical recognition of handwritten digits, as in scikit-learn",
                          "dataHash": f"sha256:{DIGITS_HASH}", "tool": f"deploy/sample with NumPy {np.__version__}"})


def read_digits(path):
    """Images [n, 8, 8] with values from −1 to 1, and labels [n]."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != DIGITS_HASH:
        raise SystemExit(f"{path} is not the file that this sample was made for")
    rows = np.loadtxt(gzip.decompress(data).decode().splitlines(), delimiter=",", dtype=np.float32)
    return rows[:, :64].reshape(-1, 8, 8) / 8 - 1, rows[:, 64].astype(np.int32)


def random_weights(random):
    """The embedding's tensors, and the blocks' and the final norm's under their standard names."""
    def normal(*shape, scale):
        return random.normal(0, scale, shape).astype(np.float32)

    D = WIDTH
    embedding = {"patch": normal(D, PATCH * PATCH, scale=0.5), "class": normal(D, scale=0.02),
                 "position": normal(1 + SIDE * SIDE, D, scale=0.5)}
    weights = {"norm.weight": np.ones(D, np.float32), "norm.bias": np.zeros(D, np.float32)}
    for index in range(BLOCKS):
        for name, shape in {"attn.qkv": (3 * D, D), "attn.proj": (D, D), "mlp.fc1": (4 * D, D), "mlp.fc2": (D, 4 * D)}.items():
            weights[f"blocks.{index}.{name}.weight"] = normal(*shape, scale=shape[1] ** -0.5)
            weights[f"blocks.{index}.{name}.bias"] = np.zeros(shape[0], np.float32)
        for name in ("norm1", "norm2"):
            weights[f"blocks.{index}.{name}.weight"] = np.ones(D, np.float32)
            weights[f"blocks.{index}.{name}.bias"] = np.zeros(D, np.float32)
    return embedding, weights


def embed(images, embedding):
    """[n, 8, 8] → [n, 1 + 16, D]: class token, then the patches row by row."""
    n = len(images)
    patches = images.reshape(n, SIDE, PATCH, SIDE, PATCH).transpose(0, 1, 3, 2, 4).reshape(n, SIDE * SIDE, -1)
    tokens = patches @ embedding["patch"].T
    first = np.broadcast_to(embedding["class"], (n, 1, WIDTH))
    return np.concatenate([first, tokens], 1) + embedding["position"]


def block(x, weights, name):
    """x ← x + attention(norm(x)), then x ← x + mlp(norm(x))."""
    n, tokens, D = x.shape

    def linear(x, part):
        return x @ weights[f"{name}{part}.weight"].T + weights[f"{name}{part}.bias"]

    q, k, v = linear(norm(x), "attn.qkv").reshape(n, tokens, 3, HEADS, D // HEADS).transpose(2, 0, 3, 1, 4)
    scores = q @ k.transpose(0, 1, 3, 2) * np.float32((D // HEADS) ** -0.5)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    x = x + linear((scores @ v).transpose(0, 2, 1, 3).reshape(n, tokens, D), "attn.proj")
    return x + linear(gelu(linear(norm(x), "mlp.fc1")), "mlp.fc2")


def norm(x):
    """The layer norm of an untrained model: γ = 1, β = 0."""
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt(np.square(x).mean(-1, keepdims=True) + np.float32(EPSILON))


if __name__ == "__main__":
    main()
