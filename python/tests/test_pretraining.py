"""The pre-training of the small vision transformers, on noise and for a few steps."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import fashion
from pretrain import METHODS, Pretraining, Settings
from probesweep.errors import InputError
from probesweep.extraction.plan import alone
from probesweep.writing import sha256
from small_vit import GRID, PATCH, WIDTH, SmallViT, patches_of

SETTINGS = Settings(images=64, epochs=2, batch=32)


@pytest.fixture(scope="module")
def images():
    random = np.random.default_rng(0)
    return fashion.Images(random.integers(0, 256, (64, 28, 28), np.uint8), random.integers(0, 10, 64), [str(i) for i in range(64)])


def pretrain(method, images, folder, seed=1, settings=SETTINGS):
    Pretraining(method, seed, settings, folder).run(images)
    return sha256(folder / "weights.safetensors")


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_gives_the_same_bytes_and_another_seed_others(method, images, tmp_path):
    first = pretrain(method, images, tmp_path / "a")
    assert pretrain(method, images, tmp_path / "b") == first
    assert pretrain(method, images, tmp_path / "c", seed=2) != first
    facts = json.loads((tmp_path / "a/pretraining.json").read_text())
    assert facts["weights"] == first and len(facts["losses"]) == (0 if method == "untrained" else 2)


def test_all_ways_begin_with_the_weights_of_the_untrained_one(images, tmp_path):
    still = Settings(images=64, epochs=1, batch=32, rate=0.0)
    untrained = pretrain("untrained", images, tmp_path / "untrained", settings=still)
    for method in METHODS[:-1]:
        assert pretrain(method, images, tmp_path / method, settings=still) == untrained


@pytest.mark.parametrize("method", METHODS[:-1])
def test_interrupted_after_an_epoch_it_ends_with_the_bytes_of_an_undisturbed_run(method, images, tmp_path, monkeypatch):
    undisturbed = pretrain(method, images, tmp_path / "a")

    class Interruption(Exception):
        pass

    once = Pretraining.train_epoch

    def interrupted(self, epoch, *others):
        if epoch == 1:
            raise Interruption
        return once(self, epoch, *others)

    with monkeypatch.context() as patch:
        patch.setattr(Pretraining, "train_epoch", interrupted)
        with pytest.raises(Interruption):
            pretrain(method, images, tmp_path / "b")
    assert (tmp_path / "b/checkpoint/state.json").exists() and not (tmp_path / "b/weights.safetensors").exists()
    assert pretrain(method, images, tmp_path / "b") == undisturbed
    assert not (tmp_path / "b/checkpoint").exists()


def test_a_finished_folder_of_other_settings_is_refused(images, tmp_path):
    pretrain("untrained", images, tmp_path / "a")
    with pytest.raises(SystemExit, match="epochs was 2 and is 3"):
        pretrain("untrained", images, tmp_path / "a", settings=Settings(images=64, epochs=3, batch=32))


def test_a_folder_that_another_process_trains_into_is_left_alone_unless_it_is_complete(images, tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    with alone(folder), pytest.raises(InputError, match="another process writes into it"):
        pretrain("untrained", images, folder)
    assert list(folder.iterdir()) == []
    complete = pretrain("untrained", images, folder)
    with alone(folder):
        assert pretrain("untrained", images, folder) == complete


def test_patches_are_squares_of_the_image_row_by_row():
    image = torch.arange(28 * 28).view(1, 28, 28)
    patches = patches_of(image)
    assert torch.equal(patches[0, GRID + 2].view(PATCH, PATCH), image[0, PATCH : 2 * PATCH, 2 * PATCH : 3 * PATCH])


def test_levels_end_with_what_the_encoder_gives():
    torch.manual_seed(0)
    model, image = SmallViT().eval(), torch.randn(2, 28, 28)
    states = model.levels(image)
    assert len(states) == 7 and states[0].shape == (2, 50, WIDTH)
    assert torch.equal(states[-1], model(image))
