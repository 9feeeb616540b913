"""What the samples are read from: IDX files, CTranslate2 files, Debian's package index."""

import struct

import numpy as np
import pytest

import debian_packages
from ctranslate2_file import ModelFileError, read_model
from fashion import read_idx, stratified


def idx(values):
    return b"\0\0\x08" + bytes([values.ndim]) + b"".join(struct.pack(">I", length) for length in values.shape) + values.tobytes()


def test_an_idx_file_gives_back_its_array():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)
    assert np.array_equal(read_idx(idx(pixels)), pixels)
    assert np.array_equal(read_idx(idx(pixels[:, 0, 0])), pixels[:, 0, 0])


@pytest.mark.parametrize("content, problem", [
    (b"PK\3\4", "begins with 504b0304"),
    (b"\0\0\x0d\1\0\0\0\0", "begins with 00000d01"),
    (b"\0\0\x08\3\0\0", "has a header of 16 bytes"),
    (idx(np.zeros((2, 3), np.uint8))[:-1], "has 6 values; this one has 5"),
    (b"\0\0\x08\2\xff\xff\xff\xff\xff\xff\xff\xff", "this one has 0"),
])
def test_what_is_no_idx_file_of_bytes_is_refused_with_what_it_is(content, problem):
    with pytest.raises(ValueError, match=problem):
        read_idx(content)


def test_a_stratified_choice_has_as_many_of_each_class_and_the_same_for_a_seed():
    labels = np.random.default_rng(0).integers(0, 5, 400)
    chosen = stratified(labels, 52, seed=1)
    assert sorted(np.bincount(labels[chosen])) == [10, 10, 10, 11, 11]
    assert np.array_equal(chosen, stratified(labels, 52, seed=1))
    assert not np.array_equal(chosen, stratified(labels, 52, seed=2))


def name(text):
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def variable(title, array, kind):
    return (name(title) + bytes([array.ndim]) + b"".join(struct.pack("<I", n) for n in array.shape)
            + bytes([kind]) + struct.pack("<I", array.nbytes) + array.tobytes())


@pytest.fixture
def model():
    weights = {"encoder/a": (np.arange(6, dtype="<f4").reshape(2, 3), 0), "encoder/b": (np.array([1.5, -2], "<f2"), 4),
               "decoder/c": (np.array([-7], "<i1"), 1), "encoder/heads": (np.array(8, "<i2"), 2)}
    content = struct.pack("<I", 6) + name("WhisperSpec") + struct.pack("<II", 3, len(weights))
    return content + b"".join(variable(title, array, kind) for title, (array, kind) in weights.items()), weights


def test_a_ctranslate2_file_gives_back_names_types_and_values(model):
    content, weights = model
    specification, revision, arrays = read_model(content)
    assert (specification, revision, arrays.keys()) == ("WhisperSpec", 3, weights.keys())
    for title, (array, _) in weights.items():
        assert arrays[title].dtype == array.dtype and np.array_equal(arrays[title], array)
    assert read_model(content, wanted="encoder/")[2].keys() == {"encoder/a", "encoder/b", "encoder/heads"}


def test_a_ctranslate2_file_that_is_cut_anywhere_is_refused(model):
    content, _ = model
    for length in range(len(content)):
        with pytest.raises(ModelFileError, match="ends at byte"):
            read_model(content[:length])


@pytest.mark.parametrize("change, problem", [
    (lambda content: b"\5" + content[1:], "version 5"),
    (lambda content: content.replace(b"encoder/a\0\2", b"encoder/a\0\1"), "unknown type|bytes instead of"),
    (lambda content: content.replace(variable("decoder/c", np.array([-7], "<i1"), 1), variable("decoder/c", np.array([-7], "<i1"), 9)),
     "decoder/c is of the unknown type 9"),
])
def test_a_ctranslate2_file_that_contradicts_itself_is_refused(model, change, problem):
    with pytest.raises(ModelFileError, match=problem):
        read_model(change(model[0]))


PACKAGES = """Package: {name}
Source: {source}
Version: 1.0-1
Installed-Size: 120
Description: short
Description-md5: {name}
Tag: role::program, interface::graphical,
 use::viewing
Section: {section}
"""
TEXT = "Package: {name}\nDescription-md5: {name}\nDescription-en: {first}\n {second}\n .\n the end of a long enough text\n"


def index(*entries):
    packages = "\n".join(PACKAGES.format(name=name, source=source, section=section) for name, source, section, _ in entries)
    texts = "\n".join(TEXT.format(name=name, first=first, second=f"about {name} and no other thing") for name, _, _, first in entries)
    return debian_packages.chosen(debian_packages.parse(packages), debian_packages.parse(texts))


def test_one_package_of_a_source_is_kept_and_placeholders_are_dropped():
    found = index(("viewer", "viewer", "graphics", "a viewer"), ("aviewer-data", "viewer (2)", "graphics", "its data"),
                  ("old", "old", "utils", "transitional package"), ("older", "older", "oldlibs", "a library"))
    assert [package.name for package in found] == ["aviewer-data"]
    assert found[0].text == "its data about aviewer-data and no other thing the end of a long enough text"
    assert found[0].tags == {"role::program", "interface::graphical", "use::viewing"} and found[0].size == 120


def test_an_index_without_long_descriptions_is_answered_with_the_remedy():
    with pytest.raises(SystemExit, match="apt-get update -o Acquire::Languages=en"):
        debian_packages.chosen(debian_packages.parse(PACKAGES.format(name="a", source="a", section="net")), [])
