"""The sample with boxes: what pictures are made of, and where their targets lie."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import composites
import fashion
from png_file import encoded
from small_vit import GRID, WIDTH, SmallViT, sine_cosine


@pytest.fixture(scope="module")
def images():
    """Blocks of pixels whose grey is their place, so that every picture says what it is made of."""
    count = 1200
    pixels = np.zeros((count, fashion.SIDE, fashion.SIDE), np.uint8)
    random = np.random.default_rng(1)
    for place in range(count):
        height, width = random.integers(6, 28, 2)
        pixels[place, 2 : 2 + height, 0:width] = 1 + place % 255
    return fashion.Images(pixels, np.arange(count) % 10, [str(place) for place in range(count)])


@pytest.fixture(scope="module")
def made(images):
    return composites.compose(images, 240, seed=3)


def test_no_item_is_of_two_groups(made):
    group_of = {}
    for items, group in zip(made.items, made.groups):
        for item in items:
            assert group_of.setdefault(item, group) == group


def test_the_target_alone_is_of_a_class_that_is_a_label(images, made):
    for items, label in zip(made.items, made.images.labels):
        assert images.labels[items[0]] == composites.TARGETS[label]
        assert all(images.labels[item] in composites.DISTRACTORS for item in items[1:])
    assert np.bincount(made.images.labels).tolist() == [40] * len(composites.TARGETS)
    assert np.bincount(made.groups).tolist() == [12] * composites.GROUPS


def test_the_box_holds_the_target_and_nothing_else(images, made):
    for pixels, box, items in zip(made.images.pixels, made.boxes, made.items):
        left, top, right, bottom = (int(round(edge * composites.CANVAS)) for edge in box)
        inside = pixels[top:bottom, left:right]
        grey = images.pixels[items[0]].max()
        assert np.abs(inside.astype(int) - int(grey)).max() <= 1


def test_areas_are_4_to_40_percent_and_places_reach_every_corner(made):
    x0, y0, x1, y1 = made.boxes.T
    areas = (x1 - x0) * (y1 - y0)
    assert areas.min() >= 0.04 and areas.max() <= 0.40 and 0.1 < areas.mean() < 0.3
    assert x0.min() < 0.05 and y0.min() < 0.05 and x1.max() > 0.95 and y1.max() > 0.95


def test_the_seed_decides(images, made):
    again = composites.compose(images, 240, seed=3)
    assert np.array_equal(again.images.pixels, made.images.pixels) and again.items == made.items
    assert not np.array_equal(composites.compose(images, 240, seed=4).images.pixels, made.images.pixels)


def test_positions_of_a_larger_grid_lie_between_those_of_the_trained_one():
    trained, larger = sine_cosine(WIDTH, GRID), sine_cosine(WIDTH, 3 * GRID, GRID)
    middles = larger.view(3 * GRID, 3 * GRID, WIDTH)[1::3, 1::3].reshape(-1, WIDTH)
    assert torch.allclose(middles, trained, atol=1e-6)
    tokens = SmallViT(grid=2 * GRID)(torch.zeros(1, 56, 56))
    assert tokens.shape == (1, 1 + 4 * GRID * GRID, WIDTH)


def test_png_files_are_read_by_others(tmp_path):
    image = pytest.importorskip("PIL.Image")
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    (tmp_path / "a.png").write_bytes(encoded(pixels))
    assert np.array_equal(np.asarray(image.open(tmp_path / "a.png")), pixels)
