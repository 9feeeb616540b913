"""What is extracted: folders, tables of texts and of files, and labels of files from a table."""

import os

import numpy as np
import pytest
import stored
from conftest import write_photos

from probesweep.errors import InputError
from probesweep.extraction.samples import find_samples, matched_rows


def test_hidden_files_and_files_of_other_kinds_are_left_out(tmp_path):
    write_photos(tmp_path, 1)
    (tmp_path / "notes.md").write_text("not a picture")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "thumbnail.png").write_bytes(b"")
    assert [sample.place for sample in find_samples(tmp_path, ["pictures"]).samples] == ["cat/0.png", "dog/0.png"]


def test_a_folder_of_two_kinds_is_refused_where_the_model_could_read_either(tmp_path):
    write_photos(tmp_path, 1)
    (tmp_path / "a.txt").write_text("text")
    assert find_samples(tmp_path, ["pictures"]).kind == "pictures"
    with pytest.raises(InputError, match="files of texts and pictures. Say which are meant: --kind"):
        find_samples(tmp_path, ["texts", "pictures"])


@pytest.mark.parametrize(("data", "options"), [(".", {"text": "a"}), (".", {"id": "a"}), ("t.csv", {"id": "image"})])
def test_columns_that_would_not_be_read_are_refused(data, options, tmp_path):
    write_photos(tmp_path, 1)
    (tmp_path / "t.csv").write_text("image\ncat/0.png\n")
    with pytest.raises(InputError, match="Leave it out"):
        find_samples(tmp_path / data, ["texts", "pictures"], **options)


def test_a_folder_without_samples_says_what_is_known(tmp_path):
    with pytest.raises(InputError, match="no file of pictures. Known are .png"):
        find_samples(tmp_path, ["pictures"])


def test_files_of_a_table_lie_beside_it(tmp_path):
    write_photos(tmp_path, 1)
    (tmp_path / "table.csv").write_text("image,species\ncat/0.png,c\ndog/0.png,d\n")
    samples = find_samples(tmp_path / "table.csv", ["pictures"])
    assert [(sample.place, row["species"]) for sample, row in zip(samples.samples, samples.rows)] == \
        [("cat/0.png", "c"), ("dog/0.png", "d")]
    (tmp_path / "table.csv").write_text("image\ncat/0.png\ndog/9.png\n")
    with pytest.raises(InputError, match='table.csv, row 2: "dog/9.png" in image is no file'):
        find_samples(tmp_path / "table.csv", ["pictures"])
    (tmp_path / "table.csv").write_text("image\ncat/0.png\ncat/0.png\n")
    with pytest.raises(InputError, match='"cat/0.png" stands twice'):
        find_samples(tmp_path / "table.csv", ["pictures"])


def test_a_table_gives_labels_to_files_by_path_or_by_name(tmp_path):
    write_photos(tmp_path / "photos", 2)
    samples = find_samples(tmp_path / "photos", ["pictures"])
    (tmp_path / "labels.csv").write_text("file,age\ndog/1.png,7\ncat/0.png,3\n")
    assert [row.get("age") for row in matched_rows(samples, tmp_path / "labels.csv", None)] == ["3", None, None, "7"]
    (tmp_path / "names.csv").write_text("slide,age\n1,7\n")
    with pytest.raises(InputError, match='"1" is the name of cat/1.png and of dog/1.png'):
        matched_rows(samples, tmp_path / "names.csv", None)
    (tmp_path / "photos" / "cat" / "1.png").unlink()
    samples = find_samples(tmp_path / "photos", ["pictures"])
    assert [row.get("age") for row in matched_rows(samples, tmp_path / "names.csv", None)] == [None, None, "7"]
    (tmp_path / "other.csv").write_text("file,age\nbird.png,7\n")
    with pytest.raises(InputError, match='no value of file, such as "bird.png"'):
        matched_rows(samples, tmp_path / "other.csv", None)


def test_labels_of_a_table_become_the_task(extract, vit, photos, tmp_path):
    (tmp_path / "labels.csv").write_text("file,age\n" + "".join(f"cat/{n}.png,{n}\n" for n in range(12)))
    features = extract("timm", vit, photos, "--layers", "0", "--labels", tmp_path / "labels.csv", "--task",
                       "age=age:regression")
    files = stored.lines(features, "files.txt")
    header, arrays = stored.task(features, "age")
    assert [files[sample] for sample in arrays["samples"]] == [file for file in files if file.startswith("cat/")]
    assert list(arrays["scores"]) == [float(file[4:-4]) for file in files if file.startswith("cat/")]


def test_a_name_that_is_not_utf_8_is_refused_before_anything_is_read(tmp_path):
    write_photos(tmp_path, 1)
    os.rename(tmp_path / "cat" / "0.png", os.fsencode(tmp_path / "cat") + b"/\xff.png")
    with pytest.raises(InputError, match="is not UTF-8"):
        find_samples(tmp_path, ["pictures"])


@pytest.mark.parametrize(("value", "dtype"), [(float("nan"), "bf16"), (float("inf"), "f32"), (1e5, "f16")])
def test_tokens_that_are_no_numbers_or_too_large_for_the_type_are_refused(value, dtype, extract, vit, photos, monkeypatch, capsys):
    from probesweep.extraction import timm_models

    encode = timm_models.TimmTransformer.encode

    def broken(self, batch):
        levels = {level: tokens.copy() for level, tokens in encode(self, batch).items()}
        levels[2][0, 1, 0] = value
        return levels

    monkeypatch.setattr(timm_models.TimmTransformer, "encode", broken)
    extract("timm", vit, photos, "--dtype", dtype, status=1)
    error = capsys.readouterr().err
    assert f"level 2 has the value {value} there" in error and ".png" in error


def test_another_process_in_the_same_folder_is_refused(extract, vit, photos, monkeypatch, capsys):
    from probesweep.extraction.plan import alone

    features = extract("timm", vit, photos, "--layers", "0")
    with alone(features):
        extract("timm", vit, photos, "--layers", "0", status=1)
    assert "another process writes into it" in capsys.readouterr().err


def test_a_device_that_is_not_there_is_refused(extract, vit, photos, capsys):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    extract("timm", vit, photos, "--device", "cuda", status=1)
    assert "--device cuda: cannot be used" in capsys.readouterr().err


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path):
    write_photos(tmp_path / "elsewhere", 1)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "bird").symlink_to(tmp_path / "elsewhere" / "cat")
    (tmp_path / "photos" / "dog").symlink_to(tmp_path / "elsewhere" / "dog")
    (tmp_path / "elsewhere" / "dog" / "again").symlink_to(tmp_path / "photos")
    samples = find_samples(tmp_path / "photos", ["pictures"])
    places = [sample.place for sample in samples.samples]
    assert {"bird/0.png", "dog/0.png"} <= set(places) and all(len(place.split("/")) < 5 for place in places)


def test_pipes_are_no_samples_and_broken_links_are_some_that_cannot_be_read(tmp_path):
    write_photos(tmp_path, 1)
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    (tmp_path / "cat" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    samples = find_samples(tmp_path, ["pictures"])
    assert [sample.place for sample in samples.samples] == ["cat/0.png", "cat/gone.png", "dog/0.png"]
    samples.digest()
    with pytest.raises(InputError, match="link to one that is not there"):
        samples.samples[1].content()


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    write_photos(tmp_path, 1)
    scandir = os.scandir

    def refused(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(InputError, match="dog: cannot be read"):
        find_samples(tmp_path, ["pictures"])


def test_a_text_that_changes_without_changing_its_length_is_another(tmp_path):
    digests = set()
    for text in ("one", "six"):
        (tmp_path / "t.csv").write_text(f"text\n{text}\n")
        digests.add(find_samples(tmp_path / "t.csv", ["texts"], text="text").digest())
    assert len(digests) == 2


def test_a_text_may_be_the_number_zero(tmp_path):
    (tmp_path / "t.jsonl").write_text('\ufeff{"text": 0}\n{"text": null}\n\n', encoding="utf-8")
    assert [sample.text for sample in find_samples(tmp_path / "t.jsonl", ["texts"], text="text").samples] == ["0", ""]


@pytest.mark.parametrize("name", ["a\u2028b.png", "a\x0bb.png"])
def test_places_are_found_again_whatever_characters_names_have(name, tmp_path):
    write_photos(tmp_path / "photos", 1)
    os.rename(tmp_path / "photos" / "cat" / "0.png", tmp_path / "photos" / "cat" / name)
    samples = find_samples(tmp_path / "photos", ["pictures"])
    ids = [sample.id(sample.content()) for sample in samples.samples]
    (tmp_path / "ids.txt").write_text(f"{ids[1]}\n{ids[0]}\n", encoding="utf-8")
    assert samples.stored(tmp_path) == [1, 0]


def pixels_read(picture, tmp_path, name):
    from probesweep.extraction.pictures import open_picture

    picture.save(tmp_path / name)
    return open_picture((tmp_path / name).read_bytes())


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_pictures_of_16_bits_keep_their_shades(name, tmp_path):
    from PIL import Image

    shades = np.array([[0, 257, 20000, 32768, 60000, 65535]], np.uint16)
    found = np.asarray(pixels_read(Image.fromarray(shades), tmp_path, name))[0]
    assert found.tolist() == [[round(shade / 257)] * 3 for shade in shades[0].tolist()]


def test_pictures_of_which_nothing_says_what_white_is_are_refused(tmp_path):
    from PIL import Image

    from probesweep.extraction.backbone import UnreadableSample

    for values in (np.array([[0.0, 1.0]], np.float32), np.array([[0, 70000]], np.int32)):
        with pytest.raises(UnreadableSample, match="save it with 8 or 16 bits"):
            pixels_read(Image.fromarray(values), tmp_path, "a.tif")
