"""One extraction from its beginning to its end: order, ids, interruptions, damaged samples, disks that are too small."""

import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import stored
from conftest import files_of, write_photos

from probesweep.extraction.samples import find_samples

KILLS = 20 if os.environ.get("PROBESWEEP_LONG_TESTS") else 3


def test_levels_are_chosen_by_index_depth_and_from_the_end():
    from probesweep.errors import InputError
    from probesweep.extraction.backbone import Level
    from probesweep.extraction.run import chosen_levels

    levels = [Level(index, f"block {index}", 8, 4, False) for index in range(13)]
    assert chosen_levels("all", levels) == list(range(13))
    assert chosen_levels("last,0,2/3", levels) == [0, 8, 12]
    for wrong in ("13", "-1", "3/2", "1/0", "first", ""):
        with pytest.raises(InputError, match="--layers"):
            chosen_levels(wrong, levels)


def test_standard_error_has_a_bar_only_where_it_is_a_terminal(extract, vit, photos, capsys, monkeypatch):
    extract("timm", vit, photos, "--layers", "0")
    assert "█" not in capsys.readouterr().err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    from probesweep.extraction.progress import Progress

    Progress(4, 2).advance(2, 1000)
    assert "4 of 4" in capsys.readouterr().err


def test_the_swift_program_accepts_what_is_extracted(extract, vit, photos, probesweep):
    features = extract("timm", vit, photos, "--shard-size", 10)
    assert "sound" in probesweep("features", "verify", features)
    shown = probesweep("features", "inspect", features)
    assert "class token, 2 registers, patch tokens on a grid of 2 × 3" in shown
    assert "note: the final norm (norm) is not applied" in shown
    summary = json.loads(probesweep("features", "inspect", features, "--format", "json"))
    assert summary["tasks"][0]["rowsOfClass"] == [12, 12]


def test_samples_are_shuffled_by_the_seed_and_every_one_keeps_its_file_id_and_label(extract, vit, photos):
    features = extract("timm", vit, photos, "--layers", "0", "--dtype", "f32")
    files, ids = stored.lines(features, "files.txt"), stored.lines(features, "ids.txt")
    assert sorted(files) == sorted(str(path.relative_to(photos)) for path in photos.rglob("*.png"))
    header, arrays = stored.task(features, "class")
    assert header["classNames"] == ["cat", "dog"] and header["kind"] == "classification"
    assert [header["classNames"][label] for label in arrays["labels"]] == [file.split("/")[0] for file in files]
    changes = sum(one != other for one, other in zip(arrays["labels"], arrays["labels"][1:]))
    assert changes > 4
    import hashlib

    for file, id in zip(files, ids):
        assert id == f"{file}@{hashlib.sha256((photos / file).read_bytes()).hexdigest()[:16]}"


def test_adding_pictures_moves_no_other_against_its_neighbours(vit, tmp_path):
    write_photos(tmp_path / "few", 6)
    write_photos(tmp_path / "many", 9)
    few, many = (find_samples(tmp_path / name, ["pictures"]).shuffled(3) for name in ("few", "many"))
    known = {sample.place for sample in few.samples}
    assert [sample.place for sample in few.samples] == [s.place for s in many.samples if s.place in known]
    other = find_samples(tmp_path / "few", ["pictures"]).shuffled(4)
    assert [sample.place for sample in few.samples] != [sample.place for sample in other.samples]


def test_pooled_sets_hold_the_class_token_and_the_mean_of_the_patches(extract, vit, photos, tmp_path):
    features = extract("timm", vit, photos, "--dtype", "f32")
    whole = {level: stored.samples(features, level) for level in (1, 3)}
    shutil.move(features, tmp_path / "whole")
    pooled = extract("timm", vit, photos, "--dtype", "f32", "--pool", "class+mean", "--name", "pooled")
    manifest = stored.manifest(pooled)
    assert manifest["layout"] == {"classToken": True, "registers": 0, "grid": None}
    for level, samples in whole.items():
        for sample, short in zip(samples, stored.samples(pooled, level)):
            np.testing.assert_allclose(short, np.stack([sample[0], sample[3:].mean(0)]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [("bf16", 2**-8), ("f16", 2**-11), ("f32", 0)])
def test_stored_types_round_to_nearest(dtype, tolerance):
    from probesweep.writing import encode

    values = np.random.default_rng(0).normal(0, 1, 1000).astype(np.float32)
    name, array = encode(values, dtype.upper())
    read = (array.astype("<u4") << 16).view("<f4") if name == "BF16" else array.astype("<f4")
    assert np.abs(read - values).max() <= tolerance * np.abs(values).max()


# MARK: Interruptions


def command_line(vit, photos, output):
    script = pathlib.Path(__file__).with_name("extract.py")
    return [sys.executable, str(script), "timm", str(vit), str(photos), str(output), "--shard-size", "4", "--batch", "2",
            "--threads", "1"]


def test_killed_at_random_it_ends_with_the_bytes_of_an_undisturbed_run(vit, tmp_path):
    """Each run is killed when a drawn number of further files is there, which may be in the middle of a shard's levels,
    and a drawn moment later."""
    photos = tmp_path / "photos"
    write_photos(photos, 8 * KILLS)
    undisturbed, killed = tmp_path / "a" / "set", tmp_path / "b" / "set"
    subprocess.run(command_line(vit, photos, undisturbed), check=True, stderr=subprocess.DEVNULL)
    draw = random.Random(1)
    for _ in range(KILLS):
        enough = files_of_layers(killed) + draw.randint(1, 6)
        process = subprocess.Popen(command_line(vit, photos, killed), stderr=subprocess.DEVNULL)
        while process.poll() is None and files_of_layers(killed) < enough:
            time.sleep(0.001)
        time.sleep(draw.random() * 0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert not (killed / "featureset.json").exists()
    subprocess.run(command_line(vit, photos, killed), check=True, stderr=subprocess.DEVNULL)
    assert files_of(killed) == files_of(undisturbed)


def files_of_layers(folder):
    return len(list((folder / "layers").iterdir())) if (folder / "layers").exists() else 0


def test_finished_shards_are_not_read_again(extract, vit, photos, monkeypatch):
    from probesweep.extraction import timm_models

    encode, batches = timm_models.TimmTransformer.encode, []

    def interrupted(self, batch):
        batches.append(len(batch))
        if len(batches) == 4:
            raise KeyboardInterrupt
        return encode(self, batch)

    monkeypatch.setattr(timm_models.TimmTransformer, "encode", interrupted)
    extract("timm", vit, photos, "--shard-size", 8, "--batch", 4, status=130)
    batches.clear()
    monkeypatch.setattr(timm_models.TimmTransformer, "encode", lambda self, batch: batches.append(len(batch)) or encode(self, batch))
    features = extract("timm", vit, photos, "--shard-size", 8, "--batch", 4)
    assert batches == [4, 4, 4, 4]
    assert stored.manifest(features)["samples"] == 24


def test_another_call_in_the_same_folder_is_refused_with_what_differs(extract, vit, photos, capsys):
    extract("timm", vit, photos, "--batch", 8)
    extract("timm", vit, photos, "--batch", 4, status=1)
    assert "batch was 8 and is 4" in capsys.readouterr().err
    extract("timm", vit, photos, "--batch", 8)
    assert "already complete" in capsys.readouterr().err


def test_a_call_of_which_nothing_was_finished_may_be_changed(extract, vit, photos, monkeypatch):
    from probesweep.writing import FeatureSetWriter

    with monkeypatch.context() as context:
        write = FeatureSetWriter.write_shard

        def interrupted(self, layer, position, tokens):
            if layer == 2:
                raise KeyboardInterrupt
            return write(self, layer, position, tokens)

        context.setattr(FeatureSetWriter, "write_shard", interrupted)
        features = extract("timm", vit, photos, status=130)
    assert (features / "layers" / "1-00000.safetensors").exists()
    extract("timm", vit, photos, "--layers", "last")
    assert [path.name for path in (features / "layers").iterdir()] == ["3-00000.safetensors"]


def test_a_folder_with_other_files_is_left_alone(vit, photos, tmp_path, capsys):
    from probesweep.cli import main

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    assert main(["timm", str(vit), str(photos), str(tmp_path / "mine")]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert files_of(tmp_path / "mine") == {"thesis.txt": b"precious"}


def test_a_disk_that_is_too_small_is_refused_before_anything_is_read(extract, vit, photos, monkeypatch, capsys):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    features = extract("timm", vit, photos, status=1)
    assert "do not fit into the 1 kB that are free" in capsys.readouterr().err
    assert not (features / "extraction").exists()


# MARK: Damaged samples


@pytest.fixture
def damaged(photos, tmp_path):
    """The pictures, one of them cut off in its middle, and one that is no picture."""
    folder = shutil.copytree(photos, tmp_path / "damaged")
    whole = (folder / "cat" / "3.png").read_bytes()
    (folder / "cat" / "3.png").write_bytes(whole[: len(whole) // 2])
    (folder / "dog" / "5.png").write_text("no picture")
    return folder


def test_a_picture_that_cannot_be_read_stops_the_extraction_and_is_named(extract, vit, damaged, capsys):
    features = extract("timm", vit, damaged, status=1)
    error = capsys.readouterr().err
    assert "cat/3.png" in error or "dog/5.png" in error
    assert "--skip-bad" in error
    assert not (features / "featureset.json").exists()


def test_skipped_pictures_are_listed_and_leave_labels_and_ids_right(extract, vit, damaged, photos, capsys, tmp_path):
    extract("timm", vit, damaged, "--shard-size", 8, status=1)
    features = extract("timm", vit, damaged, "--shard-size", 8, "--skip-bad")
    error = capsys.readouterr().err
    assert "left out: " in error and "cat/3.png" in error and "dog/5.png" in error
    manifest = stored.manifest(features)
    assert manifest["samples"] == 22
    assert manifest["origin"]["leftOut"] == "2 samples that cannot be read"
    files = stored.lines(features, "files.txt")
    header, arrays = stored.task(features, "class")
    assert [header["classNames"][label] for label in arrays["labels"]] == [file.split("/")[0] for file in files]
    left = {file: sample for file, sample in zip(files, stored.samples(features, 2))}
    shutil.move(features, tmp_path / "moved")
    whole = extract("timm", vit, photos, "--shard-size", 8, "--name", "features")
    for file, sample in zip(stored.lines(whole, "files.txt"), stored.samples(whole, 2)):
        if file in left:
            np.testing.assert_allclose(left[file], sample, atol=0.05)
    assert set(stored.lines(whole, "files.txt")) - set(left) == {"cat/3.png", "dog/5.png"}


def test_a_shard_of_which_nothing_can_be_read_is_left_out(extract, vit, photos, tmp_path, capsys):
    folder = shutil.copytree(photos, tmp_path / "damaged")
    order = find_samples(folder, ["pictures"]).shuffled(0).samples
    for sample in [*order[4:8], *order[22:]]:
        sample.path.write_text("no picture")
    features = extract("timm", vit, folder, "--layers", "0,1", "--shard-size", 4, "--batch", 4, "--skip-bad")
    assert stored.lines(features, "files.txt") == [sample.place for sample in [*order[:4], *order[8:22]]]
    assert [shard["samples"] for shard in stored.manifest(features)["layers"][0]["shards"]] == [4, 4, 4, 4, 2]
    header, arrays = stored.task(features, "class")
    assert len(arrays["labels"]) == 18
    for sample in order:
        sample.path.write_text("no picture")
    shutil.rmtree(features)
    extract("timm", vit, folder, "--layers", "0", "--skip-bad", status=1)
    assert "none of the 24 samples can be read" in capsys.readouterr().err


# MARK: Tasks of a set that is complete


def test_tasks_are_added_to_a_complete_set_and_never_changed(extract, vit, damaged, tmp_path, capsys):
    table = tmp_path / "labels.csv"
    places = sorted(path.relative_to(damaged).as_posix() for path in damaged.rglob("*.png"))
    table.write_text("file,a,b\n" + "".join(f"{place},{place[0]},{place[4:]}\n" for place in places))
    call = ["timm", vit, damaged, "--layers", "0", "--skip-bad", "--labels", table, "--label"]
    features = extract(*call, "a")
    before = files_of(features)
    extract(*call, "b")
    assert "already complete; added the task b" in capsys.readouterr().err
    assert {name: content for name, content in files_of(features).items() if not name.startswith("tasks/b")} == before
    header, arrays = stored.task(features, "b")
    assert [header["classNames"][label] for label in arrays["labels"]] == \
        [place[4:] for place in stored.lines(features, "files.txt")]
    table.write_text(table.read_text().replace("cat/1.png,c", "cat/1.png,d"))
    extract(*call, "a", status=1)
    assert "a.json: data: the task is there and differs" in capsys.readouterr().err
    extract(*call, "b", "--group", "a", status=1)
    assert "differs" in capsys.readouterr().err
    assert {name: content for name, content in files_of(features).items() if not name.startswith("tasks/b")} == before


def test_a_table_of_labels_without_a_column_that_is_named_is_refused(extract, vit, photos, tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("file,age\ncat/0.png,1\n")
    extract("timm", vit, photos, "--labels", tmp_path / "labels.csv", status=1)
    assert 'there is no column "label". It has: class, file, age' in capsys.readouterr().err


def test_folders_of_training_test_and_validation_are_no_classes(extract, vit, photos, tmp_path, capsys):
    for side in ("train", "test", "val"):
        shutil.copytree(photos, tmp_path / "three" / side)
    extract("timm", vit, tmp_path / "three", "--layers", "0", status=1)
    assert "--val train|test|out" in capsys.readouterr().err
    features = extract("timm", vit, tmp_path / "three", "--layers", "0", "--val", "train")
    header, arrays = stored.task(features, "class")
    assert header["classNames"] == ["cat", "dog"] and list(np.bincount(arrays["split"])) == [48, 24]


# MARK: Check


def test_check_finds_model_and_samples_from_another_folder(extract, vit, tmp_path, monkeypatch):
    from probesweep.cli import main

    write_photos(tmp_path / "photos", 3)
    monkeypatch.chdir(tmp_path)
    features = extract("timm", os.path.relpath(vit), "photos")
    monkeypatch.chdir("/")
    assert main(["check", str(features)]) == 0


def test_what_the_machine_refuses_is_said_in_a_line(extract, vit, photos, monkeypatch, capsys, tmp_path):
    from probesweep.writing import FeatureSetWriter

    (tmp_path / "features").write_text("mine")
    extract("timm", vit, photos, status=1)
    assert "features: cannot be made (File exists)" in capsys.readouterr().err
    (tmp_path / "features").unlink()

    def full(*arguments):
        raise OSError(28, "No space left on device", "layers/0-00000.safetensors.partial")

    monkeypatch.setattr(FeatureSetWriter, "write_shard", full)
    extract("timm", vit, photos, "--layers", "0", status=1)
    assert "0-00000.safetensors.partial: No space left on device" in capsys.readouterr().err


def test_weights_that_are_cut_off_are_refused(extract, vit, photos, tmp_path, capsys):
    folder = shutil.copytree(vit, tmp_path / "cut")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    extract("timm", folder, photos, status=1)
    assert "cut: timm cannot make it" in capsys.readouterr().err



def test_check_finds_the_models_own_output_and_a_set_that_is_not_it(extract, vit, photos, capsys):
    from probesweep.cli import main

    features = extract("timm", vit, photos)
    assert main(["check", str(features)]) == 0
    assert "relative error" in capsys.readouterr().err
    shard = features / "layers" / "3-00000.safetensors"
    data = bytearray(shard.read_bytes())
    data[1000:2000] = bytes(1000)
    shard.write_bytes(data)
    assert main(["check", str(features)]) == 1
    assert "NOT within" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["resnet18", "swin_tiny_patch4_window7_224", "convnext_atto"])
def test_models_without_tokens_are_checked_by_their_last_map(extract, photos, model, capsys):
    from probesweep.cli import main

    features = extract("timm", model, photos, "--random-weights", 1, "--layers", "last")
    assert main(["check", str(features)]) == 0


def test_check_refuses_what_another_program_extracted(extract, vit, photos, capsys):
    from probesweep.cli import main

    features = extract("timm", vit, photos, "--layers", "0")
    plan = json.loads((features / "extraction.json").read_text())
    (features / "extraction.json").write_text(json.dumps({**plan, "arguments": {}}))
    assert main(["check", str(features)]) == 1
    assert "was made by a program of its own" in capsys.readouterr().err


def test_check_refuses_other_samples(extract, vit, tmp_path, capsys):
    from probesweep.cli import main

    write_photos(tmp_path / "photos", 3)
    features = extract("timm", vit, tmp_path / "photos", "--final-norm")
    assert main(["check", str(features)]) == 0
    (tmp_path / "photos" / "cat" / "0.png").unlink()
    assert main(["check", str(features)]) == 1
    assert "no longer those of the set" in capsys.readouterr().err


# MARK: Modules


def test_a_module_of_ones_own_is_read_by_the_list_of_its_blocks(extract, photos, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    features = extract("module", "mine:build", photos, "--blocks", "encoder.layers", "--dtype", "f32")
    manifest = stored.manifest(features)
    assert [layer["index"] for layer in manifest["layers"]] == [0, 1, 2]
    assert manifest["layout"] == {"classToken": True, "registers": 0, "grid": [2, 2]}
    assert "the final norm (norm) is not applied" in manifest["notes"]
    import mine
    import torch
    from PIL import Image

    model, transform = mine.build()
    picture = transform(Image.open(photos / stored.lines(features, "files.txt")[0]).convert("RGB"))
    with torch.inference_mode():
        last = model.norm(torch.from_numpy(np.array(stored.samples(features, 2)[0])))
        torch.testing.assert_close(last, model(picture[None])[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("body", "words"), [
    ("def build():\n    raise KeyError('weights')\n", "raised KeyError"),
    ("def build():\n    return None\n", "returned NoneType"),
    ("import torch\ndef build():\n    return torch.nn.Sequential(torch.nn.Linear(1, 1)), lambda picture: picture.nothing\n",
     "makes the transform raise AttributeError")])
def test_a_function_that_gives_no_module_is_refused(body, words, extract, photos, tmp_path, monkeypatch, capsys):
    name = f"broken{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    extract("module", f"{name}:build", photos, status=1)
    assert words in capsys.readouterr().err


MODULE = """
import numpy as np
import torch


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 8, 8, 8)
        self.first = torch.nn.Parameter(torch.randn(1, 1, 8))
        self.encoder = torch.nn.Module()
        self.encoder.layers = torch.nn.ModuleList(torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Tanh()) for _ in range(2))
        self.norm = torch.nn.LayerNorm(8)
        torch.nn.init.normal_(self.norm.weight)

    def forward(self, pixels):
        tokens = self.patches(pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(len(tokens), -1, -1), tokens], 1)
        for layer in self.encoder.layers:
            tokens = layer(tokens)
        return self.norm(tokens)


def build():
    torch.manual_seed(0)
    return Model().eval(), lambda picture: torch.tensor(np.array(picture.resize((16, 16)))).permute(2, 0, 1) / 255
"""
