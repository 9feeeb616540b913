"""Head files, as `probesweep export` writes them and docs/formats.md describes them."""

import json
import os
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import nn

from probesweep.heads.blocks import FineTuned, VisionBlock, VJEPA2
from probesweep.heads.errors import HeadError
from probesweep.heads.gates import CBAM, DOLG
from probesweep.heads.latents import CAE, CaiT, SigLIP, VJEPA
from probesweep.heads.levels import token_source
from probesweep.heads.means import CLIP, ESimPool, SimPool
from probesweep.heads.module import EPSILON, Head
from probesweep.heads.multiple_instance import AbMILP
from probesweep.heads.options import ProbeOptions
from probesweep.heads.pooled import LastLayers, MultilayerPerceptron, PooledVector
from probesweep.heads.queries import AIM, CoCa, CrossAttention, EfficientProbing
from probesweep.heads.tensors import HeadTensors
from probesweep.heads.tokens import TokenLayout

POOLINGS = {
    "linear": PooledVector, "dinov2": LastLayers, "mlp": MultilayerPerceptron, "efficient": EfficientProbing,
    "mhca": CrossAttention, "abmilp": AbMILP, "aim": AIM, "siglip": SigLIP, "simpool": SimPool, "esimpool": ESimPool,
    "coca": CoCa, "cae": CAE, "vjepa": VJEPA, "vjepa2": VJEPA2, "cait": CaiT, "clip": CLIP, "vit-block": VisionBlock,
    "dolg": DOLG, "cbam": CBAM, "finetune": FineTuned,
}
"""The poolings of probe types that have a head, by their names in sweeps."""

OF_VECTORS = ("linear", "dinov2", "mlp")
"""Those that read one vector a sample."""

HEADLESS = {
    "knn": "A knn probe is its training samples: give them to probesweep.heads.NearestNeighbours",
    "zeroshot": "A zeroshot probe is its class embeddings: give them to probesweep.heads.ZeroShot",
}


def load_head(file: str | os.PathLike[str], *, class_token: bool | None = None, registers: int | None = None) -> Head:
    """Loads a trained head as a module in evaluation mode, whose logits are those of `probesweep predict`.

    file: A safetensors file as `probesweep export` writes it.
    class_token, registers: How the tokens that it will be given begin; needed only where the file does not say.

    Raises HeadError, with file, field, value and remedy, for a file that is no head, or has tensors that are missing,
    misshapen or not its probe's.
    """
    path = os.fspath(file)
    try:
        metadata, tensors = read(path)
        description = described(metadata)
        head = built(description, tensors, layout(description, class_token, registers))
    except HeadError as error:
        raise HeadError(error.field, error.problem, error.remedy, path) from None
    return head.eval()


def read(path: str) -> tuple[dict[str, str], HeadTensors]:
    try:
        with safe_open(path, framework="pt") as opened:
            return opened.metadata() or {}, HeadTensors({name: opened.get_tensor(name) for name in opened.keys()})
    except (SafetensorError, OSError) as error:
        raise HeadError("file", f"it is not readable as safetensors ({error})", "Give a file of probesweep export")


def described(metadata: dict[str, str]) -> dict[str, Any]:
    """The metadata with its JSON decoded; `probe` is an object with `type` and `options`."""
    description: dict[str, Any] = dict(metadata)
    for field in ("probe", "class_names", "class_token", "registers", "layer"):
        if field in metadata:
            try:
                description[field] = json.loads(metadata[field])
            except ValueError:
                raise HeadError(f"__metadata__.{field}", f"{metadata[field]!r} is not JSON", "Export the head again")
    probe: Any = description.get("probe")
    has_type = isinstance(probe, dict) and isinstance(probe.get("type"), str)
    if not has_type or not isinstance(probe.get("options", {}), dict):
        raise HeadError(
            "__metadata__.probe", f"{metadata.get('probe', 'it is missing')}",
            'Write {"type": …, "options": {…}}, as docs/formats.md has it')
    return description


def layout(description: dict[str, Any], class_token: bool | None, registers: int | None) -> TokenLayout:
    """How tokens begin: as the caller says, else as the file does."""
    class_token = description.get("class_token") if class_token is None else class_token
    registers = description.get("registers", 0) if registers is None else registers
    if not isinstance(class_token, bool):
        raise HeadError(
            "__metadata__.class_token", "the file does not say whether tokens begin with a class token",
            "Give class_token=True or class_token=False, and registers=N if there are any")
    if not isinstance(registers, int) or isinstance(registers, bool) or registers < 0:
        raise HeadError("__metadata__.registers", f"{registers!r} is not a count", "Give registers=N")
    return TokenLayout(class_token, registers)


def built(description: dict[str, Any], tensors: HeadTensors, layout: TokenLayout) -> Head:
    name, options = description["probe"]["type"], ProbeOptions(description["probe"].get("options", {}))
    if name in HEADLESS:
        raise HeadError("probe.type", f"a {name} probe has no head", HEADLESS[name])
    if name not in POOLINGS:
        raise HeadError("probe.type", f"there is no probe {name!r}", f"Give one of {', '.join(sorted(POOLINGS))}")
    source = token_source(tensors, options, prepares_tokens=name not in OF_VECTORS)
    pooling = POOLINGS[name](tensors, options, layout)
    linear = tensors.linear("head", None, None)
    has_norm = getattr(pooling, "normalizes_output", True) and (
        "norm.running_mean" in tensors or "norm.running_var" in tensors)
    norm = tensors.batch_norm("norm", linear.in_features, EPSILON) if has_norm else nn.Identity()
    tensors.check_all_taken()
    options.check_all_taken(name)
    return Head(description, source, pooling, linear, norm)
