"""Features in other tools' files become feature sets, and nothing in those files is run or believed."""

import io
import json
import pickle
import zipfile

import numpy as np
import probesweep
import pytest
from probesweep.cli import main
from probesweep.conversion.converting import Conversion, Layer, convert
from probesweep.conversion.errors import ConversionError
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.tables import LabelTable
from probesweep.errors import InputError
from probesweep.labels import TaskRequest
from program import needs_program, probesweep as program, sweep

RANDOM = np.random.default_rng(5)
RAGGED = [RANDOM.normal(size=(length, 6)).astype(np.float32) for length in (3, 5, 4, 5)]
EQUAL = RANDOM.normal(size=(4, 3, 6)).astype(np.float32)
NAMES = ["slide-a", "slide-b", "slide-c", "slide-d"]


def converted(output, *patterns, key=None, **changes):
    """Converts one layer, and returns the set."""
    layers = changes.pop("layers", [Layer(0, "layer 0", [str(pattern) for pattern in patterns], key)])
    convert(Conversion(output=output, layers=layers, name="set", **changes))
    return probesweep.features(output, verify=True)


def tokens(dataset):
    return [sample["tokens"] for sample in dataset]


def same(found, expected):
    return len(found) == len(expected) and all(np.array_equal(*pair) for pair in zip(found, expected))


def refusal(tmp_path, *patterns, **changes):
    """What a conversion is refused with; it must leave no feature set."""
    with pytest.raises(InputError) as error:
        converted(tmp_path / "set", *patterns, **changes)
    assert not (tmp_path / "set" / "featureset.json").exists()
    return str(error.value)


# HDF5

def slides(folder, shape=lambda tokens: tokens, **options):
    """A file a slide, as CLAM and TRIDENT write them."""
    h5py = pytest.importorskip("h5py")
    for name, sample in zip(NAMES, RAGGED):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file.create_dataset("features", data=shape(sample), **options)
            file.create_dataset("coords", data=np.zeros((len(sample), 2), np.int64))
    return folder / "*.h5"


@pytest.mark.parametrize("options", [
    {}, {"compression": "gzip", "shuffle": True, "fletcher32": True}, {"compression": "lzf"}])
def test_a_file_a_slide_becomes_ragged_tokens_with_file_names_as_ids(tmp_path, options):
    dataset = converted(tmp_path / "set", slides(tmp_path, **options))
    assert dataset.ids == NAMES
    assert dataset.is_ragged and same(tokens(dataset), RAGGED)


def test_slides_with_a_leading_axis_are_read_without_it(tmp_path):
    assert same(tokens(converted(tmp_path / "set", slides(tmp_path, lambda tokens: tokens[None]))), RAGGED)


def test_a_single_slide_is_one_sample_because_it_has_coordinates(tmp_path):
    slides(tmp_path)
    assert same(tokens(converted(tmp_path / "set", tmp_path / "slide-b.h5")), RAGGED[1:2])


def test_one_array_for_all_has_its_samples_along_the_first_axis(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "all.h5", "w") as file:
        file["group/tokens"] = EQUAL
        file["group/link"] = h5py.SoftLink("/group/tokens")
    for key in ("group/tokens", "group/link"):
        dataset = converted(tmp_path / f"set-{key[6:]}", tmp_path / "all.h5", key=key)
        assert not dataset.is_ragged and dataset.ids is None and same(tokens(dataset), EQUAL)


def hostile(path, write):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        write(h5py, file)
    return path


def test_nothing_is_followed_out_of_an_hdf5_file(tmp_path):
    secret = hostile(tmp_path / "secret.hdf5", lambda h5py, file: file.create_dataset("features", data=EQUAL))

    def virtual(h5py, file):
        layout = h5py.VirtualLayout(EQUAL.shape, EQUAL.dtype)
        layout[...] = h5py.VirtualSource(str(secret), "features", EQUAL.shape)
        file.create_virtual_dataset("features", layout)

    def external(h5py, file):
        file.create_dataset("features", EQUAL.shape, EQUAL.dtype, external=[(str(secret), 0, EQUAL.nbytes)])

    def linked(h5py, file):
        file["features"] = h5py.ExternalLink(str(secret), "features")

    def linked_inside(h5py, file):
        file["out"] = h5py.ExternalLink(str(secret), "/")
        file["features"] = h5py.SoftLink("/out/features")

    def circular(h5py, file):
        file["features"] = h5py.SoftLink("/again")
        file["again"] = h5py.SoftLink("/features")

    for write in (virtual, external, linked, linked_inside, circular):
        path = hostile(tmp_path / f"{write.__name__}.h5", write)
        message = refusal(tmp_path, path, key="features")
        assert str(path) in message and "link" in message or "other datasets or files" in message, write


def test_a_filter_that_does_not_come_with_the_library_is_refused(tmp_path):
    def filtered(h5py, file):
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((1, 3, 6))
        # 32015 is a plugin; as an optional filter it may be named where it cannot be run.
        plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple(EQUAL.shape)
        dataset = h5py.h5d.create(file.id, b"features", h5py.h5t.IEEE_F32LE, space, plan)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, EQUAL)

    assert "32015" in refusal(tmp_path, hostile(tmp_path / "filtered.h5", filtered))


def test_an_hdf5_file_that_declares_more_than_it_holds_is_refused_before_memory_is_taken(tmp_path):
    def huge(h5py, file):
        file.create_dataset("features", (10**6, 10**6), "f4", chunks=(1024, 1024), compression="gzip")

    assert "stores 0" in refusal(tmp_path, hostile(tmp_path / "huge.h5", huge))


def test_a_chunk_that_is_larger_than_the_limit_is_refused(tmp_path):
    def wide(h5py, file):
        file.create_dataset("features", data=np.zeros((4, 4096), "f4"), chunks=(4, 4096))

    path = hostile(tmp_path / "wide.h5", wide)
    assert "chunk" in refusal(tmp_path, path, limit=MemoryLimit(10_000))


# NumPy

def test_npy_and_npz_are_read_whole_or_by_sample(tmp_path):
    np.save(tmp_path / "all.npy", EQUAL)
    np.savez_compressed(tmp_path / "all.npz", tokens=EQUAL, other=EQUAL[:1])
    for name, sample in zip(NAMES, RAGGED):
        np.save(tmp_path / f"{name}.sample.npy", sample)
        np.savez(tmp_path / f"{name}.sample.npz", sample)
    assert same(tokens(converted(tmp_path / "a", tmp_path / "all.npy")), EQUAL)
    assert same(tokens(converted(tmp_path / "b", tmp_path / "all.npz", key="tokens", shard_bytes=100)), EQUAL)
    assert same(tokens(converted(tmp_path / "c", tmp_path / "*.sample.npy")), RAGGED)
    assert same(tokens(converted(tmp_path / "d", tmp_path / "*.sample.npz")), RAGGED)


def test_pooled_vectors_are_samples_of_one_token(tmp_path):
    np.save(tmp_path / "all.npy", EQUAL[:, 0])
    assert converted(tmp_path / "set", tmp_path / "all.npy").tokens(2).tolist() == EQUAL[2, :1].tolist()


def test_an_archive_of_several_arrays_asks_which(tmp_path):
    np.savez(tmp_path / "all.npz", tokens=EQUAL, other=EQUAL)
    assert "tokens, other" in refusal(tmp_path, tmp_path / "all.npz")


class Loud:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("ending", ["npy", "npz", "pt", "lmdb"])
def test_a_pickle_is_refused_and_not_run(ending, tmp_path):
    trap, path = tmp_path / "run", tmp_path / f"trap.{ending}"
    objects = np.array([Loud(trap)], dtype=object)
    if ending == "npy":
        np.save(path, objects, allow_pickle=True)
    elif ending == "npz":
        np.savez(path, tokens=objects)
    elif ending == "pt":
        torch = pytest.importorskip("torch")
        torch.save({"tokens": Loud(trap)}, path)
    else:
        lmdb = pytest.importorskip("lmdb")
        with lmdb.open(str(path)) as database, database.begin(write=True) as transaction:
            transaction.put(b"a", pickle.dumps(Loud(trap)))
    refusal(tmp_path, path)
    assert not trap.exists()


def test_a_member_whose_header_promises_more_than_it_has_is_refused(tmp_path):
    promise = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        promise, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 768)})
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tokens.npy", promise.getvalue() + bytes(1000))
    assert "takes 3,072,000,000,000 bytes, and it has 1,000" in refusal(tmp_path, tmp_path / "bomb.npz")


def test_an_archive_that_inflates_beyond_the_limit_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "zeros.npz", np.zeros((2, 1 << 20), np.float32))
    assert "--memory" in refusal(tmp_path, tmp_path / "zeros.npz", limit=MemoryLimit(1 << 20))


def test_whole_numbers_are_not_taken_for_the_bits_of_bfloat16(tmp_path):
    torch = pytest.importorskip("torch")
    np.save(tmp_path / "all.npy", np.ones((4, 3), np.uint16))
    torch.save(torch.ones(4, 3, dtype=torch.uint16), tmp_path / "all.pt")
    for name in ("all.npy", "all.pt"):
        assert "uint16" in refusal(tmp_path, tmp_path / name)
    np.save(tmp_path / "opaque.npy", np.array([[0x3F80], [0xC000]], np.uint16).view("V2"))
    bits = converted(tmp_path / "bits", tmp_path / "opaque.npy")
    assert [sample.tolist() for sample in tokens(bits)] == [[[1]], [[-2]]]


def test_a_header_with_a_negative_extent_is_refused(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (-2, -3)})
    (tmp_path / "all.npy").write_bytes(header.getvalue() + bytes(24))
    assert "(-2, -3)" in refusal(tmp_path, tmp_path / "all.npy")


def test_arrays_in_fortran_order_are_refused_with_the_remedy(tmp_path):
    np.save(tmp_path / "all.npy", np.asfortranarray(EQUAL))
    assert "ascontiguousarray" in refusal(tmp_path, tmp_path / "all.npy")


# PyTorch

def test_tensors_lists_and_dictionaries_of_tensors_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    ragged = [torch.from_numpy(sample) for sample in RAGGED]
    torch.save(torch.from_numpy(EQUAL), tmp_path / "tensor.pt")
    torch.save({"epoch": 3, "tokens": torch.from_numpy(EQUAL)}, tmp_path / "named.pt")
    torch.save(ragged, tmp_path / "list.pt")
    torch.save(dict(zip(NAMES, ragged)), tmp_path / "dictionary.pt")
    torch.save(torch.from_numpy(EQUAL), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert same(tokens(converted(tmp_path / "a", tmp_path / "tensor.pt")), EQUAL)
    assert same(tokens(converted(tmp_path / "b", tmp_path / "named.pt", key="tokens")), EQUAL)
    assert same(tokens(converted(tmp_path / "c", tmp_path / "list.pt")), RAGGED)
    assert same(tokens(converted(tmp_path / "e", tmp_path / "old.pt")), EQUAL)
    dictionary = converted(tmp_path / "d", tmp_path / "dictionary.pt")
    assert dictionary.ids == NAMES and same(tokens(dictionary), RAGGED)


def test_bfloat16_keeps_its_bits(tmp_path):
    torch = pytest.importorskip("torch")
    values = torch.from_numpy(EQUAL).to(torch.bfloat16)
    torch.save(values, tmp_path / "tensor.pt")
    dataset = converted(tmp_path / "set", tmp_path / "tensor.pt")
    assert dataset.manifest["layers"][0]["dtype"] == "BF16"
    assert same(tokens(dataset), values.float().numpy())


def test_a_tensor_that_repeats_its_values_without_end_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.zeros(1, 1).expand(10**6, 10**6), tmp_path / "tensor.pt")
    assert "clone" in refusal(tmp_path, tmp_path / "tensor.pt")


# Arrow, Zarr, LMDB

def test_columns_of_lists_are_read_with_their_ids(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    ragged = pyarrow.table({"id": NAMES, "tokens": pyarrow.array([sample.tolist() for sample in RAGGED],
                                                                 pyarrow.list_(pyarrow.list_(pyarrow.float32())))})
    flat = pyarrow.table({"tokens": pyarrow.FixedSizeListArray.from_arrays(EQUAL[:, 0].ravel(), 6)})
    pyarrow.parquet.write_table(ragged, tmp_path / "ragged.parquet", row_group_size=3)
    pyarrow.parquet.write_table(flat, tmp_path / "flat.parquet")
    with pyarrow.ipc.new_file(tmp_path / "file.arrow", ragged.schema) as file:
        file.write_table(ragged)
    (tmp_path / "saved").mkdir()
    for number in range(2):
        with pyarrow.ipc.new_stream(tmp_path / "saved" / f"data-{number}.arrow", ragged.schema) as stream:
            stream.write_table(ragged.slice(2 * number, 2))
    for name in ("ragged.parquet", "file.arrow", "saved"):
        dataset = converted(tmp_path / f"set-{name}", tmp_path / name, id_column="id", shard_bytes=200)
        assert dataset.ids == NAMES and same(tokens(dataset), RAGGED), name
    assert same(tokens(converted(tmp_path / "flat", tmp_path / "flat.parquet")), EQUAL[:, :1])


@pytest.mark.parametrize("ending", ["h5", "npy", "npz", "pt", "parquet", "arrow", "lmdb", "zarr"])
def test_a_file_that_is_not_what_its_name_says_is_refused(ending, tmp_path):
    for content in (b"", b"nothing of that kind" * 100):
        (tmp_path / f"file.{ending}").write_bytes(content)
        assert f"file.{ending}" in refusal(tmp_path, tmp_path / f"file.{ending}")


def test_a_damaged_column_is_refused(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    path = tmp_path / "damaged.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"tokens": EQUAL[:, 0].tolist()}), path)
    content = bytearray(path.read_bytes())
    content[4:60] = bytes(56)
    path.write_bytes(content)
    assert "damaged.parquet" in refusal(tmp_path, path)


def test_a_column_with_lists_of_several_widths_is_refused(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"tokens": [[1.0, 2.0], [1.0]]}), tmp_path / "uneven.parquet")
    assert "row 1" in refusal(tmp_path, tmp_path / "uneven.parquet")


def test_files_without_samples_are_refused(tmp_path):
    torch, pyarrow = pytest.importorskip("torch"), pytest.importorskip("pyarrow")
    import pyarrow.parquet

    torch.save({}, tmp_path / "none.pt")
    pyarrow.parquet.write_table(
        pyarrow.table({"tokens": pyarrow.array([], pyarrow.list_(pyarrow.float32()))}), tmp_path / "none.parquet")
    for name in ("none.pt", "none.parquet"):
        assert "it has none" in refusal(tmp_path, tmp_path / name)


def test_zarr_folders_are_read(tmp_path):
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(str(tmp_path / "all.zarr"), shape=EQUAL.shape, dtype="f4", chunks=(2, 3, 6))
    array[...] = EQUAL
    assert same(tokens(converted(tmp_path / "set", tmp_path / "all.zarr")), EQUAL)


def test_lmdb_databases_of_arrays_are_read(tmp_path):
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(tmp_path / "all.lmdb")) as database, database.begin(write=True) as transaction:
        for name, sample in zip(NAMES, RAGGED):
            content = io.BytesIO()
            np.save(content, sample)
            transaction.put(name.encode(), content.getvalue())
    dataset = converted(tmp_path / "set", tmp_path / "all.lmdb")
    assert dataset.ids == NAMES and same(tokens(dataset), RAGGED)


# Labels, layers, and what is refused whatever the format

def labelled(tmp_path, text, **columns):
    for name, sample in zip(NAMES, RAGGED):
        np.save(tmp_path / f"{name}.npy", sample)
    (tmp_path / "slides.csv").write_text(text)
    columns = {"tasks": ["label"], "id": "slide"} | columns
    requests = [TaskRequest.parse(text) for text in columns.pop("tasks")]
    return {"labels": LabelTable(tmp_path / "slides.csv", requests, **columns)}


def test_rows_are_matched_by_id_and_samples_without_a_label_are_left_out(tmp_path):
    table = "slide,label,patient,side\nslide-d,tumour,p2,test\nslide-a,normal,p1,train\nother,x,,\nslide-c,,p1,train\n"
    changes = labelled(tmp_path, table, group="patient", split="side")
    converted(tmp_path / "set", tmp_path / "*.npy", **changes)
    dataset = probesweep.features(tmp_path / "set", task="label", verify=True)
    assert dataset.task.kind == "classification" and dataset.task.class_names == ["normal", "tumour"]
    assert [(row["id"], row["label"], row["group"], row["split"]) for row in dataset] == [
        ("slide-a", 0, 0, 0), ("slide-d", 1, 1, 1)]


@pytest.mark.parametrize(("table", "columns", "words"), [
    ("slide,label\nslide-a,x\nslide-a,y\n", {}, "stands twice"),
    ("slide,label\nA,x\nB,y\n", {}, "no row is of a sample"),
    ("slide,label\nslide-a,x\nslide-b,x\n", {}, 'every label is "x"'),
    ("slide,label\nslide-a,0.5\nslide-b,1\n", {}, "regression"),
    ("slide,label\nslide-a,x\nslide-b,1\n", {"tasks": ["label=label:regression"]}, "no finite number"),
    ("slide,label\nslide-a,x\nslide-b,y\n", {"id": None}, "It has: slide, label"),
    ("slide,label\nslide-a,x\nslide-b,y\n", {"tasks": ["grade"]}, "It has: slide, label"),
    ("slide,label\nslide-a,x\nslide-b,y\n", {"split": "label"}, "train or test"),
])
def test_labels_that_cannot_be_used_are_refused_with_the_table(table, columns, words, tmp_path):
    changes = labelled(tmp_path, table, **columns)
    message = refusal(tmp_path, tmp_path / "*.npy", **changes)
    assert words in message and "slides.csv" in message


def test_layers_must_be_of_the_same_samples(tmp_path):
    np.save(tmp_path / "first.npy", EQUAL)
    np.save(tmp_path / "second.npy", EQUAL[:, :, :4])
    np.save(tmp_path / "fewer.npy", EQUAL[:3])
    both = [Layer(index, f"block {index}", [str(tmp_path / name)])
            for index, name in ((0, "first.npy"), (3, "second.npy"))]
    assert converted(tmp_path / "both", layers=both).layers == [0, 3]
    fewer = [both[0], Layer(1, "block 1", [str(tmp_path / "fewer.npy")])]
    assert "3 samples" in refusal(tmp_path, layers=fewer)


@pytest.mark.parametrize(("changes", "words"), [
    ({"class_token": True, "registers": 2}, "first patch token"),
    ({"grid": (2, 2)}, "--grid"),
    ({"ids": ["a", "b"]}, "2 ids"),
    ({"ids": ["a", "b", "b", "c"]}, "twice"),
    ({"limit": MemoryLimit(10)}, "--memory"),
])
def test_what_does_not_fit_the_tokens_is_refused(changes, words, tmp_path):
    np.save(tmp_path / "all.npy", EQUAL)
    assert words in refusal(tmp_path, tmp_path / "all.npy", **changes)


def test_what_a_refused_conversion_wrote_is_removed(tmp_path):
    values = EQUAL.copy()
    values[3, 0, 0] = np.nan
    np.save(tmp_path / "bad.npy", values)
    assert "sample 3" in refusal(tmp_path, tmp_path / "bad.npy", shard_bytes=100)
    np.save(tmp_path / "good.npy", EQUAL)
    assert len(converted(tmp_path / "set", tmp_path / "good.npy")) == 4


def test_numbers_that_are_not_finite_or_too_large_are_refused_with_their_sample(tmp_path):
    for name, value in (("nan", np.nan), ("large", 1e6)):
        values = EQUAL.copy()
        values[2, 0, 0] = value
        np.save(tmp_path / f"{name}.npy", values)
    assert "sample 2" in refusal(tmp_path, tmp_path / "nan.npy")
    assert "F16 cannot hold" in refusal(tmp_path, tmp_path / "large.npy", dtype="F16")


def test_files_of_different_models_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", EQUAL[0])
    np.save(tmp_path / "b.npy", EQUAL[1, :, :4])
    assert "width 4" in refusal(tmp_path, tmp_path / "*.npy")


def test_a_feature_set_is_not_written_over(tmp_path):
    np.save(tmp_path / "all.npy", EQUAL)
    converted(tmp_path / "set", tmp_path / "all.npy")
    with pytest.raises(ConversionError, match="there is a feature set"):
        converted(tmp_path / "set", tmp_path / "all.npy")


@needs_program
def test_the_command_makes_a_set_that_the_program_finds_sound(tmp_path, capsys):
    slides(tmp_path)
    (tmp_path / "slides.csv").write_text("id,label\n" + "".join(f"{name},{name[-1] in 'ab'}\n" for name in NAMES))
    assert main(["convert", *map(str, sorted(tmp_path.glob("*.h5"))), str(tmp_path / "set"), "--key", "features",
                 "--labels", str(tmp_path / "slides.csv"), "--dtype", "BF16", "--backbone", "uni"]) == 0
    assert "4 samples of 3 to 5 tokens" in capsys.readouterr().out
    assert "sound" in program("features", "verify", tmp_path / "set")
    (task,) = json.loads(program("features", "inspect", tmp_path / "set", "--format", "json"))["tasks"]
    assert task["name"] == "label"


@needs_program
@pytest.mark.parametrize("shape", [lambda tokens: tokens, lambda tokens: tokens[None]], ids=["CLAM", "TRIDENT"])
def test_a_folder_of_slides_is_swept(shape, tmp_path):
    h5py = pytest.importorskip("h5py")
    table = "slide_id,stage,patient\n"
    for number in range(40):
        tokens = RANDOM.normal(size=(20 + number, 8)).astype(np.float32)
        tokens[:, 0] += 3 * (number % 2)
        with h5py.File(tmp_path / f"TCGA-{number:02}.h5", "w") as file:
            file.create_dataset("features", data=shape(tokens), compression="gzip")
            file.create_dataset("coords", data=shape(np.zeros((len(tokens), 2), np.int64)))
        table += f"TCGA-{number:02},{'early' if number % 2 else 'late'},P{number // 4}\n"
    (tmp_path / "slides.csv").write_text(table)
    files = [str(file) for file in sorted(tmp_path.glob("*.h5"))]
    assert main(["convert", *files, str(tmp_path / "slides"), "--labels", str(tmp_path / "slides.csv"),
                 "--id", "slide_id", "--label", "stage", "--group", "patient"]) == 0
    state = sweep(tmp_path, "slides", tmp_path / "slides",
                  "folds: {scheme: grouped, count: 2}\nprobes: [linear, {type: abmilp}]\n"
                  "training: {learning-rates: 0.01, epochs: 20, extend: 0}\n")
    rows = probesweep.read_rows(state, "slides")
    assert {row["status"] for row in rows} == {"done"}
    assert {row["value"] for row in rows if row["probe"]["type"] == "linear"} == {1.0}, rows


def test_the_command_says_what_is_wrong_and_ends_with_status_1(tmp_path, capsys):
    assert main(["convert", str(tmp_path / "none*.h5"), str(tmp_path / "set")]) == 1
    assert "nothing has this name" in capsys.readouterr().err


def test_paths_may_stand_on_both_sides_of_options(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("all.npz", tokens=EQUAL)
    assert main(["convert", "all.npz", "--key", "tokens", "set"]) == 0
    assert same(tokens(probesweep.features("set")), EQUAL)
    assert main(["convert", "--layer", "3=all.npz:tokens", "other"]) == 0
    assert probesweep.features("other").layers == [3]
    with pytest.raises(SystemExit):
        main(["convert", "all.npz", "third", "--kee", "tokens"])


def test_a_forgotten_output_is_said_and_no_file_is_taken_for_it(tmp_path, capsys):
    slides(tmp_path)
    assert main(["convert", *map(str, sorted(tmp_path.glob("*.h5")))]) == 1
    assert "slide-d.h5: output: it is a file" in capsys.readouterr().err


def test_a_folder_of_files_stands_for_them(tmp_path):
    (tmp_path / "slides").mkdir()
    slides(tmp_path / "slides")
    dataset = converted(tmp_path / "set", tmp_path / "slides")
    assert dataset.ids == NAMES and same(tokens(dataset), RAGGED)
    np.save(tmp_path / "slides" / "x.npy", EQUAL)
    assert "hdf5, npy" in refusal(tmp_path / "again", tmp_path / "slides")


def test_a_folder_with_other_files_is_not_written_into(tmp_path):
    np.save(tmp_path / "all.npy", EQUAL)
    (tmp_path / "set" / "tasks").mkdir(parents=True)
    (tmp_path / "set" / "tasks" / "old.json").write_text("{}")
    assert "not empty" in refusal(tmp_path, tmp_path / "all.npy")


def test_no_number_becomes_infinite_by_rounding(tmp_path):
    values = EQUAL.astype(np.float64)
    for name, value, dtype, words in (
            ("a", 3.4e38, "BF16", "Give --dtype F32"), ("b", 1e300, "F32", "no stored type holds it"),
            ("c", 1e300, "BF16", "no stored type holds it")):
        values[1, 0, 0] = value
        np.save(tmp_path / f"{name}.npy", values)
        message = refusal(tmp_path, tmp_path / f"{name}.npy", dtype=dtype)
        assert words in message and "sample 1" in message
    assert np.isfinite(tokens(converted(tmp_path / "f32", tmp_path / "a.npy", dtype="F32"))[1]).all()


def test_billions_of_samples_take_no_memory_before_they_are_refused(tmp_path):
    for count, words in ((2_000_000_000, "ids are given for 2000000000"), (3_000_000_000, "at most 2,147,483,647")):
        with open(tmp_path / "sparse.npy", "wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": (count, 1)})
            file.truncate(file.tell() + 2 * count)
        assert words in refusal(tmp_path, tmp_path / "sparse.npy", ids=["a"])


def test_the_files_that_a_saved_dataset_names_are_its_data_and_others_are_not(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    folder = tmp_path / "saved"
    folder.mkdir()
    for name, rows in (("data-0", EQUAL[:2, 0]), ("data-1", EQUAL[2:, 0]), ("cache-5f", EQUAL[:1, 0])):
        table = pyarrow.table({"tokens": rows.tolist()})
        with pyarrow.ipc.new_stream(folder / f"{name}.arrow", table.schema) as stream:
            stream.write_table(table)
    assert len(converted(tmp_path / "set", folder)) == 4
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-1.arrow"}]}))
    assert np.allclose(tokens(converted(tmp_path / "named", folder)), EQUAL[2:, :1])
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-9.arrow"}]}))
    assert "data-9.arrow" in refusal(tmp_path / "gone", folder)


def test_a_row_without_an_id_is_refused(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    pyarrow.parquet.write_table(
        pyarrow.table({"id": ["a", None], "tokens": EQUAL[:2, 0].tolist()}), tmp_path / "all.parquet")
    assert "row 1 has no id" in refusal(tmp_path, tmp_path / "all.parquet", id_column="id")


def damaged_archive(path):
    np.savez_compressed(path, tokens=EQUAL)
    content = bytearray(path.read_bytes())
    content[60:-200] = bytes(reversed(content[60:-200]))
    path.write_bytes(content)


def scalar(path):
    hostile(path, lambda h5py, file: file.create_dataset("features", data=h5py.Empty("f4")))


def unfinished_header(path):
    path.write_bytes(b"\x93NUMPY\x01\x00" + (12).to_bytes(2, "little") + b"{'descr': (\n")


def eighth_floats(path):
    torch = pytest.importorskip("torch")
    torch.save(torch.zeros(4, 3).to(torch.float8_e4m3fn), path)


@pytest.mark.parametrize(("name", "write"), [
    ("a.npz", damaged_archive), ("a.h5", scalar), ("a.npy", unfinished_header), ("a.pt", eighth_floats)])
def test_what_is_damaged_or_unusual_is_refused_with_its_name(name, write, tmp_path):
    write(tmp_path / name)
    assert name in refusal(tmp_path, tmp_path / name)


def test_zarr_arrays_of_which_chunks_are_missing_or_codecs_unknown_are_refused(tmp_path):
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(str(tmp_path / "all.zarr"), shape=EQUAL.shape, dtype="f4", chunks=(2, 3, 6))
    array[:2] = EQUAL[:2]
    assert "2 chunks are declared, and 1 are there" in refusal(tmp_path, tmp_path / "all.zarr")
    old = zarr.create_array(str(tmp_path / "old.zarr"), shape=EQUAL.shape, dtype="f4", chunks=(2, 3, 6), zarr_format=2)
    old[...] = EQUAL
    assert same(tokens(converted(tmp_path / "old", tmp_path / "old.zarr")), EQUAL)
    metadata = json.loads((tmp_path / "old.zarr" / ".zarray").read_text())
    (tmp_path / "old.zarr" / ".zarray").write_text(json.dumps({**metadata, "filters": [{"id": "pickle", "protocol": 5}]}))
    assert "pickle" in refusal(tmp_path, tmp_path / "old.zarr")
