"""The weights of a model's blocks in the form that `finetune` trains (docs/formats.md), and whether they are all there is to
the blocks: each is built from them and has to give what the model's own block gives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from probesweep.errors import InputError
from probesweep.extraction.levels import BlockReader, Ending, Inputs
from probesweep.heads.blocks import backbone_block
from probesweep.heads.tensors import HeadTensors
from probesweep.weights_file import EPSILONS, BlockWeights, epsilon_text

# What single precision leaves of sums in another order: a part of what a block adds to its tokens, and of the tokens.
TOLERANCES = 2e-5, 2e-6


def block_weights(reader: BlockReader, ending: Ending, inputs: Inputs) -> BlockWeights:
    """The tensors of all blocks and of the final norm.

    - Throws: `InputError` for blocks that `finetune` does not train, with the module that is the reason.
    """
    refuse_rotation(reader.model)
    names = {module: name for name, module in reader.model.named_modules()}
    parts = [BlockParts(names.get(block, f"block {index}"), block) for index, block in enumerate(reader.blocks)]
    tensors = {f"blocks.{index}.{name}": tensor for index, block in enumerate(parts) for name, tensor in block.tensors()}
    norms = [norm for block in parts for norm in block.norms()]
    kind = "layer-scale" if parts[0].has_scales else "post-norm" if parts[0].is_post_norm else "pre-norm"
    if not parts[0].is_post_norm:
        norm = final_norm(reader.model, ending)
        tensors |= {"norm.weight": norm.weight, "norm.bias": norm.bias}
        norms.append(norm)
    metadata = {"block-type": kind, "heads": one_of({block.heads for block in parts}, "numbers of heads"),
                "epsilon": epsilon_of(norms)}
    single = {name: tensor.detach().float().cpu().contiguous() for name, tensor in tensors.items()}
    check(reader, inputs, single, metadata)
    return BlockWeights({name: tensor.numpy() for name, tensor in single.items()}, metadata)


# MARK: The parts of a block

PRE_NORM = {
    "norm1": ("norm1", "layernorm_before", "layer_norm1", "self_attn_layer_norm"),
    "qkv": ("attn.qkv",),
    "query": ("attention.q_proj", "attention.attention.query", "self_attn.q_proj"),
    "key": ("attention.k_proj", "attention.attention.key", "self_attn.k_proj"),
    "value": ("attention.v_proj", "attention.attention.value", "self_attn.v_proj"),
    "proj": ("attn.proj", "attention.o_proj", "attention.output.dense", "self_attn.out_proj"),
    "norm2": ("norm2", "layernorm_after", "layer_norm2", "final_layer_norm"),
    "fc1": ("mlp.fc1", "intermediate.dense", "fc1"),
    "fc2": ("mlp.fc2", "output.dense", "fc2"),
}
POST_NORM = {
    "norm1": ("attention.output.LayerNorm", "sa_layer_norm"),
    "query": ("attention.self.query", "attention.q_lin"),
    "key": ("attention.self.key", "attention.k_lin"),
    "value": ("attention.self.value", "attention.v_lin"),
    "proj": ("attention.output.dense", "attention.out_lin"),
    "norm2": ("output.LayerNorm", "output_layer_norm"),
    "fc1": ("intermediate.dense", "ffn.lin1"),
    "fc2": ("output.dense", "ffn.lin2"),
}
"""Where the common implementations have the parts of a block."""

SCALES = (("ls1.gamma", "layer_scale1.lambda1"), ("ls2.gamma", "layer_scale2.lambda1"))
HEADS = ("num_heads", "num_attention_heads", "n_heads")
ACTIVATIONS = ("torch.nn.modules.activation", "transformers.activations", "timm.layers.activations")
EXACT = ("GELU", "GELUActivation")
"""Classes of transformers and timm that compute GELU by erf."""


class BlockParts:
    """The parts of one block, found by their names."""

    def __init__(self, name: str, block: nn.Module) -> None:
        self.name, self.block = name, block
        self.is_post_norm = has(block, POST_NORM["norm1"])
        self.places = {part: found for part, paths in (POST_NORM if self.is_post_norm else PRE_NORM).items()
                       if (found := next((path for path in paths if has(block, (path,))), None))}
        self.has_scales = all(has(block, paths) for paths in SCALES)
        for part in ("norm1", "proj", "norm2", "fc1", "fc2", *(() if "qkv" in self.places else ("query", "key", "value"))):
            self.require(part)
        self.width = self.part("norm1").weight.shape[0]
        self.check_perceptron()
        self.heads = self.heads_of_attention()

    def require(self, part: str) -> None:
        """The part is there, and is a linear layer or a layer norm."""
        wanted = nn.LayerNorm if part.startswith("norm") else nn.Linear
        if part not in self.places:
            # The deepest module that is there on the way to where others have the part.
            paths = (POST_NORM if self.is_post_norm else PRE_NORM)[part]
            inner = next((path.partition(".")[0] for path in paths if has(self.block, (path.partition(".")[0],))), "")
            raise self.refusal(inner, f"has no {part} where known blocks have it")
        module = self.part(part)
        if not isinstance(module, wanted) or module.weight is None:
            raise self.refusal(self.places[part], f"is no {wanted.__name__} with weights")

    def check_perceptron(self) -> None:
        for part, hidden in {"fc1": self.part("fc1").weight.shape[0], "fc2": self.part("fc2").weight.shape[1]}.items():
            if hidden != 4 * self.width:
                raise self.refusal(self.places[part], f"is of a hidden layer of {hidden}, and trained ones have {4 * self.width}")
        for path, module in self.block.named_modules():
            kind = type(module)
            is_exact = module.approximate == "none" if isinstance(module, nn.GELU) else kind.__name__ in EXACT
            if kind.__module__ in ACTIVATIONS and not is_exact and not isinstance(module, nn.MultiheadAttention):
                raise self.refusal(path, "is not GELU by erf")

    def heads_of_attention(self) -> int:
        first = self.places.get("qkv") or self.places["query"]
        for depth in range(first.count("."), -1, -1):
            module = self.block.get_submodule(".".join(first.split(".")[:depth]))
            for name in HEADS:
                if isinstance(getattr(module, name, None), int):
                    return int(getattr(module, name))
        raise self.refusal(first.rpartition(".")[0], f"says its number of heads under none of {', '.join(HEADS)}")

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Under the names of docs/formats.md. Every parameter of the block is among them, or it is refused."""
        taken = {id(parameter) for part in self.places for parameter in self.part(part).parameters()}
        scales = [parameter_at(self.block, paths) for paths in SCALES] if self.has_scales else []
        taken |= {id(scale) for scale in scales}
        stray = [name for name, parameter in self.block.named_parameters() if id(parameter) not in taken]
        if stray:
            raise self.refusal("", f"has parameters that trained blocks have not: {', '.join(stray)}")
        yield from both("norm1", self.part("norm1"))
        yield from (("attn.qkv.weight", self.joined("weight")), ("attn.qkv.bias", self.joined("bias")))
        for part, name in {"proj": "attn.proj", "norm2": "norm2", "fc1": "mlp.fc1", "fc2": "mlp.fc2"}.items():
            if self.part(part).bias is None:
                raise self.refusal(self.places[part], "has no bias, and trained blocks have one")
            yield from both(name, self.part(part))
        yield from ((f"ls{number}.gamma", scale) for number, scale in enumerate(scales, 1))

    def joined(self, kind: str) -> torch.Tensor:
        """Rows of queries, then keys, then values. Keys without a bias get one of zeros, which softmax takes no notice of."""
        parts = ["qkv"] if "qkv" in self.places else ["query", "key", "value"]
        found: list[torch.Tensor] = []
        for part in parts:
            tensor = getattr(self.part(part), kind)
            if tensor is None and part != "key":
                raise self.refusal(self.places[part], f"has no {kind}, and trained blocks have one")
            found.append(torch.zeros(self.width, device=found[0].device) if tensor is None else tensor)
        joined = torch.cat(found)
        if joined.shape[0] != 3 * self.width:
            raise self.refusal(self.places[parts[0]], f"gives {joined.shape[0]} values for queries, keys and values of width "
                                                      f"{self.width}")
        return joined

    def norms(self) -> list[Any]:
        return [self.part("norm1"), self.part("norm2")]

    def part(self, part: str) -> Any:
        return self.block.get_submodule(self.places[part])

    def refusal(self, path: str, problem: str) -> InputError:
        where = f"{self.name}.{path}".rstrip(".")
        return refused(f"{where} ({type(self.block.get_submodule(path)).__name__}) {problem}")


REMEDY = "finetune trains plain blocks of vision transformers, of DINOv2's shape and of BERT's; extract without it"


def refused(problem: str) -> InputError:
    return InputError("--block-weights", problem, REMEDY)


def has(block: nn.Module, paths: Sequence[str]) -> bool:
    return any(found_at(block, path) is not None for path in paths)


def found_at(block: nn.Module, path: str) -> Any:
    place: Any = block
    for step in path.split("."):
        place = getattr(place, step, None)
    return place


def parameter_at(block: nn.Module, paths: Sequence[str]) -> torch.Tensor:
    found: torch.Tensor = next(value for path in paths if (value := found_at(block, path)) is not None)
    return found


def both(name: str, module: Any) -> list[tuple[str, torch.Tensor]]:
    return [(f"{name}.weight", module.weight), (f"{name}.bias", module.bias)]


# MARK: What blocks have in common

def final_norm(model: nn.Module, ending: Ending) -> nn.LayerNorm:
    if ending.norm is None:
        raise refused("no norm was found that reads the last block's output and writes the model's")
    norm = model.get_submodule(ending.norm)
    if not isinstance(norm, nn.LayerNorm) or norm.weight is None or norm.bias is None:
        raise refused(f"{ending.norm} ({type(norm).__name__}) is no LayerNorm with weights")
    return norm


def epsilon_of(norms: Sequence[Any]) -> str:
    value = one_of({float(norm.eps) for norm in norms}, "values of ε in its norms")
    if text := epsilon_text(float(value)):
        return text
    raise refused(f"ε of the norms is {value}, not one of {', '.join(EPSILONS)}")


def one_of(values: set[Any], what: str) -> str:
    if len(values) > 1:
        raise refused(f"the model has several {what}: {', '.join(map(str, sorted(values)))}")
    return str(values.pop())


def refuse_rotation(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if any(word in type(module).__name__.lower() for word in ("rotary", "rope")):
            raise refused(f"{name} ({type(module).__name__}) turns queries and keys by their positions")


# MARK: Whether that is all


def check(reader: BlockReader, inputs: Inputs, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Compares each block, built from the tensors, with the level that the model's own block writes.

    - Throws: `InputError` if one differs: blocks have something beside their weights that their parts do not show.
    """
    levels, _ = reader.levels(inputs)
    named = HeadTensors(dict(tensors))
    for index, (read, written) in enumerate(zip(levels, levels[1:])):
        block = backbone_block(named, metadata["block-type"], read.shape[-1], int(metadata["heads"]),
                               float(metadata["epsilon"]), f"blocks.{index}.")
        with torch.inference_mode():
            error, added = float((block(read) - written).norm()), float((written - read).norm())
        if not error <= TOLERANCES[0] * added + TOLERANCES[1] * float(written.norm()):
            raise refused(f"block {index}, computed from its weights, differs from what the model computes by "
                          f"{error / max(added, 1e-30):.0e} of what it adds to its tokens")
