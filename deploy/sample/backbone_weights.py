"""The weights of an encoder's blocks beside its tokens, for the probe `finetune` (docs/formats.md)."""

import numpy as np

from probesweep.writing import write_safetensors

EPSILONS = {1e-6: "1e-6", 1e-12: "1e-12", 1e-5: "1e-5"}


def write(folder, tensors, block_type, heads, epsilon):
    """`folder`/weights/backbone.safetensors, unless it is there."""
    path = folder / "weights" / "backbone.safetensors"
    if path.exists():
        return
    known = min(EPSILONS, key=lambda value: abs(value / epsilon - 1))
    if abs(known / epsilon - 1) > 1e-6:
        raise ValueError(f"epsilon {epsilon} is none of {', '.join(EPSILONS.values())}")
    path.parent.mkdir(exist_ok=True)
    metadata = {"block-type": block_type, "heads": str(heads), "epsilon": EPSILONS[known]}
    write_safetensors(path, {name: ("F32", np.ascontiguousarray(array, np.float32)) for name, array in tensors.items()}, metadata)


def of_bert(weights, blocks):
    """The tensors of BERT's blocks under the names of docs/formats.md."""
    found = {}
    for index in range(blocks):
        there, here = f"encoder.layer.{index}.", f"blocks.{index}."
        for kind in ("weight", "bias"):
            parts = [weights[f"{there}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            found[f"{here}attn.qkv.{kind}"] = np.concatenate(parts)
            for part, name in BERT_PARTS.items():
                found[f"{here}{name}.{kind}"] = weights[f"{there}{part}.{kind}"]
    return found


BERT_PARTS = {
    "attention.output.dense": "attn.proj", "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2", "output.LayerNorm": "norm2",
}


def of_vision_transformer(weights):
    """Those of a vision transformer that has the names already: its blocks and the final norm."""
    return {name: array for name, array in weights.items() if name.startswith(("blocks.", "norm."))}
