"""Heads as modules give the logits that the Swift program gives."""

import json
import sqlite3
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
import probesweep
import pytest
from program import copy_of_wordnet, needs_program, probesweep as program, sweep
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")

from probesweep.heads import HeadError, NearestNeighbours, TokenLayout, ZeroShot, load_head  # noqa: E402
from probesweep.heads.loading import POOLINGS  # noqa: E402
from probesweep.writing import FeatureSetWriter  # noqa: E402

TOLERANCE = 1e-5
"""Of the largest logit, or of 1: for a head with large weights float32 has no more digits."""

TRAINING = """
folds: {scheme: stratified, count: 2}
kernel: portable
keep: predictions
selection: {epoch: last, fraction: 0.2, refit: true}
training: {recipe: fast, epochs: 2, warmup: 0, minimum-steps: 0, batch: 16, learning-rates: 0.003, extend: 0}
"""

# Real tokens of unequal length, 384 wide.
ON_TEXTS = """
  - {type: linear, input: [class, mean, last, max, position 0]}
  - {type: linear, prepare: [standardise, pca-5, whiten]}
  - {type: dinov2, layers: 2, input: class+mean}
  - {type: mlp, hidden: [[32, 16]]}
  - {type: efficient, queries: 4, output: D/4, tokens: [patch, all]}
  - {type: mhca, heads: 4, attention: D/2, output: D/4}
  - {type: abmilp, self-attention: both, depth: 2}
  - {type: aim, heads: 4}
  - {type: siglip, heads: 4, norm: layer}
  - simpool
  - {type: esimpool, heads: 4}
  - {type: coca, tokens: all}
  - {type: cae, heads: 4}
  - {type: vjepa, heads: 4}
  - {type: vjepa2, heads: 4, blocks: 1}
  - {type: cait, tokens: all}
  - {type: vit-block, heads: 4}
  - dolg
  - {type: linear, mix: [0, 4], input: [mean, class]}
  - {type: efficient, queries: 4, mix: [0, 4]}
  - {type: efficient, queries: 4, prepare: [standardise, l2, layer-norm]}
"""

# Every option, on few and narrow tokens.
ON_A_GRID = """
  - {type: linear, input: [class, mean, class+mean, last, first, max, position 0]}
  - {type: linear, solver: ridge, prepare: [none, standardise, l2, pca-5, whiten]}
  - {type: linear, solver: gradient, prepare: [none, standardise]}
  - {type: dinov2, layers: 2, input: [class, class+mean]}
  - {type: mlp, hidden: [[32], [32, 16]], input: [mean, class], activation: [gelu, relu]}
  - {type: mlp, hidden: [[16]], head-norm: none, prepare: [none, standardise]}
  - {type: efficient, queries: 4, output: [D, D/4], tokens: [patch, all]}
  - {type: mhca, heads: 4, attention: D/2, output: D/4, tokens: [patch, all]}
  - {type: abmilp, self-attention: [none, map, both], depth: [1, 2], activation: [tanh, relu]}
  - {type: abmilp, self-attention: both, depth: 3, tokens: all}
  - {type: aim, heads: 4, tokens: [patch, all]}
  - {type: siglip, heads: 4, norm: [none, layer], tokens: [patch, all]}
  - {type: simpool, tokens: [patch, all]}
  - {type: esimpool, heads: 4, tokens: [patch, all]}
  - {type: coca, tokens: [patch, all]}
  - {type: cae, heads: 4, tokens: [patch, all]}
  - {type: vjepa, heads: 4, tokens: [patch, all]}
  - {type: vjepa2, heads: 4, blocks: 2, tokens: [patch, all]}
  - {type: cait, tokens: [patch, all]}
  - {type: vit-block, heads: 4, tokens: [patch, all]}
  - {type: dolg, tokens: [patch, all], prepare: [none, l2]}
  - {type: mlp, hidden: [[16]], mix: [0, 1], mix-normalise: [layer, none]}
  - {type: mlp, hidden: [[16]], head-norm: none, mix: [0, 1]}
  - {type: mhca, heads: 4, mix: [0, 1], mix-normalise: none}
  - {type: abmilp, mix: [0, 1]}
  - {type: siglip, heads: 4, tokens: all, mix: [0, 1]}
  - {type: coca, mix: [0, 1]}
  - {type: coca, prepare: standardise, tokens: all}
  - {type: cait, prepare: layer-norm}
  - {type: clip, tokens: [patch, all]}
  - cbam
  - {type: finetune, heads: 4, input: [class, mean]}
  - {type: finetune, weights: [layer-scale, post-norm], input: [class, mean]}
"""

WITHOUT_HEAD = """
  - {type: knn, input: [mean, class+mean], knn: {neighbours: 5, temperatures: 0.07}}
  - {type: knn, prepare: l2, knn: {neighbours: 3, temperatures: 0.2, similarity: inner}}
  - {type: zeroshot, input: [class, mean]}
"""


class Trained:
    """A sweep's heads, as files and as rows of the ledger."""

    def __init__(self, folder, name, features, layer, task, probes):
        self.folder, self.name, self.features, self.layer = folder, name, features, layer
        specification = f"layers: [{layer}]\ntasks: [{task}]\n{TRAINING}probes:{probes}"
        self.state = sweep(folder, name, features, specification)
        rows = probesweep.read_rows(self.state, name)
        assert {row["status"] for row in rows} == {"done"}, [row["reasonMissing"] for row in rows]
        self.rows = [row for row in rows if row["heldOut"] == 0]
        self.task = task

    @cached_property
    def files(self):
        """The rows of units with a head, and the heads' files."""
        rows = [row for row in self.rows if row["probe"]["type"] not in ("knn", "zeroshot")]
        with ThreadPoolExecutor(2) as threads:
            return list(zip(rows, threads.map(self.exported, rows)))

    def exported(self, row):
        file = self.folder / f"{row['key']}.safetensors"
        program("export", self.name, "--unit", row["key"], "--output", file, "--state", self.state)
        return file

    def predicted(self, file):
        """The logits of all samples, as the program computes them."""
        logits = file.with_suffix(".npy")
        program("predict", "--head", file, "--features", self.features, "--output", logits)
        return np.load(logits)

    def computed(self, file):
        """The same by the module."""
        head = load_head(file)
        with torch.no_grad():
            earlier = [self.tokens(layer) for layer in self.layers_before(head.earlier_layers)]
            return head(self.tokens(self.layer), earlier).numpy()

    def layers_before(self, count):
        """The indices of as many layers before the head's own, the earliest first."""
        indices = probesweep.features(self.features).layers
        place = indices.index(self.layer)
        return indices[place - count:place]

    def tokens(self, layer):
        """A tensor, or a list of them where samples differ in length."""
        dataset = probesweep.features(self.features, layer=layer)
        samples = [torch.from_numpy(sample["tokens"]) for sample in dataset]
        return samples if dataset.is_ragged else torch.stack(samples)


@pytest.fixture(scope="module")
def on_texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    features = copy_of_wordnet(folder)
    give_class_embeddings(features, classes=4, width=384)
    return Trained(folder, "texts", features, 4, "lexname", ON_TEXTS + WITHOUT_HEAD)


@pytest.fixture(scope="module")
def on_a_grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    features = folder / "grid"
    program("features", "synthesize", features, "--samples", 48, "--tokens", 9, "--width", 32, "--classes", 3,
            "--layers", 2, "--dtype", "F32")
    layer, task = probesweep.features(features).layers[-1], probesweep.features(features).tasks[0]
    give_backbone(features, width=32, depth=layer + 2)
    for block_type, epsilon in {"layer-scale": "1e-6", "post-norm": "1e-12"}.items():
        give_backbone(features, width=32, depth=layer + 2, name=block_type,
                      metadata={"block-type": block_type, "heads": "4", "epsilon": epsilon})
    return Trained(folder, "grid", features, layer, task, ON_A_GRID)


def give_class_embeddings(features, classes, width):
    (features / "weights").mkdir()
    embeddings = np.random.default_rng(1).normal(size=(classes, width)).astype(np.float32)
    save_file({"class_embeddings": embeddings}, features / "weights" / "classes.safetensors")


def give_backbone(features, width, depth, name="backbone", metadata=None):
    """A transformer with random weights, of which some blocks follow the layer."""
    (features / "weights").mkdir(exist_ok=True)
    block_type = (metadata or {}).get("block-type", "pre-norm")
    random = np.random.default_rng(2)
    shapes = {"norm1.weight": [width], "norm1.bias": [width], "norm2.weight": [width], "norm2.bias": [width],
              "attn.qkv.weight": [3 * width, width], "attn.qkv.bias": [3 * width],
              "attn.proj.weight": [width, width], "attn.proj.bias": [width],
              "mlp.fc1.weight": [4 * width, width], "mlp.fc1.bias": [4 * width],
              "mlp.fc2.weight": [width, 4 * width], "mlp.fc2.bias": [width],
              **({"ls1.gamma": [width], "ls2.gamma": [width]} if block_type == "layer-scale" else {})}
    tensors = {f"blocks.{block}.{part}": random.normal(size=shape).astype(np.float32) / width ** 0.5
               for block in range(depth) for part, shape in shapes.items()}
    if block_type != "post-norm":
        tensors |= {"norm.weight": np.ones(width, np.float32), "norm.bias": np.zeros(width, np.float32)}
    save_file(tensors, features / "weights" / f"{name}.safetensors", metadata)


def assert_same(found, expected, what):
    difference, scale = np.abs(found - expected).max(), max(1, np.abs(expected).max())
    print(f"{difference:.1e} of {scale:.3g} {what}")
    assert found.shape == expected.shape and difference <= TOLERANCE * scale, what


@needs_program
@pytest.mark.parametrize("place", ["on_texts", "on_a_grid"])
def test_logits_are_those_of_predict(place, request):
    trained = request.getfixturevalue(place)
    types = {row["probe"]["type"] for row, _ in trained.files}
    assert types >= set(POOLINGS) - ({"clip", "cbam", "finetune"} if place == "on_texts" else set())
    for row, file in trained.files:
        assert_same(trained.computed(file), trained.predicted(file), (place, row["probe"]))


@needs_program
@pytest.mark.parametrize("place", ["on_texts", "on_a_grid"])
def test_every_value_of_a_head_counts_as_it_does_for_predict(place, request):
    # Norms, biases and layer scales that were trained for moments are near their first values, and would hide mistakes.
    trained = request.getfixturevalue(place)
    for row, file in trained.files:
        scattered = scattered_copy(file)
        assert_same(trained.computed(scattered), trained.predicted(scattered), (place, row["probe"]))


def scattered_copy(file):
    """A head whose values have nothing of their training left."""
    random, tensors = np.random.default_rng(9), load_file(file)
    for name, tensor in tensors.items():
        noise = random.normal(size=tensor.shape).astype(np.float32)
        if name.endswith("running_var"):
            tensors[name] = 0.5 + np.abs(noise)
        elif not name.startswith("prepare."):
            tensors[name] = noise / np.float32(tensor.shape[-1] ** 0.5 if tensor.ndim > 1 else 1)
    with safe_open(file, "np") as opened:
        metadata = opened.metadata()
    copy = file.with_name(f"scattered-{file.name}")
    save_file(tensors, copy, metadata)
    return copy


@needs_program
def test_every_probe_type_has_a_module_or_says_what_it_needs():
    listed = {entry["probe"] for entry in json.loads(program("probes", "--format", "json"))}
    assert listed == set(POOLINGS) | {"knn", "zeroshot"}


def kept_predictions(trained, key):
    """The rows of a unit's test fold and the logits that were scored, from the ledger."""
    with sqlite3.connect(f"file:{trained.state / 'ledger.sqlite'}?mode=ro", uri=True) as database:
        (stored,) = database.execute(
            "SELECT bytes FROM prediction JOIN unit ON unit.id = prediction.unit WHERE key = ?",
            (bytes.fromhex(key),)).fetchone()
    count, outputs, _ = np.frombuffer(stored[1:25], "<u8").astype(int)
    plain = zlib.decompress(stored[25:])
    planes = np.frombuffer(plain[4 * count:], np.uint8).reshape(4, count * outputs)
    scores = np.ascontiguousarray(planes[::-1].T).view("<f4").reshape(count, outputs)
    return np.cumsum(np.frombuffer(plain[:4 * count], "<u4")), scores


def scored_again(trained, unit, task, embeddings=None):
    """What the module of a probe without a head says of a unit's test fold, beside what was scored."""
    dataset = probesweep.features(trained.features, layer=trained.layer, task=task)
    tokens = trained.tokens(trained.layer)
    layout, options = TokenLayout(dataset.has_class_token, dataset.registers), unit["probe"]["options"]
    tested, expected = kept_predictions(trained, unit["key"])
    # Rows of a task are in the order of their ids.
    tested = np.array(sorted(range(len(dataset)), key=lambda row: (dataset.ids or range(len(dataset)))[row]))[tested]
    if embeddings is not None:
        module = ZeroShot(embeddings, layout=layout, input=options["input"])
    else:
        voters = np.setdiff1d(np.arange(len(dataset)), tested)
        module = NearestNeighbours(
            [tokens[place] for place in voters], dataset.task.labels[voters], classes=dataset.task.classes,
            kind=dataset.task.kind, neighbours=int(unit["choice"]["neighbours"]),
            temperature=unit["choice"]["temperature"], similarity=unit["solver"]["neighbours"]["similarity"],
            layout=layout, input=options["input"], prepare=options.get("prepare", "none"))
    return module([tokens[place] for place in tested]).numpy(), expected


@needs_program
@pytest.mark.parametrize("probe", ["knn", "zeroshot"])
def test_probes_without_a_head_give_the_logits_that_were_scored(probe, on_texts):
    units = [row for row in on_texts.rows if row["probe"]["type"] == probe]
    assert len(units) > 1
    embeddings = None
    if probe == "zeroshot":
        embeddings = load_file(on_texts.features / "weights" / "classes.safetensors")["class_embeddings"]
    for unit in units:
        assert_same(*scored_again(on_texts, unit, "lexname", embeddings), unit["probe"])


@pytest.fixture(scope="module")
def of_every_kind(tmp_path_factory):
    """Tasks of every kind on samples with a class token, registers and a grid."""
    folder, random = tmp_path_factory.mktemp("kinds"), np.random.default_rng(8)
    tokens = random.normal(size=(48, 3 + 9, 16)).astype(np.float32)
    direction = tokens.mean((1, 2)) + 0.1 * random.normal(size=48)
    writer = FeatureSetWriter(folder / "set", "kinds", "vit", "1", class_token=True, registers=2, grid=(3, 3))
    writer.add_shard(0, "block 0", tokens)
    writer.add_task("classes", "classification", "top1", labels=np.arange(48) % 3, classes=3)
    writer.add_task("yes", "binary", "roc-auc", labels=direction > np.median(direction), classes=2)
    writer.add_task("labels", "multilabel", "macro-roc-auc", labels=random.integers(0, 2, (48, 4)), classes=4)
    writer.add_task("order", "ranking", "kendall-tau", scores=direction)
    writer.add_task("value", "regression", "r2", scores=100 + 30 * direction)
    writer.finish()
    give_backbone(folder / "set", width=16, depth=2)
    probes = """
  - {type: linear, input: [class, mean], prepare: [none, whiten]}
  - {type: linear, solver: gradient}
  - {type: efficient, queries: 4, tokens: [patch, all]}
  - {type: esimpool, heads: 4}
  - clip
  - cbam
  - {type: finetune, heads: 4, input: mean}
  - {type: knn, knn: {neighbours: 5, temperatures: 0.2}}
"""
    return Trained(folder, "kinds", folder / "set", 0, "classes, yes, labels, order, value", probes)


@needs_program
def test_heads_for_every_kind_of_task_read_tokens_behind_registers(of_every_kind):
    assert len(of_every_kind.files) > 40
    for row, file in of_every_kind.files:
        for head in (file, scattered_copy(file)):
            assert_same(of_every_kind.computed(head), of_every_kind.predicted(head), (row["task"], row["probe"]))


@needs_program
def test_neighbours_vote_on_every_kind_of_task(of_every_kind):
    units = [row for row in of_every_kind.rows if row["probe"]["type"] == "knn"]
    assert {unit["task"] for unit in units} == {"classes", "yes", "labels", "order", "value"}
    for unit in units:
        assert_same(*scored_again(of_every_kind, unit, unit["task"]), unit["task"])


def head_file(path, tensors=None, probe=None, **metadata):
    """A linear head of 3 classes on vectors of width 4, or what is given instead."""
    tensors = {"head.weight": np.ones((3, 4), np.float32), "head.bias": np.zeros(3, np.float32)} | (tensors or {})
    metadata = {"probe": json.dumps(probe or {"type": "linear", "options": {"input": "mean"}}),
                "class_token": "false", "registers": "0"} | metadata
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path,
              {name: text for name, text in metadata.items() if text is not None})
    return path


@pytest.mark.parametrize(("field", "changes"), [
    ("head.bias", {"tensors": {"head.bias": None}}),
    ("head.bias", {"tensors": {"head.bias": np.zeros(2, np.float32)}}),
    ("head.bias", {"tensors": {"head.bias": np.full(3, np.nan, np.float32)}}),
    ("score.bias", {"tensors": {"score.bias": np.zeros(3, np.float32)}}),
    ("norm.running_var", {"tensors": {"norm.running_mean": np.zeros(4, np.float32),
                                      "norm.running_var": -np.ones(4, np.float32)}}),
    ("probe.type", {"probe": {"type": "knn", "options": {}}}),
    ("probe.type", {"probe": {"type": "zeroshot", "options": {}}}),
    ("probe.type", {"probe": {"type": "quadratic", "options": {}}}),
    ("probe.options.input", {"probe": {"type": "linear", "options": {"input": "median"}}}),
    ("probe.options.prepare", {"probe": {"type": "linear", "options": {"prepare": 5}}}),
    ("probe.options.heads", {"probe": {"type": "mhca", "options": {"heads": 0}}}),
    ("probe.options.hidden", {"probe": {"type": "mlp", "options": {"hidden": "wide"}}}),
    ("probe.options.tokens", {"probe": {"type": "efficient", "options": {"tokens": "some"}}}),
    ("probe.options.mix", {"probe": {"type": "linear", "options": {"mix": ["block 1", 2]}}}),
    ("mix.weights", {"probe": {"type": "linear", "options": {"mix": [0, 2]}}}),
    ("probe.options.prepare", {"probe": {"type": "simpool", "options": {"prepare": "whiten"}}}),
    ("__metadata__.probe", {"probe": ["linear"]}),
    ("__metadata__.probe", {"probe": {"options": {}}}),
    ("__metadata__.probe", {"probe": {"type": "linear", "options": ["mean"]}}),
    ("__metadata__.registers", {"registers": "-1"}),
    ("__metadata__.class_token", {"class_token": None}),
])
def test_a_head_that_cannot_be_used_is_refused_with_file_and_field(field, changes, tmp_path):
    file = head_file(tmp_path / "head.safetensors", **changes)
    with pytest.raises(HeadError) as refusal:
        load_head(file)
    assert field in refusal.value.field
    assert str(file) in str(refusal.value)


def test_a_file_that_is_no_head_is_refused(tmp_path):
    for content in (b"", b"\xff" * 64):
        (tmp_path / "head.safetensors").write_bytes(content)
        with pytest.raises(HeadError, match="safetensors"):
            load_head(tmp_path / "head.safetensors")
    with pytest.raises(HeadError, match="safetensors"):
        load_head(tmp_path / "none")


def test_the_caller_says_how_tokens_begin_where_the_file_does_not(tmp_path):
    file = head_file(tmp_path / "head.safetensors", class_token=None, registers=None)
    tokens = torch.arange(24.0).reshape(1, 6, 4)
    patches = load_head(file, class_token=True, registers=2)(tokens[:, :])
    assert torch.equal(patches, load_head(file, class_token=False)(tokens[:, 3:]))


def test_a_head_that_reads_the_class_token_refuses_tokens_without_one(tmp_path):
    for options in ({"type": "linear", "options": {"input": "class"}}, {"type": "dolg", "options": {"tokens": "all"}}):
        with pytest.raises(HeadError, match="class token"):
            load_head(head_file(tmp_path / "head.safetensors", probe=options))


def test_a_sample_gets_the_same_logits_alone_in_a_batch_and_among_samples_of_other_lengths(tmp_path):
    head = load_head(head_file(tmp_path / "head.safetensors"))
    random = torch.Generator().manual_seed(3)
    samples = [torch.randn(length, 4, generator=random) for length in (5, 2, 5, 1, 2)]
    together = head(samples)
    alone = torch.cat([head(sample[None]) for sample in samples])
    assert torch.allclose(together, alone, atol=1e-6)


def test_norms_keep_their_statistics_while_a_head_is_trained_further(tmp_path):
    head = load_head(head_file(tmp_path / "head.safetensors", tensors={
        "norm.running_mean": np.ones(4, np.float32), "norm.running_var": np.full(4, 4, np.float32)}))
    tokens = torch.randn(8, 3, 4, generator=torch.Generator().manual_seed(4))
    before = head(tokens)
    head.train()(tokens).sum().backward()
    assert torch.equal(head.norm.running_mean, torch.ones(4))
    assert torch.equal(head(tokens), before)
    assert head.linear.weight.grad.abs().sum() > 0


def test_a_head_without_an_input_prepares_its_vector_and_not_the_tokens(tmp_path):
    probe = {"type": "linear", "options": {"prepare": "l2"}}
    head = load_head(head_file(tmp_path / "head.safetensors", probe=probe))
    tokens = torch.tensor([[[3.0, 0, 0, 0], [1, 0, 4, 0]]])
    assert torch.allclose(head(tokens), torch.full((1, 3), 4 / 8**0.5))


def test_an_unknown_number_of_earlier_layers_is_refused(tmp_path):
    file = head_file(tmp_path / "head.safetensors", class_token="true", tensors={"head.weight": np.ones((3, 8),
    np.float32)},
                     probe={"type": "dinov2", "options": {"layers": 2, "input": "class"}})
    with pytest.raises(HeadError, match="1"):
        load_head(file)(torch.zeros(2, 3, 4))


def linear_head(path, options, weight=np.zeros((3, 4), np.float32), **metadata):
    save_file({"head.weight": weight, "head.bias": np.zeros(3, np.float32)}, path,
              {"probe": json.dumps({"type": "linear", "options": options}), "class_token": "false", **metadata})
    return path


def test_an_option_that_the_probe_does_not_have_is_refused(tmp_path):
    load_head(linear_head(tmp_path / "head", {"input": "mean", "prepare": "none"}))
    with pytest.raises(HeadError) as error:
        load_head(linear_head(tmp_path / "head", {"inputt": "class"}))
    assert error.value.field == "probe.options.inputt" and "input, " in error.value.remedy


def test_a_head_of_whole_numbers_or_registers_that_are_no_count_are_refused(tmp_path):
    with pytest.raises(HeadError, match="int64"):
        load_head(linear_head(tmp_path / "head", {}, np.zeros((3, 4), np.int64)))
    with pytest.raises(HeadError, match="is not a count"):
        load_head(linear_head(tmp_path / "head", {}, registers="true"))


def test_tokens_of_another_width_or_shape_are_refused(tmp_path):
    head = load_head(linear_head(tmp_path / "head", {}))
    assert head(torch.ones(2, 3, 4)).shape == (2, 3)
    for tokens in (torch.ones(2, 3, 5), torch.ones(2, 4), [torch.ones(3, 5)]):
        with pytest.raises(HeadError, match="tokens: their shapes are"):
            head(tokens)
