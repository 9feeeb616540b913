"""Tokens of a feature set as NumPy arrays."""

import json
import pickle
import shutil

import numpy as np
import probesweep
import pytest
from probesweep import FeatureError, LedgerError
from probesweep.conversion.errors import ConversionError
from probesweep.errors import InputError
from probesweep.writing import FeatureSetWriter
from program import WORDNET

EQUAL = np.random.default_rng(6).normal(size=(5, 7, 4)).astype(np.float32)
"""A class token, two registers and a grid of 2 × 2 of each sample."""


@pytest.fixture
def folder(tmp_path):
    writer = FeatureSetWriter(tmp_path / "set", "set", "vit", "1", class_token=True, registers=2, grid=(2, 2))
    for layer in (0, 3):
        writer.add_shard(layer, f"block {layer}", EQUAL[:2] + layer)
        writer.add_shard(layer, f"block {layer}", EQUAL[2:] + layer)
    writer.add_task("colour", "classification", "top1", labels=[1, 0, 1], classes=2, samples=[0, 2, 4], groups=[7, 7,
    8])
    writer.finish(ids=["a", "b", "c", "d", "e"])
    return tmp_path / "set"


def test_tokens_are_those_that_were_stored_to_the_precision_of_their_type(folder):
    dataset = probesweep.features(folder)
    assert (len(dataset), dataset.layer, dataset.layers, dataset.width) == (5, 3, [0, 3], 4)
    for place, expected in enumerate(EQUAL + 3):
        found = dataset[place]["tokens"]
        assert found.dtype == np.float32 and found.shape == (7, 4)
        np.testing.assert_allclose(found, expected, rtol=2**-8)


def test_class_token_registers_and_patches_are_told_apart(folder):
    dataset = probesweep.features(folder, layer="block 0")
    tokens = dataset.tokens(3)
    assert np.array_equal(dataset.class_token(3), tokens[0])
    assert np.array_equal(dataset.register_tokens(3), tokens[1:3])
    assert np.array_equal(dataset.patch_tokens(3), tokens[3:])
    assert (dataset.grid, dataset.prefix) == ((2, 2), 3)


def test_with_a_task_the_samples_are_its_rows(folder):
    dataset = probesweep.features(folder, layer=0, task="colour")
    assert [(row["id"], int(row["label"]), int(row["group"])) for row in dataset] == [
        ("a", 1, 7), ("c", 0, 7), ("e", 1, 8)]
    assert np.array_equal(dataset[-1]["tokens"], probesweep.features(folder, layer=0).tokens(4))
    with pytest.raises(IndexError):
        dataset[3]


def test_samples_of_unequal_length_keep_their_own_tokens():
    dataset = probesweep.features(WORDNET, layer=4, task="lexname", verify=True)
    lengths = {len(row["tokens"]) for row in dataset}
    assert dataset.is_ragged and len(lengths) > 1 and max(lengths) <= 9
    assert len(dataset) == len(dataset.ids) == 64 and dataset.tasks == ["lexname", "lexname-grouped"]


def test_values_are_mapped_when_they_are_read_and_not_carried_to_other_processes(folder):
    dataset = probesweep.features(folder)
    before = dataset[0]["tokens"]
    copy = pickle.dumps(dataset)
    assert len(copy) < 20_000
    assert np.array_equal(pickle.loads(copy)[0]["tokens"], before)


def test_a_data_loader_with_workers_gives_every_sample_once(folder):
    data = pytest.importorskip("torch.utils.data")
    loader = data.DataLoader(probesweep.features(folder, task="colour"), batch_size=2, num_workers=2)
    batches = list(loader)
    assert [id for batch in batches for id in batch["id"]] == ["a", "c", "e"]
    assert batches[0]["tokens"].shape == (2, 7, 4) and batches[0]["label"].tolist() == [1, 0]


def damaged(folder, change):
    path = folder / "featureset.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(("field", "change"), [
    ("format", lambda manifest: manifest.update(format=2)),
    ("layout", lambda manifest: manifest.pop("layout")),
    ("layers", lambda manifest: manifest.update(layers=[])),
    ("tokens", lambda manifest: manifest["layers"][1].update(width=5)),
    ("tokens", lambda manifest: manifest["layers"][1].update(dtype="F32")),
    ("tokens", lambda manifest: manifest["layers"][1].update(tokens=5)),
    ("layers.shards", lambda manifest: manifest["layers"][1]["shards"].pop()),
    ("file", lambda manifest: manifest["layers"][1]["shards"][0].update(file="../elsewhere")),
    ("file", lambda manifest: manifest["layers"][1]["shards"][0].update(file="layers/none")),
])
def test_a_set_that_contradicts_itself_is_refused_with_the_field(field, change, folder):
    with pytest.raises(FeatureError) as error:
        probesweep.features(damaged(folder, change))
    assert error.value.field == field


def test_what_a_set_does_not_have_is_refused_with_what_it_has(folder):
    with pytest.raises(FeatureError, match="3 \\(block 3\\)"):
        probesweep.features(folder, layer=12)
    with pytest.raises(FeatureError, match="colour"):
        probesweep.features(folder, task="shape")
    with pytest.raises(FeatureError, match="cannot be read"):
        probesweep.features(folder / "none")


@pytest.mark.parametrize("file", ["layers/3-00001.safetensors", "ids.txt", "tasks/colour.safetensors"])
def test_verifying_finds_a_changed_byte(file, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    content = bytearray((copy / file).read_bytes())
    content[-2] ^= 1
    (copy / file).write_bytes(content)
    with pytest.raises(FeatureError, match="sha256"):
        probesweep.features(copy, task="colour", verify=True)
    assert len(probesweep.features(folder, task="colour", verify=True)) == 3


@pytest.mark.parametrize("content", [
    b"", b"\xff" * 8, (9).to_bytes(8, "little") + b"{} ", (2).to_bytes(8, "little") + b"[]"])
def test_a_shard_that_is_no_safetensors_file_is_refused(content, folder):
    (folder / "layers/3-00000.safetensors").write_bytes(content)
    with pytest.raises(FeatureError, match="3-00000"):
        probesweep.features(folder)


def test_a_manifest_of_any_shape_is_read_or_refused(folder):
    original = json.loads((folder / "featureset.json").read_text())
    refused = 0
    for change in changes_of(original):
        (folder / "featureset.json").write_text(json.dumps(change))
        try:
            dataset = probesweep.features(folder, task="colour")
            assert len(dataset[0]["tokens"])
        except FeatureError:
            refused += 1
    assert refused > 50


def changes_of(value):
    """The value with one part of it replaced by one of another type, or left out."""
    yield from (None, "text", -1, 10**30, 0.5, [], {}, True)
    if isinstance(value, dict):
        for key in value:
            yield {other: part for other, part in value.items() if other != key}
            yield from ({**value, key: part} for part in changes_of(value[key]))
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from ([*value[:place], part, *value[place + 1:]] for part in changes_of(value[place]))


@pytest.mark.parametrize("error", [
    FeatureError("a", "b", "c", "d"), ConversionError("a", "b", "c", "d"), InputError("a", "c", "d"),
    LedgerError("a", "c", "d")], ids=lambda error: type(error).__name__)
def test_errors_travel_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error) and copy.__dict__ == error.__dict__


def test_a_folder_that_is_not_there_is_not_said_to_be_other_json(tmp_path):
    with pytest.raises(FeatureError) as error:
        probesweep.features(tmp_path / "none")
    assert error.value.field == "file" and "JSON" not in str(error.value)


def test_rows_are_taken_one_by_one(folder):
    dataset = probesweep.features(folder)
    assert np.array_equal(dataset[np.int64(1)]["tokens"], dataset.tokens(1))
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dataset[0:2]
