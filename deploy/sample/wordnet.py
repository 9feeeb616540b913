"""Noun glosses of WordNet and tasks over them, from the file data.noun (see wndb(5WN))."""

import collections
import dataclasses
import re

import numpy as np

# Lexicographer files by their number in data.noun; see lexnames(5WN).
LEXICOGRAPHER_FILES = dict(enumerate(
    "Tops act animal artifact attribute body cognition communication event feeling food group location motive object "
    "person phenomenon plant possession process quantity relation shape state substance time".split(), start=3))

# The classes of the lexname task: the largest files whose subject a gloss states.
LEXNAME_CLASSES = "artifact person plant animal act communication state location attribute substance food".split()


@dataclasses.dataclass(frozen=True)
class Synset:
    id: str
    lexname: str
    gloss: str
    hypernyms: tuple[str, ...]
    is_instance: bool


def read_synsets(path):
    """Every noun synset by its id, which is its offset in data.noun."""
    with open(path, encoding="ascii") as file:
        lines = (line for line in file if not line.startswith("  "))  # the licence stands in indented lines on top
        return {synset.id: synset for synset in map(parse_synset, lines)}


def parse_synset(line):
    """offset file type words·16 (word id)… pointers (symbol target type source/target)… | gloss"""
    facts, gloss = line.split(" | ", 1)
    fields = facts.split()
    pointers = fields[4 + 2 * int(fields[3], 16) :]
    steps = [(pointers[i], pointers[i + 1]) for i in range(1, len(pointers), 4)]
    return Synset(
        id=fields[0],
        lexname=LEXICOGRAPHER_FILES[int(fields[1])],
        gloss=without_examples(gloss),
        hypernyms=tuple(target for symbol, target in steps if symbol in ("@", "@i")),
        is_instance=any(symbol == "@i" for symbol, _ in steps))


def without_examples(gloss):
    """The definition alone: examples are quoted and often name the word itself."""
    return re.sub(r'"[^"]*("|$)', "", gloss).strip(" ;,:\n-")


class Glosses:
    """The chosen glosses in the order of the feature set, and what tasks need to know of them."""

    def __init__(self, synsets, chosen):
        self.synsets = synsets
        self.chosen = chosen
        self.ancestors_of = {}
        self.depth_of = {}

    @property
    def ids(self):
        return [f"{synset.id}-n" for synset in self.chosen]

    @property
    def texts(self):
        return [synset.gloss for synset in self.chosen]

    def groups(self):
        """The direct hypernym of each gloss, numbered: sisters have similar glosses and must not be parted by folds."""
        parents = [synset.hypernyms[0] if synset.hypernyms else synset.id for synset in self.chosen]
        number = {parent: index for index, parent in enumerate(sorted(set(parents)))}
        return np.array([number[parent] for parent in parents])

    def ancestors(self, id):
        """Every synset on the way up from this one, which is not among them."""
        if id not in self.ancestors_of:
            parents = self.synsets[id].hypernyms
            self.ancestors_of[id] = frozenset(parents).union(*(self.ancestors(parent) for parent in parents))
        return self.ancestors_of[id]

    def depth(self, id):
        """Steps of the shortest way up to the root."""
        if id not in self.depth_of:
            self.depth_of[id] = min((1 + self.depth(parent) for parent in self.synsets[id].hypernyms), default=0)
        return self.depth_of[id]

    # MARK: Tasks, as arguments of FeatureSetWriter.add_task

    def five_tasks(self, seed):
        """One of each kind that the MediaFM evaluation has, lexname first."""
        return [self.lexname(), self.hypernyms(15, 0.02, 0.10, "macro-average-precision"),
                self.hypernyms(100, 0, 0.35, "micro-average-precision"), self.instance(seed), self.depths()]

    def lexname(self):
        """One of 11 classes: which lexicographer file the gloss comes from."""
        rows = [row for row, synset in enumerate(self.chosen) if synset.lexname in LEXNAME_CLASSES]
        labels = [LEXNAME_CLASSES.index(self.chosen[row].lexname) for row in rows]
        return dict(name="lexname", kind="classification", metric="top1", labels=labels, samples=rows,
                    classes=len(LEXNAME_CLASSES), class_names=LEXNAME_CLASSES, groups=self.groups()[rows])

    def hypernyms(self, count, least, most, metric):
        """Multi-label: which of the `count` most frequent ancestors, each above a share `least` to `most` of the glosses."""
        tally = collections.Counter(ancestor for synset in self.chosen for ancestor in self.ancestors(synset.id))
        within = [(-n, id) for id, n in tally.items() if least <= n / len(self.chosen) <= most]
        targets = [id for _, id in sorted(within)[:count]]
        labels = np.array([[id in self.ancestors(synset.id) for id in targets] for synset in self.chosen], np.uint8)
        return dict(name=f"hypernyms-{count}", kind="multilabel", metric=metric, labels=labels, classes=len(targets),
                    class_names=[f"{id}-n" for id in targets], groups=self.groups())

    def instance(self, seed):
        """Binary: a named entity (instance-of) or not, three negatives to a positive."""
        flags = np.array([synset.is_instance for synset in self.chosen])
        positives, negatives = np.flatnonzero(flags), np.flatnonzero(~flags)
        drawn = np.random.default_rng(seed).permutation(negatives)[: 3 * len(positives)]
        rows = np.sort(np.concatenate([positives, drawn]))
        return dict(name="instance", kind="binary", metric="average-precision", labels=flags[rows], samples=rows,
                    classes=2, class_names=["class", "instance"], groups=self.groups()[rows])

    def depths(self):
        """Ranking: how far below the root of the hierarchy."""
        return dict(name="depth", kind="ranking", metric="kendall-tau", groups=self.groups(),
                    scores=[self.depth(synset.id) for synset in self.chosen])


# MARK: Which glosses


def usable(synsets):
    """Glosses of at least four words, in the order of data.noun."""
    return [synset for synset in synsets.values() if len(synset.gloss.split()) >= 4]


def random_subset(synsets, count, seed):
    """`count` glosses of every class, in the order of data.noun."""
    drawn = np.random.default_rng(seed).permutation(len(synsets))[:count]
    return [synsets[index] for index in sorted(drawn)]


def stratified_subset(synsets, count, seed):
    """`count` glosses of the lexname classes, each class in its share, in the order of data.noun."""
    by_class = {name: [s for s in synsets if s.lexname == name] for name in LEXNAME_CLASSES}
    total = sum(map(len, by_class.values()))
    generator = np.random.default_rng(seed)
    chosen, seen = [], 0
    for members in by_class.values():
        seen += len(members)
        due = round(count * seen / total) - len(chosen)
        chosen += [members[i] for i in generator.permutation(len(members))[:due]]
    return sorted(chosen, key=lambda synset: synset.id)


def families(synsets, classes, per_class, per_family, seed):
    """A small subset in which sisters stay together: `per_class` glosses of each class, up to `per_family` under one
    hypernym."""
    generator = np.random.default_rng(seed)
    chosen = []
    for name in classes:
        sisters = collections.defaultdict(list)
        for synset in synsets:
            if synset.lexname == name and synset.hypernyms:
                sisters[synset.hypernyms[0]].append(synset)
        large = [members for members in sisters.values() if len(members) >= per_family]
        picked = [large[i] for i in generator.permutation(len(large))]
        chosen += [synset for members in picked for synset in members[:per_family]][:per_class]
    return sorted(chosen, key=lambda synset: synset.id)
