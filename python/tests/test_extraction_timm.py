"""Models of timm: what is stored is what timm itself gives, and the layout is read off the model."""

import numpy as np
import pytest
import stored
import timm
import torch
from PIL import Image
from torch.testing import assert_close


def own_levels(folder, photos, files):
    """Intermediates of timm's own function, prefix tokens first, for pictures in the set's order."""
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)
    pixels = torch.stack([transform(Image.open(photos / file).convert("RGB")) for file in files])
    with torch.inference_mode():
        pairs = model.forward_intermediates(pixels, return_prefix_tokens=True, output_fmt="NLC", intermediates_only=True)
        return [torch.cat([prefix, patches], 1).numpy() for patches, prefix in pairs], model.forward_features(pixels).numpy()


def test_every_block_is_stored_as_timm_gives_it(extract, vit, photos):
    features = extract("timm", vit, photos, "--dtype", "f32", "--batch", 24)
    levels, output = own_levels(vit, photos, stored.lines(features, "files.txt"))
    for index, level in enumerate(levels, 1):
        assert_close(np.stack(stored.samples(features, index)), level, atol=1e-5, rtol=1e-5)
    assert [layer["index"] for layer in stored.manifest(features)["layers"]] == [0, 1, 2, 3]
    assert not np.allclose(levels[-1], output, atol=1e-2)


def test_the_final_norm_is_found_and_applied_only_if_asked_for(extract, vit, photos, tmp_path):
    features = extract("timm", vit, photos, "--dtype", "f32", "--final-norm")
    _, output = own_levels(vit, photos, stored.lines(features, "files.txt"))
    assert_close(np.stack(stored.samples(features, 3)), output, atol=1e-5, rtol=1e-5)
    manifest = stored.manifest(features)
    assert [layer["finalNorm"] for layer in manifest["layers"]] == [False, False, False, True]
    assert "the final norm (norm) is applied to the last level alone" in manifest["notes"]


def test_class_token_registers_and_grid_are_read_off_the_model(extract, vit, photos):
    manifest = stored.manifest(extract("timm", vit, photos))
    assert manifest["layout"] == {"classToken": True, "registers": 2, "grid": [2, 3]}
    assert {layer["tokens"] for layer in manifest["layers"]} == {6}
    assert "2 tokens behind the class token are counted as registers" in manifest["notes"]
    assert manifest["preprocessing"]["input_size"] == "(3, 32, 48)"
    assert manifest["preprocessing"]["interpolation"] == "bicubic"


@pytest.mark.parametrize(("model", "class_token", "registers"), [
    ("vit_base_patch16_siglip_224", False, 0), ("deit_tiny_distilled_patch16_224", True, 1),
    ("vit_small_patch16_dinov3", True, 4), ("beit_base_patch16_224", True, 0)])
def test_layouts_of_other_families(model, class_token, registers, monkeypatch):
    from probesweep.extraction import timm_models

    made = timm.create_model
    smaller = dict(embed_dim=32, depth=2, num_heads=2)
    monkeypatch.setattr(timm, "create_model", lambda name, **arguments: made(name, **arguments, **smaller))
    loaded = timm_models.load(model, "cpu", 1, None, False)
    assert (loaded.description.class_token, loaded.description.registers) == (class_token, registers)
    rows, columns = loaded.description.grid
    assert rows * columns + registers + class_token == loaded.description.levels[0].tokens


def test_maps_of_a_convolutional_model_are_patch_tokens_of_each_stage(extract, photos):
    features = extract("timm", "resnet18", photos, "--random-weights", 3, "--layers", "3,last", "--dtype", "f32")
    manifest = stored.manifest(features)
    assert [(layer["index"], layer["width"], layer["tokens"]) for layer in manifest["layers"]] == [(3, 128, 784), (5, 512, 49)]
    assert manifest["layout"] == {"classToken": False, "registers": 0, "grid": None}
    torch.manual_seed(3)
    model = timm.create_model("resnet18", num_classes=0).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)
    picture = transform(Image.open(photos / stored.lines(features, "files.txt")[0]).convert("RGB"))
    with torch.inference_mode():
        own = model.forward_features(picture[None])[0].flatten(1).T.numpy()
    assert_close(stored.samples(features, 5)[0], own, atol=1e-4, rtol=1e-4)


def test_random_weights_are_those_of_the_seed_and_said_so(extract, vit, photos, tmp_path):
    from probesweep.extraction import timm_models

    one, same, other = (timm_models.load(str(vit), "cpu", seed, None, False).description for seed in (5, 5, 6))
    assert one.revision == same.revision != other.revision
    trained = timm_models.load(str(vit), "cpu", None, None, False).description
    assert trained.revision not in (one.revision, other.revision)
    manifest = stored.manifest(extract("timm", vit, photos, "--random-weights", 5))
    assert manifest["backbone"]["randomWeights"] == 5
    assert "pretrainedOn" not in manifest["backbone"]


def test_a_model_that_draws_at_random_is_refused(vit, monkeypatch):
    from probesweep.errors import InputError
    from probesweep.extraction.levels import BlockReader

    network = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    reader = BlockReader(network, network, lambda inputs: network(inputs["x"] + torch.rand(1, 3, 4)), "cpu")
    with pytest.raises(InputError, match="different tokens for the same input"):
        reader.checked_levels({"x": torch.ones(1, 3, 4)})


def test_a_model_that_needs_more_than_one_input_is_refused():
    from probesweep.errors import InputError
    from probesweep.extraction.levels import BlockReader

    network = torch.nn.Sequential(torch.nn.Bilinear(4, 4, 4))
    reader = BlockReader(network, network, lambda inputs: network(inputs["pixels"]), "cpu")
    with pytest.raises(InputError, match="cannot read pixels alone"):
        reader.checked_levels({"pixels": torch.ones(1, 3, 4)})


def test_a_name_that_timm_does_not_know_is_refused_with_the_remedy(extract, photos, capsys):
    extract("timm", "vit_tiny_patch17", photos, status=1)
    assert "vit_tiny_patch17" in capsys.readouterr().err
