"""Boxes and masks beside a finished set."""

import hashlib
import json

import numpy as np
import pytest

from probesweep.writing import FeatureSetWriter, add_boxes, add_masks


def written(folder, grid=(2, 3)):
    writer = FeatureSetWriter(folder, "regions", backbone="none", revision="1", class_token=True, grid=grid)
    writer.add_shard(0, "embeddings", np.zeros((3, 7, 4), np.float32))
    writer.finish(ids=["a", "b", "ü c"])
    return folder


def manifest(folder):
    return json.loads((folder / "featureset.json").read_text(encoding="utf-8"))


def test_boxes_are_lines_by_sample_and_recorded_with_their_digest(tmp_path):
    before = manifest(written(tmp_path))
    add_boxes(tmp_path, {"ü c": [(0, 0, 0.5, 1)], "a": []})
    content = (tmp_path / "boxes.jsonl").read_bytes()
    assert [json.loads(line) for line in content.decode().splitlines()] == [
        {"sample": "ü c", "boxes": [[0, 0, 0.5, 1]]}, {"sample": "a", "boxes": []}]
    after = manifest(tmp_path)
    assert after.pop("boxes") == {"file": "boxes.jsonl", "sha256": hashlib.sha256(content).hexdigest()}
    assert after == before


def test_masks_take_the_place_of_boxes(tmp_path):
    written(tmp_path)
    add_boxes(tmp_path, {"a": [(0, 0, 0.5, 1)]})
    add_masks(tmp_path, np.full((3, 2, 3), 0.25))
    assert "boxes" not in manifest(tmp_path)
    content = (tmp_path / manifest(tmp_path)["masks"]["file"]).read_bytes()
    assert np.array_equal(np.frombuffer(content[-72:], "<f4"), np.full(18, 0.25, np.float32))


@pytest.mark.parametrize("boxes, message", [
    ({"d": []}, "no sample has the id 'd'"), ({"a": [(0, 0, 224, 224)]}, "divide by width and height"),
    ({"a": [(0.5, 0, 0.5, 1)]}, "x0 < x1"), ({"a": [(0, 0, 1)]}, "x0 < x1")])
def test_boxes_that_fit_no_picture_are_refused_and_nothing_is_written(tmp_path, boxes, message):
    written(tmp_path)
    with pytest.raises(ValueError, match=message):
        add_boxes(tmp_path, boxes)
    assert not (tmp_path / "boxes.jsonl").exists() and "boxes" not in manifest(tmp_path)


def test_a_set_without_a_grid_has_no_places(tmp_path):
    with pytest.raises(ValueError, match="layout.grid"):
        add_boxes(written(tmp_path, grid=None), {})


@pytest.mark.parametrize("masks", [np.zeros((3, 5)), np.zeros((2, 6)), np.full((3, 6), 1.5)])
def test_masks_of_another_shape_or_range_are_refused(tmp_path, masks):
    with pytest.raises(ValueError):
        add_masks(written(tmp_path), masks)
