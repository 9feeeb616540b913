"""Models of transformers for texts, pictures and sounds, by their names or from a folder."""

import copy
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from probesweep.errors import InputError
from probesweep.extraction import pictures, sounds
from probesweep.extraction.backbone import Description, Prepared, UnreadableSample
from probesweep.extraction.levels import (
    BlockModel, BlockReader, block_list, described_levels, ending_notes, prefix_tokens, stacked, weights_digest)
from probesweep.extraction.samples import Sample
from probesweep.extraction.timm_models import prefix_notes
from probesweep.writing import Array

KINDS = ("texts", "pictures", "sounds")
TORCHVISION = f"If torchvision is installed, it must be the one that was built for this PyTorch {torch.__version__}"
# Parameters that are a class token of their own, by the last part of their name.
CLASS_TOKENS = ("cls_token", "class_embedding", "class_token")


def load(model: str, kind: str, device: str, random_weights: int | None, blocks: str | None, apply_norm: bool,
         longest: int | None) -> "TransformersModel":
    """A model with the tokenizer or processor that was saved beside it. No code of the model's folder is run."""
    readers = {"texts": TextModel, "pictures": PictureModel, "sounds": SoundModel}
    try:
        return readers[kind](model, device, random_weights, blocks, apply_norm, longest)
    except InputError:
        raise
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(model, f"cannot be loaded ({first_line(error)})",
                         "Give a model's name, or a folder with config.json, model.safetensors and the tokenizer or "
                         "processor") from None
    except (ImportError, RuntimeError) as error:
        raise InputError("transformers", f"a part of it cannot be imported ({first_line(error)})", TORCHVISION) from None


def import_transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise InputError("transformers", f"cannot be imported ({error})", "pip install 'probesweep[transformers]'") from None
    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    return library


def part_of_transformers(name: str) -> Any:
    """A class of transformers, some of which cannot be imported where torchvision does not fit PyTorch."""
    try:
        return getattr(import_transformers(), name)
    except (ImportError, RuntimeError) as error:
        raise InputError("transformers", f"{name} cannot be imported ({first_line(error)})",
                         TORCHVISION) from None


class TransformersModel(BlockModel):
    """Loading, levels and provenance that models for texts, pictures and sounds share."""

    kind: str
    tower: str | None = None
    """The part of a model of several towers that reads this kind."""

    def __init__(self, model: str, device: str, random_weights: int | None, blocks: str | None, apply_norm: bool,
                 longest: int | None) -> None:
        self.apply_norm = apply_norm
        self.configuration = part_of_transformers("AutoConfig").from_pretrained(model, trust_remote_code=False)
        self.processor = self.load_processor(model)
        whole = self.load_network(model, random_weights)
        self.network, notes = self.encoder(whole)
        count = getattr(self.network.config, "num_hidden_layers", None)
        cache = {"use_cache": False} if hasattr(self.network.config, "use_cache") else {}
        self.reader = BlockReader(
            self.network, block_list(self.network, blocks, count),
            lambda inputs: self.network(**inputs, **cache).last_hidden_state, device)
        self.longest = self.longest_input(longest)
        self.examples = [sample.inputs for sample in self.example_samples()]
        self.example_inputs = stacked(self.examples)
        levels = self.reader.checked_levels(self.example_inputs)
        self.ending = ending = self.reader.ending(self.example_inputs)
        layout = self.layout(levels)
        self.description = Description(
            name=model, revision=weights_digest(whole), levels=described_levels(levels, ending, apply_norm),
            preprocessing=self.preprocessing(),
            notes=[*ending_notes(ending, apply_norm), *notes, *layout.pop("notes", [])],
            pretrained_on=pretrained_on(model) if random_weights is None else None, random_weights=random_weights,
            versions={"transformers": import_transformers().__version__, "torch": torch.__version__}, **layout)

    def load_network(self, model: str, random_weights: int | None) -> Any:
        automatic = part_of_transformers("AutoModel")
        if random_weights is not None:
            torch.manual_seed(random_weights)
            return automatic.from_config(self.configuration, trust_remote_code=False)
        return automatic.from_pretrained(model, trust_remote_code=False, weights_only=True, dtype=torch.float32)

    def encoder(self, whole: Any) -> tuple[Any, list[str]]:
        """The tower or encoder that reads this kind, and what stands behind it."""
        network, notes = whole, []
        if self.tower and hasattr(whole, self.tower):
            network = getattr(whole, self.tower)
            projection = getattr(whole, {"vision_model": "visual_projection"}.get(self.tower, "text_projection"), None)
            if isinstance(projection, torch.nn.Linear):
                notes = [f"levels are before the projection ({projection.in_features} to {projection.out_features})"]
        elif getattr(whole.config, "is_encoder_decoder", False):
            network, notes = whole.get_encoder(), ["levels are those of the encoder; the decoder is not run"]
        return network, notes

    def front(self, levels: Sequence[torch.Tensor]) -> dict[str, Any]:
        """Class token and registers among the tokens that the model brings itself."""
        prefix = prefix_tokens(levels[0])
        names = {name.rpartition(".")[2] for name, _ in self.network.named_parameters()}
        class_token = prefix > 0 and not names.isdisjoint(CLASS_TOKENS)
        return {"class_token": class_token, "registers": prefix - int(class_token), "notes": prefix_notes(prefix, class_token)}

    def longest_input(self, asked: int | None) -> int | None:
        if asked is not None:
            raise InputError(f"--longest {asked}", f"the model reads {self.kind}", "Leave it out: it cuts texts")
        return None

    # MARK: What each kind answers

    def load_processor(self, model: str) -> Any:
        raise NotImplementedError

    def example_samples(self) -> list[Prepared]:
        """Two samples of one shape that differ everywhere."""
        raise NotImplementedError

    def layout(self, levels: Sequence[torch.Tensor]) -> dict[str, Any]:
        raise NotImplementedError

    def preprocessing(self) -> dict[str, str]:
        raise NotImplementedError

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        raise NotImplementedError


class TextModel(TransformersModel):
    kind, tower = "texts", "text_model"

    def load_processor(self, model: str) -> Any:
        tokenizer = part_of_transformers("AutoTokenizer").from_pretrained(model, trust_remote_code=False)
        # A tokenizer keeps the limit of its last call, and threads share it: whole texts are counted by one of their own.
        self.unlimited = copy.deepcopy(tokenizer)
        return tokenizer

    def longest_input(self, asked: int | None) -> int:
        """What was asked for, but never more than the model can read."""
        positions = getattr(self.network.config, "max_position_embeddings", None) or 1 << 30
        # RoBERTa and its kin count positions from behind the padding's number.
        positions -= max((module.padding_idx + 1 for name, module in self.network.named_modules()
                          if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None),
                         default=0)
        possible = min(int(self.processor.model_max_length), int(positions))
        if asked is not None and not 2 <= asked <= possible:
            raise InputError(f"--longest {asked}", f"the model reads 2 to {possible} tokens", "Choose a number among them")
        return asked or min(possible, 4096)

    def tokens(self, text: str) -> list[int]:
        ids: list[int] = self.processor(text, truncation=True, max_length=self.longest)["input_ids"]
        return ids

    def example_samples(self) -> list[Prepared]:
        texts = ("one two three four five six", "six five four three two one")
        ids = [self.tokens(text) for text in texts]
        shortest = min(map(len, ids))
        return [self.inputs(own[:shortest]) for own in ids]

    def inputs(self, ids: list[int], is_cut: bool = False) -> Prepared:
        return Prepared({"input_ids": np.array(ids, np.int64), "attention_mask": np.ones(len(ids), np.int64)},
                        texts=self.processor.convert_ids_to_tokens(ids), is_cut=is_cut)

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise UnreadableSample(f"is not UTF-8 ({error})") from None
        ids = self.tokens(text)
        # Of a text without words only what the tokenizer adds is left.
        if ids == self.tokens(""):
            raise UnreadableSample("is an empty text")
        is_full = len(ids) == self.longest
        return self.inputs(ids, is_full and len(self.unlimited(text, verbose=False)["input_ids"]) > len(ids))

    def layout(self, levels: Sequence[torch.Tensor]) -> dict[str, Any]:
        ids = self.tokens("a text")
        class_token = self.processor.cls_token_id is not None and ids[0] == self.processor.cls_token_id
        special = set(self.processor.all_special_ids)
        closing = self.processor.convert_ids_to_tokens(ids[-1]) if ids[-1] in special else None
        opening = self.processor.convert_ids_to_tokens(ids[0]) if ids[0] in special and not class_token else None
        return {"class_token": class_token, "ragged": True, "notes": [
            f"{token}, which the tokenizer adds, is a patch token" for token in (opening, closing) if token]}

    def preprocessing(self) -> dict[str, str]:
        return {"tokenizer": type(self.processor).__name__, "longest": f"{self.longest} tokens, special ones included",
                "padding": "none: texts of one length are read together"}

    def stored_tokens(self, sample: Sample) -> int:
        return len(self.tokens(sample.content().decode(errors="replace")))


class PictureModel(TransformersModel):
    kind, tower = "pictures", "vision_model"

    def load_processor(self, model: str) -> Any:
        return part_of_transformers("AutoImageProcessor").from_pretrained(model, trust_remote_code=False)

    def inputs(self, picture: Any) -> Prepared:
        values = self.processor(images=picture, return_tensors="np")["pixel_values"]
        return Prepared({"pixel_values": np.ascontiguousarray(values[0], np.float32)})

    def example_samples(self) -> list[Prepared]:
        return [self.inputs(picture) for picture in pictures.example_pictures()]

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        return self.inputs(pictures.open_picture(content))

    def layout(self, levels: Sequence[torch.Tensor]) -> dict[str, Any]:
        patch = getattr(self.network.config, "patch_size", None)
        grid = pictures.grid_of(self.examples[0]["pixel_values"], patch, levels[0].shape[1] - prefix_tokens(levels[0]))
        return {**self.front(levels), "grid": grid}

    def preprocessing(self) -> dict[str, str]:
        # Names of this kind's settings in the processor's own file: what is set says what is done.
        settings = self.processor.to_dict()
        wanted = ("size", "crop_size", "resample", "image_mean", "image_std", "do_resize", "do_center_crop", "do_normalize",
                  "do_rescale", "rescale_factor")
        return {"processor": type(self.processor).__name__, "transparency": "on white",
                **{name: json.dumps(plain(settings[name])) for name in wanted if settings.get(name) is not None}}


class SoundModel(TransformersModel):
    kind = "sounds"

    def load_processor(self, model: str) -> Any:
        return part_of_transformers("AutoFeatureExtractor").from_pretrained(model, trust_remote_code=False)

    @property
    def rate(self) -> int:
        return int(self.processor.sampling_rate)

    @property
    def window(self) -> int | None:
        """Samples of the window that every sound is padded or cut to, if the model has one."""
        samples = getattr(self.processor, "n_samples", None)
        return int(samples) if samples else None

    def inputs(self, signal: Array) -> Prepared:
        values = self.processor(signal, sampling_rate=self.rate, return_tensors="np")
        name = self.network.main_input_name
        if self.window is None:
            return Prepared({name: np.ascontiguousarray(values[name][0], np.float32)})
        tokens = self.window_tokens()
        kept = max(1, min(tokens, -(-len(signal) * tokens // self.window)))
        return Prepared({name: np.ascontiguousarray(values[name][0], np.float32)}, kept=kept,
                        is_cut=len(signal) > self.window)

    def window_tokens(self) -> int:
        return int(self.network.config.max_source_positions)

    def example_samples(self) -> list[Prepared]:
        noise = np.random.default_rng(0).normal(0, 0.1, (2, self.rate)).astype(np.float32)
        return [self.inputs(signal) for signal in noise]

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        signal = sounds.open_sound(content, self.rate)
        if self.window is None and len(signal) < self.shortest():
            raise UnreadableSample(f"is too short: {len(signal)} of at least {self.shortest()} samples at {self.rate} Hz")
        return self.inputs(signal)

    def shortest(self) -> int:
        """Samples that a stack of convolutions needs for one token."""
        config, samples = self.network.config, 1
        for kernel, stride in reversed(list(zip(getattr(config, "conv_kernel", ()), getattr(config, "conv_stride", ())))):
            samples = (samples - 1) * stride + kernel
        return samples

    def layout(self, levels: Sequence[torch.Tensor]) -> dict[str, Any]:
        front = self.front(levels)
        if self.window is not None:
            front["notes"].append(
                f"tokens of the padding to {self.window / self.rate:g} s are left out; longer sounds are cut to it")
        elif self.has_one_length():
            front["notes"].append("the processor pads or cuts every sound to one length, and tokens of the padding are stored")
        return {**front, "ragged": not self.has_one_length(), "seconds_per_token": self.seconds_per_token()}

    def has_one_length(self) -> bool:
        """Whether a second and two make inputs of one shape that the model reads in full."""
        one, two = (self.inputs(np.zeros(seconds * self.rate, np.float32)) for seconds in (1, 2))
        return self.window is None and one.shape() == two.shape()

    def seconds_per_token(self) -> float | None:
        if self.window is not None:
            return self.window / self.rate / self.window_tokens()
        ratio = getattr(self.network.config, "inputs_to_logits_ratio", None)
        return ratio / self.rate if ratio else None

    def preprocessing(self) -> dict[str, str]:
        padding = f"to {self.window / self.rate:g} s, and left out" if self.window else \
            "to the processor's length, and stored" if self.has_one_length() else "none: sounds are read one length at a time"
        return {"processor": type(self.processor).__name__, "sampling rate": f"{self.rate} Hz, one channel (mean)",
                "resampling": "Hann-windowed sinc", "padding": padding}

    def stored_tokens(self, sample: Sample) -> int:
        typical, second = self.description.levels[0].tokens, self.description.seconds_per_token
        if not self.description.ragged:
            return typical
        return min(typical, int(sounds.seconds_of(sample) / second) + 1) if self.window and second else \
            int(sounds.seconds_of(sample) * typical) + 1


def pretrained_on(model: str) -> str | None:
    """The data sets that a model card beside the weights names."""
    card = pathlib.Path(model) / "README.md"
    if not card.is_file():
        return None
    front = card.read_text(encoding="utf-8", errors="replace").split("---")
    lines = front[1].splitlines() if len(front) > 2 and not front[0].strip() else []
    names, listing = [], False
    for line in lines:
        if listing and line.lstrip().startswith("- "):
            names.append(line.lstrip()[2:].strip())
        else:
            listing = line.strip() == "datasets:"
    return ", ".join(names) or None


def plain(value: Any) -> Any:
    """A processor's setting as JSON can hold it."""
    return value if isinstance(value, (int, float, str, bool, list, tuple, dict)) else dict(value) if hasattr(value, "keys") \
        else str(value)


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
