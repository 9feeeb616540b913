"""all-MiniLM-L6-v2 in NumPy: a BERT encoder with post-layer-norm, 6 blocks, width 384, 12 heads.

Level 0 is the normalised sum of the embeddings, levels 1 to 6 are the outputs of the blocks.
"""

import copy
import json
import pathlib

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from probesweep.extraction.backbone import Description, Level, Prepared
from probesweep.writing import sha256


class MiniLM:
    def __init__(self, folder, longest):
        """`folder` holds config.json, model.safetensors and tokenizer.json; texts are cut to `longest` tokens, [CLS] and
        [SEP] included."""
        folder = pathlib.Path(folder)
        config = json.loads((folder / "config.json").read_text())
        self.heads = config["num_attention_heads"]
        self.epsilon = np.float32(config["layer_norm_eps"])
        self.blocks = config["num_hidden_layers"]
        self.levels = self.blocks + 1
        self.weights = load_file(folder / "model.safetensors")
        self.revision = f"sha256:{sha256(folder / 'model.safetensors')}"
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(longest)
        self.random_weights = None

    def untrained(self, seed):
        """The same architecture with weights drawn as BERT draws them before training: matrices and tables normal with
        deviation 0.02, norms the identity, biases zero."""
        random = np.random.default_rng(seed)
        other = copy.copy(self)
        other.weights = {name: drawn(name, tensor, random) for name, tensor in sorted(self.weights.items())}
        other.random_weights, other.revision = seed, f"random weights, seed {seed}"
        return other

    def tokenize(self, texts):
        """Token ids of each text: [CLS], word pieces, [SEP]."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]

    def encode(self, ids):
        """Every level of texts of one length: ids [n, T] → generator of arrays [n, T, 384]."""
        x = self.embed(np.asarray(ids))
        yield x
        for block in range(self.blocks):
            x = self.block(x, f"encoder.layer.{block}.")
            yield x

    def embed(self, ids):
        table = "embeddings.{}_embeddings.weight".format
        positions = self.weights[table("position")][: ids.shape[1]]
        x = self.weights[table("word")][ids] + positions + self.weights[table("token_type")][0]
        return self.normalize(x, "embeddings.LayerNorm")

    def block(self, x, name):
        """x ← norm(x + attention(x)), then x ← norm(x + mlp(x))."""
        mixed = self.linear(self.attend(x, name + "attention.self."), name + "attention.output.dense")
        x = self.normalize(x + mixed, name + "attention.output.LayerNorm")
        hidden = gelu(self.linear(x, name + "intermediate.dense"))
        return self.normalize(x + self.linear(hidden, name + "output.dense"), name + "output.LayerNorm")

    def attend(self, x, name):
        """Texts of one batch have one length, so that no token needs a mask."""
        n, tokens, width = x.shape

        def heads(part):
            return self.linear(x, name + part).reshape(n, tokens, self.heads, -1).transpose(0, 2, 1, 3)

        queries, keys, values = heads("query"), heads("key"), heads("value")
        scores = queries @ keys.transpose(0, 1, 3, 2) * np.float32((width // self.heads) ** -0.5)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        return (scores @ values).transpose(0, 2, 1, 3).reshape(n, tokens, width)

    def linear(self, x, name):
        # One large product instead of one a text: NumPy would otherwise loop over the first axis.
        rows = x.reshape(-1, x.shape[-1]) @ self.weights[name + ".weight"].T
        rows += self.weights[name + ".bias"]
        return rows.reshape(*x.shape[:-1], -1)

    def normalize(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]


class MiniLMReader:
    """The encoder as an extraction asks for it (`probesweep.extraction.backbone.Backbone`).

    Tokens are stored as the encoder gives them. [CLS] is the class token; the word pieces and the closing [SEP] are the
    patch tokens: the model's own pooling averages over [SEP] as over any word, and a probe may learn to look past it.
    """

    def __init__(self, model, typical):
        """`typical`: tokens of a typical text, by which sizes are foreseen."""
        self.model = model
        width = model.weights["embeddings.word_embeddings.weight"].shape[1]
        self.description = Description(
            name="all-MiniLM-L6-v2", revision=model.revision, class_token=True, ragged=True,
            levels=[Level(level, "embeddings" if level == 0 else f"block {level}", width, typical, final_norm=True)
                    for level in range(model.levels)],
            notes=["each block ends with a norm of its own; no final norm stands behind the last",
                   "[SEP], which the tokenizer adds, is a patch token"],
            random_weights=model.random_weights, versions={"numpy": np.__version__})

    def prepare(self, sample, content):
        encoding = self.model.tokenizer.encode(content.decode())
        return Prepared({"ids": np.array(encoding.ids)}, texts=encoding.tokens)

    def encode(self, batch):
        return dict(enumerate(self.model.encode([sample.inputs["ids"] for sample in batch])))

    def stored_tokens(self, sample):
        return len(self.model.tokenizer.encode(sample.text).ids)


def drawn(name, tensor, random):
    """The first values of a tensor."""
    if name.endswith("LayerNorm.weight"):
        return np.ones_like(tensor)
    if name.endswith(".bias") or tensor.dtype != np.float32:
        return np.zeros_like(tensor)
    return random.normal(0, 0.02, tensor.shape).astype(np.float32)


def gelu(x):
    """x·Φ(x) = x·(1 + erf(x/√2))/2, with erf to 1.5e-7 by Abramowitz and Stegun, 7.1.26.

    In place and in pieces that stay in cache: the same formula on whole arrays takes several times as long.
    """
    flat = x.reshape(-1)
    for start in range(0, flat.size, 1 << 15):
        piece = flat[start : start + (1 << 15)]
        z = np.abs(piece) * np.float32(0.5**0.5)
        t = 1 / (1 + np.float32(0.3275911) * z)
        tail = np.full_like(t, 1.061405429)
        for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail *= t
            tail += np.float32(coefficient)
        tail *= t
        tail *= np.exp(-z * z)  # 1 − erf(|z|)
        piece *= np.where(piece < 0, tail, 2 - tail) * np.float32(0.5)
    return x
