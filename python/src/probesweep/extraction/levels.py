"""Every level of a model in one forward pass, and what can be read off the model by running it."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from probesweep.errors import InputError
from probesweep.extraction.backbone import Description, Level, Prepared
from probesweep.extraction.samples import Sample
from probesweep.writing import Array

Inputs = Mapping[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Ending:
    """What a model does to the tokens behind its last block."""

    norm: str | None
    """The name of the final norm."""
    built_in: bool = False
    """Whether each block ends with a norm, so that there is none to come."""
    unknown: bool = False
    """Whether the model's output is neither the last block's nor that of a norm on it."""


class BlockReader:
    """Runs a model and takes what its blocks read and write.

    - run: maps inputs to the model's own output of all tokens [n, T, D].
    - blocks: modules that pass [n, T, D] on to each other.
    """

    def __init__(self, model: torch.nn.Module, blocks: Sequence[torch.nn.Module], run: Callable[[Inputs], torch.Tensor],
                 device: str) -> None:
        self.model, self.blocks, self.run, self.device = model.eval().to(device), list(blocks), run, device
        self.model.requires_grad_(False)

    def output(self, inputs: Inputs) -> torch.Tensor:
        """The model's own output, without hooks."""
        with torch.inference_mode():
            return self.run(self.placed(inputs)).float().cpu()

    def levels(self, inputs: Inputs) -> tuple[list[torch.Tensor], torch.Tensor]:
        """What the first block reads and each block writes, [n, T, D] each, and the model's own output."""
        taken: list[torch.Tensor] = []

        def before(module: torch.nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
            taken.append(tokens_of(arguments[0] if arguments else named["hidden_states"]))

        def after(module: torch.nn.Module, arguments: Any, result: Any) -> None:
            taken.append(tokens_of(result))

        hooks = [self.blocks[0].register_forward_pre_hook(before, with_kwargs=True)]
        hooks += [block.register_forward_hook(after) for block in self.blocks]
        try:
            with torch.inference_mode():
                output = self.run(self.placed(inputs))
        finally:
            for hook in hooks:
                hook.remove()
        return [level.float().cpu() for level in taken], output.float().cpu()

    def checked_levels(self, inputs: Inputs) -> list[torch.Tensor]:
        """The levels of two different samples, if blocks can be read in this way.

        - Throws: `InputError` if they cannot.
        """
        try:
            levels, _ = self.levels(inputs)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise InputError("model", f"cannot read {' and '.join(inputs)} alone, or gives no tokens ({error})",
                             "Write a function that returns what reads one input, and extract it with module") from error
        shapes = [tuple(level.shape) for level in levels]
        if len(levels) != len(self.blocks) + 1:
            raise InputError("blocks", f"{len(levels) - 1} outputs of {len(self.blocks)} blocks in one pass",
                             "Name the list of blocks with --blocks")
        if any(len(shape) != 3 or shape[:2] != shapes[0][:2] for shape in shapes):
            raise InputError("blocks", f"they do not pass on tokens [n, T, D] of one T: {shapes}",
                             "Name another list of blocks with --blocks")
        again, _ = self.levels(inputs)
        if any(not torch.equal(one, other) for one, other in zip(levels, again)):
            raise InputError("model", "gives different tokens for the same input in a second pass, as masked autoencoders do",
                             "Load the encoder alone, without random masking or dropout")
        return levels

    def ending(self, inputs: Inputs) -> Ending:
        """Found by value: a module behind the blocks that reads the last block's output and writes the model's."""
        seen: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        inside = {id(module) for block in self.blocks[:-1] for module in block.modules()} | {id(self.blocks[-1])}
        last_parts = {id(module) for module in self.blocks[-1].modules()}

        def note(name: str) -> Callable[..., None]:
            def hook(module: torch.nn.Module, arguments: Any, result: Any) -> None:
                if arguments and isinstance(arguments[0], torch.Tensor) and isinstance(result, torch.Tensor):
                    seen[name] = (arguments[0].float().cpu(), result.float().cpu())
            return hook

        modules = {name: module for name, module in self.model.named_modules()
                   if id(module) not in inside and not any(module.children())}
        hooks = [module.register_forward_hook(note(name)) for name, module in modules.items()]
        try:
            levels, output = self.levels(inputs)
        finally:
            for hook in hooks:
                hook.remove()
        raw = levels[-1]
        if not same(raw, output):
            for name, (read, written) in seen.items():
                if id(modules[name]) not in last_parts and same(read, raw) and same(written, output):
                    return Ending(norm=name)
            return Ending(norm=None, unknown=True)
        ends_with_norm = any(id(modules[name]) in last_parts and same(written, raw) and is_norm(modules[name])
                             for name, (_, written) in seen.items())
        return Ending(norm=None, built_in=ends_with_norm)

    def placed(self, inputs: Inputs) -> dict[str, torch.Tensor]:
        return {name: tensor.to(self.device) for name, tensor in inputs.items()}


class BlockModel:
    """The part of a backbone whose blocks pass tokens on that reads batches."""

    description: Description
    reader: BlockReader
    apply_norm: bool
    ending: Ending
    example_inputs: Inputs
    """Two examples that differ everywhere."""

    def encode(self, batch: Sequence[Prepared]) -> Mapping[int, Array]:
        levels, output = self.reader.levels(stacked([sample.inputs for sample in batch]))
        if self.apply_norm:
            levels[-1] = output
        return {index: np.ascontiguousarray(level.numpy()) for index, level in enumerate(levels)}

    def own_output(self, sample: Prepared) -> Array:
        output: Array = self.reader.output(stacked([sample.inputs]))[0, : sample.kept].numpy()
        return output

    def stored_tokens(self, sample: Sample) -> int:
        return self.description.levels[0].tokens

    def completed(self, last: Array, sample: Prepared) -> Array:
        name = None if self.apply_norm else self.reader.ending(stacked([sample.inputs])).norm
        if name is None:
            return last
        norm = self.reader.model.get_submodule(name)
        with torch.inference_mode():
            normed: Array = norm(torch.from_numpy(last)[None].to(self.reader.device))[0].float().cpu().numpy()
        return normed


def tokens_of(value: Any) -> torch.Tensor:
    tensor: torch.Tensor = value if isinstance(value, torch.Tensor) else value[0]
    return tensor


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def is_norm(module: torch.nn.Module) -> bool:
    return "norm" in type(module).__name__.lower()


def prefix_tokens(first_level: torch.Tensor) -> int:
    """How many tokens at the front are the same for two different samples, [2, T, D]: class token and registers, which
    the model brings itself."""
    differs = (first_level[0] != first_level[1]).any(-1)
    return int(differs.int().argmax()) if bool(differs.any()) else 0


def block_list(model: torch.nn.Module, name: str | None, count: int | None = None) -> list[torch.nn.Module]:
    """The blocks: those of the list called `name`; else the outermost list of `count` modules, else the longest of one
    class."""
    lists = {path: list(module.children()) for path, module in model.named_modules()
             if isinstance(module, (torch.nn.ModuleList, torch.nn.Sequential))}
    lists = {path: blocks for path, blocks in lists.items() if blocks}
    if name is not None:
        if name not in lists:
            raise InputError(f"--blocks {name}", "the model has no list of modules of that name",
                             f"It has: {', '.join(lists) or 'none'}")
        return lists[name]
    uniform = [blocks for blocks in lists.values() if len({type(block) for block in blocks}) == 1]
    fitting = [blocks for blocks in uniform if len(blocks) == count] or uniform
    if not fitting:
        raise InputError("model", "no list of equal blocks was found in it", "Name it with --blocks")
    return max(fitting, key=len)


def described_levels(levels: Sequence[torch.Tensor], ending: Ending, apply_norm: bool) -> list[Level]:
    """Final norm: on every level of a model whose blocks end with one; else on the last if it is asked for."""
    last = len(levels) - 1
    return [Level(index, "embeddings" if index == 0 else f"block {index}", level.shape[-1], level.shape[-2],
                  ending.built_in or (apply_norm and index == last)) for index, level in enumerate(levels)]


def ending_notes(ending: Ending, apply_norm: bool) -> list[str]:
    if ending.built_in:
        return ["each block ends with a norm of its own; no final norm stands behind the last"]
    if ending.norm:
        return [f"the final norm ({ending.norm}) is {'applied to the last level alone' if apply_norm else 'not applied'}"]
    if ending.unknown:
        return ["the model changes its last block's output by something that is no single norm; levels are without it"]
    return ["the model's tokens are its last block's output; a norm of its own may stand behind the pooling"]


def weights_digest(model: torch.nn.Module) -> str:
    """SHA-256 over names, types, shapes and bytes of parameters and buffers, in the order of names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return f"sha256:{digest.hexdigest()}"


def stacked(samples: Iterator[Mapping[str, Array]] | Sequence[Mapping[str, Array]]) -> dict[str, torch.Tensor]:
    """Samples of one shape as a batch."""
    rows = list(samples)
    return {name: torch.stack([torch.from_numpy(row[name]) for row in rows]) for name in rows[0]}
