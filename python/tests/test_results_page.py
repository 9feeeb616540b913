"""The rule that decides the question of docs/results.md, and the blocks of the page that tables are written into."""

import pathlib
import sys

import numpy as np
import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "deploy/evidence"))

import blocks
import question
from runs import RUNS


@pytest.mark.parametrize("freedom, expected", [(1, 12.7062047364), (4, 2.7764451052), (9, 2.2621571628), (30, 2.0422724563)])
def test_quantiles_are_those_of_students_distribution(freedom, expected):
    assert abs(question.t_quantile(0.975, freedom) - expected) < 1e-6


def test_an_interval_is_that_of_nadeau_and_bengio():
    found = question.Estimate.of([0.01, 0.02, 0.03, 0.02, 0.01, 0.03, 0.02, 0.02, 0.01, 0.03])
    deviation = np.std([1, 2, 3, 2, 1, 3, 2, 2, 1, 3], ddof=1) / 100
    assert abs(found.mean - 0.02) < 1e-12
    assert abs(found.half - 2.2621571628 * deviation * (1 / 10 + 1 / 9) ** 0.5) < 1e-9


@pytest.mark.parametrize("mean, half, verdict", [
    (0.02, 0.01, "yes"), (0.005, 0.004, "yes"), (0.02, 0.02, "undecided"), (0.003, 0.001, "no"), (0.0049, 0.0002, "undecided"),
    (-0.02, 0.01, "no"), (-0.01, 0.02, "undecided"), (0.004, 0.004, "undecided")])
def test_a_gain_is_half_a_point_at_least_and_its_whole_interval_above_nothing(mean, half, verdict):
    assert question.Estimate(mean, half).verdict() == verdict


def units(way, seed, linear, efficient):
    """The units of one encoder: the first choice has the better inner score, the second the better test score."""
    random = np.random.default_rng([seed, len(way)])
    for fold in range(10):
        noise = random.normal(0, 0.001)

        def unit(type, options, value, inner, parameters, control=None):
            return {"status": "done", "features": f"small-{way}-{seed}", "heldOut": fold, "control": control, "parameters": parameters,
                    "probe": {"type": type, "options": options}, "value": value + noise, "diagnostics": {"innerScore": inner}}

        for place, name in enumerate(("class", "mean", "class+mean")):
            yield unit("linear", {"input": name}, linear + 0.01 * place, 0.9 - 0.01 * place, 10)
        for place, tokens in enumerate(("patch", "all")):
            yield unit("efficient", {"tokens": tokens}, efficient + 0.01 * place, 0.9 - 0.01 * place, 20)
            yield unit("efficient", {"tokens": tokens}, (linear + efficient) / 2, 0.5, 20, control="uniform")


def test_choices_are_made_by_inner_scores_and_the_pattern_is_found_where_it_is():
    rows = [*units("masked", 1, 0.80, 0.84), *units("contrastive", 1, 0.85, 0.851)]
    folds = question.encoders(rows)["masked", 1]
    assert all(abs(fold.gap - 0.04) < 1e-9 for fold in folds)
    assert all(abs(fold.best_efficient - fold.efficient["patch"]) < 1e-12 for fold in folds)
    text = question.report(rows)
    assert "masked less contrastive: +3.90" in text and "pattern is **found**" in text
    assert "| masked | 80." in text


def test_the_pattern_is_not_found_where_the_contrastive_encoder_gains_as_much():
    rows = [*units("masked", 1, 0.80, 0.84), *units("contrastive", 1, 0.80, 0.84)]
    assert "pattern is **not found**" in question.report(rows)


def test_several_seeds_are_averaged_within_each_fold_and_listed():
    rows = [unit for seed, gain in ((1, 0.04), (2, 0.02))
            for unit in (*units("masked", seed, 0.8, 0.8 + gain), *units("contrastive", seed, 0.8, 0.8))]
    text = question.report(rows)
    assert "Gap of the masked encoder: +3.00" in text
    assert "Seed 1 alone: interaction +4.00" in text and "Seed 2 alone: interaction +2.00" in text


def test_missing_units_and_folds_are_named_instead_of_decided_without():
    rows = [*units("masked", 1, 0.80, 0.84), *units("contrastive", 1, 0.85, 0.851)]
    with pytest.raises(question.Incomplete, match=r"1 of 140 units have no result, of small-masked-1"):
        question.report([{**rows[0], "status": "pending"}, *rows[1:]])
    with pytest.raises(question.Incomplete, match="masked, seed 1, has the folds"):
        question.report(rows[7:])
    with pytest.raises(question.Incomplete, match="in the way masked"):
        question.report(list(units("contrastive", 1, 0.8, 0.8)))


PAGE = "# Page\n\n<!-- table a -->\nold\n<!-- end of table -->\nprose\n<!-- table b -->\n<!-- end of table -->\n"


def test_tables_replace_what_stands_in_their_blocks_and_nothing_else():
    changed = blocks.rendered(PAGE, {"a": "new | \\1\n"})
    assert changed == PAGE.replace("old\n", "new | \\1\n")
    assert blocks.rendered(changed, {"a": "old\n"}) == PAGE


def test_a_table_without_a_block_and_a_block_without_an_end_are_refused():
    with pytest.raises(ValueError, match="no block <!-- table c -->"):
        blocks.rendered(PAGE, {"c": ""})
    with pytest.raises(ValueError, match="table d -->"):
        blocks.rendered(PAGE + "<!-- table d -->\n", {})
    with pytest.raises(ValueError, match="table d -->"):
        blocks.rendered("<!-- table d -->\nprose\n" + PAGE, {"a": "new\n"})


def test_every_run_has_its_specification_and_every_table_its_block():
    page = blocks.names((REPOSITORY / "docs/results.md").read_text(encoding="utf-8"))
    for run in RUNS:
        assert f"\nname: {run.sweep}\n" in (REPOSITORY / f"sweeps/{run.sweep}.yaml").read_text(encoding="utf-8")
        assert {table.name for table in run.tables} <= set(page)
    assert len(page) == len(set(page)) == sum(len(run.tables) for run in RUNS)
