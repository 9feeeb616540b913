"""Labels from tables: every kind, every format, and what is refused."""

import json

import numpy as np
import pytest

from probesweep import labels
from probesweep.errors import InputError
from probesweep.writing import FeatureSetWriter


def task(rows, text, **options):
    return labels.task_arguments(labels.TaskRequest.parse(text), rows, "table", **options)


def test_names_are_classes_in_the_order_of_the_alphabet_and_rows_without_a_label_are_left_out():
    made = task([{"a": "dog"}, {"a": None}, {"a": "cat"}], "animal=a")
    assert (made["kind"], made["metric"], made["classes"], made["class_names"]) == ("classification", "top1", 2, ["cat", "dog"])
    assert made["labels"] == [1, 0] and made["samples"] == [0, 2]


def test_whole_numbers_are_classes_in_the_order_of_their_values():
    made = task([{"a": "10"}, {"a": "9"}, {"a": "10"}], "a")
    assert made["class_names"] == ["9", "10"] and made["labels"] == [1, 0, 1]


def test_other_numbers_need_a_kind():
    rows = [{"a": "0.5"}, {"a": "2"}]
    with pytest.raises(InputError, match="may be a score or a class"):
        task(rows, "a")
    assert task(rows, "a=a:regression")["scores"] == [0.5, 2.0]
    assert task(rows, "a=a:ranking")["metric"] == "kendall-tau"


def test_several_labels_come_from_lists_separated_cells_and_columns_of_flags():
    expected = [[1, 0], [1, 1], [0, 0]]
    from_lists = task([{"t": ["x"]}, {"t": ["x", "y"]}, {"t": []}], "t")
    from_cells = task([{"t": "x"}, {"t": "y; x"}, {"t": ";"}], "t", separator=";")
    from_columns = task([{"x": 1, "y": 0}, {"x": "1", "y": "1"}, {"x": 0, "y": 0}], "t=x,y")
    for made in (from_lists, from_cells, from_columns):
        assert made["kind"] == "multilabel" and made["class_names"] == ["x", "y"]
        np.testing.assert_array_equal(made["labels"], expected)


def test_two_kinds_of_yes_and_no():
    rows = [{"a": "no", "q": 1}, {"a": "yes", "q": 1}, {"a": "no", "q": 2}]
    assert task(rows, "a=a:binary")["labels"] == [0, 1, 0]
    with pytest.raises(InputError, match="needs the queries as groups"):
        task(rows, "a=a:retrieval")
    assert task(rows, "a=a:retrieval", groups="q")["groups"] == [0, 0, 1]
    with pytest.raises(InputError, match="3 different labels"):
        task([{"a": "x"}, {"a": "y"}, {"a": "z"}], "a=a:binary")


def test_groups_are_numbered_by_name_and_rows_without_one_stand_alone():
    rows = [{"a": "x", "g": "b"}, {"a": "y", "g": None}, {"a": "x", "g": "a"}, {"a": "y", "g": None}]
    assert task(rows, "a", groups="g")["groups"] == [1, 2, 0, 3]
    assert task(rows, "a", groups="g")["group_names"] is None


def test_groups_keep_their_names_where_every_row_has_one():
    rows = [{"a": "x", "g": "2"}, {"a": "y", "g": "10"}, {"a": "x", "g": "2"}]
    found = task(rows, "a", groups="g")
    assert [found["group_names"][group] for group in found["groups"]] == ["2", "10", "2"]


def test_a_split_is_train_or_test():
    rows = [{"a": "x", "s": "Train"}, {"a": "y", "s": "test"}, {"a": "y", "s": 0}]
    assert task(rows, "a", split="s")["split"] == [0, 1, 0]
    with pytest.raises(InputError, match='row 2 has the split "dev"'):
        task([{"a": "x", "s": 0}, {"a": "y", "s": "dev"}], "a", split="s")


@pytest.mark.parametrize(("text", "message"), [
    ("a b=c", "no name of a task"), ("a=c:many", '"many" is no kind'), ("a=missing", "It has: c")])
def test_requests_that_cannot_be_met_name_what_is_there(text, message):
    with pytest.raises(InputError, match=message):
        task([{"c": "x"}, {"c": "y"}], text)


def test_one_class_alone_is_refused():
    with pytest.raises(InputError, match='every label is "x"'):
        task([{"a": "x"}, {"a": "x"}], "a")


def test_class_folders_and_splits_above_them():
    assert labels.class_folders(["cat/1.png", "dog/a/2.png", "3.png"]) == [{"class": "cat"}, {"class": "dog"}, {"class": None}]
    split = labels.class_folders(["train/cat/1.png", "val/dog/2.png"])
    assert split == [{"class": "cat", "split": "train"}, {"class": "dog", "split": "test"}]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_tables_of_every_format_read_alike(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    rows = [{"name": "a, b", "kind": "x"}, {"name": "c", "kind": None}]
    if suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        mark = "\t" if suffix == ".tsv" else ","
        path.write_text(f"\ufeffname{mark} kind\r\n\"a, b\"{mark}x\r\nc{mark} \r\n", encoding="utf-8")
    assert labels.read_table(path) == rows


def test_damaged_tables_name_the_line(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"a"\n')
    with pytest.raises(InputError, match="a.jsonl, line 2"):
        labels.read_table(tmp_path / "a.jsonl")
    (tmp_path / "a.csv").write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match='the column "a" twice'):
        labels.read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("a,b\n1,2,3\n")
    with pytest.raises(InputError, match="b.csv, line 2"):
        labels.read_table(tmp_path / "b.csv")


TRIPLE = ["test/cat/1.png", "test/dog/2.png", "train/cat/3.png", "train/dog/4.png", "val/dog/5.png"]


def refused_folders(places, validation=None):
    with pytest.raises(InputError) as error:
        labels.refuse_unclear_folders(places, labels.class_folders(places, validation), "photos")
    return str(error.value)


def test_folders_of_a_split_are_never_classes():
    assert "--val train|test|out" in refused_folders(TRIPLE)
    assert "photos/train/x.png" in refused_folders(["test/cat/1.png", "train/x.png", "train/cat/2.png"])
    assert "all is test" in refused_folders(["test/cat/1.png", "val/cat/1.png"], "test")
    assert labels.class_folders(["train/cat/1.png", "train/dog/2.png"]) == [{"class": "cat"}, {"class": "dog"}]
    assert labels.class_folders(["Train/1.png", "Test/2.png"]) == [
        {"class": None, "split": "train"}, {"class": None, "split": "test"}]


@pytest.mark.parametrize(("validation", "last"), [
    ("train", {"class": "dog", "split": "train"}), ("test", {"class": "dog", "split": "test"}),
    ("out", {"class": None, "split": None})])
def test_the_side_of_validation_is_the_one_that_is_said(validation, last):
    rows = labels.class_folders(TRIPLE, validation)
    labels.refuse_unclear_folders(TRIPLE, rows, "photos")
    assert rows[-1] == last and rows[0] == {"class": "cat", "split": "test"}


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.csv", "a\nä\n".encode("latin-1"), "no UTF-8"), ("a.txt", b"a\n", "ending"), ("none.csv", None, "cannot be read"),
    ("a.parquet", b"nothing", "cannot be read")])
def test_a_table_that_cannot_be_read_is_refused_by_its_name(name, content, words, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        labels.read_table(tmp_path / name)
    assert name in str(error.value)


def test_a_cell_may_be_long(tmp_path):
    (tmp_path / "a.csv").write_text("a\n" + "x" * 200_000 + "\n")
    assert len(labels.read_table(tmp_path / "a.csv")[0]["a"]) == 200_000


def test_a_column_that_is_no_name_of_a_task_is_refused_with_how_to_name_it(tmp_path):
    with pytest.raises(InputError, match="NAME=x/b"):
        labels.TaskRequest.of_column("x/b")
    with pytest.raises(ValueError, match="no name of a task"):
        FeatureSetWriter(tmp_path, "a", "b", "c", False).add_task("x/b", "classification", "top1", labels=[0, 1], classes=2)
