"""The weights of the samples' encoders in the form that the probe `finetune` trains (docs/formats.md)."""

import numpy as np

from probesweep.weights_file import BlockWeights, epsilon_text

BERT_PARTS = {
    "attention.output.dense": "attn.proj", "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2", "output.LayerNorm": "norm2",
}


def of_bert(weights, blocks, heads, epsilon):
    """Of BERT's blocks, which have queries, keys and values apart."""
    found = {}
    for index in range(blocks):
        there, here = f"encoder.layer.{index}.", f"blocks.{index}."
        for kind in ("weight", "bias"):
            parts = [weights[f"{there}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            found[f"{here}attn.qkv.{kind}"] = np.concatenate(parts)
            for part, name in BERT_PARTS.items():
                found[f"{here}{name}.{kind}"] = weights[f"{there}{part}.{kind}"]
    return block_weights(found, "post-norm", heads, epsilon)


def of_vision_transformer(weights, heads, epsilon):
    """Of a vision transformer with layer scale that has the names already: its blocks and the final norm."""
    kept = {name: array for name, array in weights.items() if name.startswith(("blocks.", "norm."))}
    return block_weights(kept, "layer-scale", heads, epsilon)


def block_weights(tensors, block_type, heads, epsilon):
    if epsilon_text(epsilon) is None:
        raise ValueError(f"blocks with an epsilon of {epsilon} cannot be fine-tuned")
    return BlockWeights({name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()},
                        {"block-type": block_type, "heads": str(heads), "epsilon": epsilon_text(epsilon)})
