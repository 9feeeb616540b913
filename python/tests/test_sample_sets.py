"""What the samples' sets hold: tasks over packages, Euclidean neighbours by inner products, and sets that are already there."""

import numpy as np
import pytest

import debian_packages
from finished import is_finished
from minilm import drawn
from probesweep.writing import FeatureSetWriter


def package(name, section="net", tags=(), size=0):
    return debian_packages.Package(name, name, "1", section, frozenset(tags), size, f"the description of {name}")


def test_tasks_over_packages_have_the_rows_that_they_speak_of():
    graphical = {"role::program", "interface::graphical", "use::viewing"}
    packages = [package("a", tags=graphical, size=10), package("b", "mail", {"role::program"}, 20), package("c", "kernel"),
                *(package(f"p{i}", "web", {"role::program", "use::editing"}, 5) for i in range(4))]
    tasks = {task["name"]: task for task in debian_packages.Documents(packages).tasks(seed=1)}
    assert tasks["section"]["samples"] == [0, 1, 3, 4, 5, 6]  # the kernel's section is none of the eleven
    assert [debian_packages.SECTIONS[label] for label in tasks["section"]["labels"]] == ["net", "mail", "web", "web", "web", "web"]
    assert tasks["uses-20"]["class_names"] == ["use::editing", "use::viewing"]
    assert tasks["uses-20"]["labels"].tolist() == [[0, 1], [1, 0], [1, 0], [1, 0], [1, 0]]
    assert sum(tasks["graphical"]["labels"]) == 1 and len(tasks["graphical"]["labels"]) == 4
    assert tasks["size"]["samples"] == [0, 1, 3, 4, 5, 6] and tasks["size"]["scores"][1] == np.log(20)
    assert tasks["size"]["group_names"] == ["a", "b", "p0", "p1", "p2", "p3"]


def test_packages_that_were_chosen_once_are_those_of_every_later_run(tmp_path):
    path = tmp_path / "texts/debian-packages.json"
    first = [package("a", tags={"use::viewing", "role::program"}, size=10), package("b", "mail")]
    assert debian_packages.kept(path, lambda: first) == first
    assert debian_packages.kept(path, lambda: pytest.fail("the index was read again")) == first
    assert debian_packages.digest(debian_packages.kept(path, list)) == debian_packages.digest(first)


def test_inner_products_of_the_euclidean_level_order_neighbours_by_distance():
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from make_images import euclidean

    random = np.random.default_rng(0)
    x = (random.normal(size=(60, 5)) * [1, 2, 3, 4, 0] + 7).astype(np.float32)
    is_test = np.arange(60) >= 50
    vectors = euclidean(x, is_test)
    training, test = vectors[:50], vectors[50:]
    z = vectors[:, :5]
    assert np.allclose(z[:50].mean(0), 0, atol=1e-5) and np.allclose(z[:50, :4].std(0), 1, atol=1e-5)
    distances = np.linalg.norm(z[50:, None] - z[None, :50], axis=2)
    assert np.array_equal((test @ training.T).argsort(1)[:, ::-1][:, :10], distances.argsort(1)[:, :10])


def test_a_finished_set_of_another_size_is_refused_instead_of_taken(tmp_path):
    assert not is_finished(tmp_path / "set", 3)
    writer = FeatureSetWriter(tmp_path / "set", "set", backbone="none", revision="1", class_token=False)
    writer.add_shard(0, "numbers", np.zeros((3, 1, 2), np.float32))
    writer.finish()
    assert is_finished(tmp_path / "set", 3)
    with pytest.raises(SystemExit, match="samples is 3, and 30 are to be written"):
        is_finished(tmp_path / "set", 30)


def test_drawn_weights_are_those_of_an_untrained_encoder():
    table = np.ones((200, 50), np.float32)
    values = drawn("embeddings.word_embeddings.weight", table, np.random.default_rng(1))
    assert values.dtype == np.float32 and abs(values.std() - 0.02) < 0.001 and abs(values.mean()) < 0.001
    assert (drawn("encoder.layer.0.output.LayerNorm.weight", table[0], None) == 1).all()
    assert (drawn("encoder.layer.0.output.dense.bias", table[0], None) == 0).all()
