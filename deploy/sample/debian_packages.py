"""Descriptions of Debian's packages and tasks over them, from the package index that apt keeps on this machine."""

import collections
import dataclasses
import hashlib
import json
import re
import subprocess

import numpy as np

from probesweep.writing import write_json

SECTIONS = "net utils science games sound x11 admin text graphics web mail".split()
FEWEST_WORDS = 8
REMEDY = "fetch the index with its English descriptions: apt-get update -o Acquire::Languages=en"


@dataclasses.dataclass(frozen=True)
class Package:
    """One binary package of a source package."""

    name: str
    source: str
    version: str
    section: str
    tags: frozenset[str]
    size: int
    """Installed, in KiB; 0 where the index does not say."""
    text: str


def kept(path, choose):
    """The packages in the file at `path`; if there is none, those that `choose` gives, which are written there. The index changes
    with every `apt-get update`, and with it the texts: sets that are half made, and those beside them, go on with the same."""
    if path.exists():
        return [Package(**{**fields, "tags": frozenset(fields["tags"])}) for fields in json.loads(path.read_text(encoding="utf-8"))]
    packages = choose()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, [{**dataclasses.asdict(package), "tags": sorted(package.tags)} for package in packages])
    return packages


def read_packages():
    """One package of each source in Debian's main component, in the order of their names: the source's first that has a
    description of its own of at least eight words and is neither transitional nor a dummy.

    - Throws: `SystemExit` with the remedy if apt has no index or no long descriptions.
    """
    return chosen(parse(indexed("Packages")), parse(indexed("Translations")))


def indexed(kind):
    """The text of Debian's own index files of one kind; those of updates and of other archives are left out."""
    listing = subprocess.run(
        ["apt-get", "-o", "Acquire::Languages=en", "indextargets", "--format", "$(COMPONENT) $(CODENAME) $(FILENAME)",
         f"Created-By: {kind}"], capture_output=True, text=True, check=True).stdout
    files = [line.split(" ", 2) for line in listing.splitlines()]
    files = [file for component, codename, file in files if component == "main" and "-" not in codename]
    if not files:
        raise SystemExit(f"apt keeps no {kind} of Debian's main component; {REMEDY}")
    return "".join(subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", file], capture_output=True, text=True, check=True).stdout
                   for file in files)


def parse(text):
    """Stanzas as dictionaries of fields; further lines of a field begin with a space."""
    stanzas = []
    for stanza in re.split(r"\n{2,}", text.strip()):
        fields, name = {}, None
        for line in stanza.split("\n"):
            if line.startswith((" ", "\t")) and name:
                fields[name] += "\n" + line[1:]
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        stanzas.append(fields)
    return stanzas


def chosen(packages, translations):
    long = {fields["Description-md5"]: fields["Description-en"] for fields in translations if "Description-en" in fields}
    taken, seen, found = set(), set(), []
    for fields in sorted(packages, key=lambda fields: fields["Package"]):
        source = fields.get("Source", fields["Package"]).split(" ")[0]
        text = plain(long.get(fields.get("Description-md5"), ""))
        if source in taken or text in seen or len(text.split()) < FEWEST_WORDS or is_placeholder(fields, text):
            continue
        taken.add(source)
        seen.add(text)
        found.append(Package(
            fields["Package"], source, fields["Version"], fields["Section"].split("/")[-1],
            frozenset(tag for tag in re.split(r",\s*", fields.get("Tag", "").replace("\n", " ")) if tag),
            int(fields.get("Installed-Size", 0)), text))
    if not found:
        raise SystemExit(f"apt's index has no long descriptions; {REMEDY}")
    return found


def plain(description):
    """Without the blank lines' dots and the line breaks."""
    return " ".join(line for line in description.split("\n") if line.strip() != ".").strip()


def is_placeholder(fields, text):
    return bool(re.search(r"\b(transitional|dummy)\b", text.split(".")[0], re.IGNORECASE)) or fields["Section"].endswith("oldlibs")


def digest(packages):
    """Over all that samples and tasks are made of: archives move on, and the index with them."""
    lines = (f"{p.name} {p.version} {p.section} {','.join(sorted(p.tags))} {p.size} {p.text}\n" for p in packages)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class Documents:
    """The chosen packages in the order of the feature set, and their tasks as arguments of FeatureSetWriter.add_task."""

    def __init__(self, packages):
        self.packages = packages

    @property
    def ids(self):
        return [package.name for package in self.packages]

    @property
    def texts(self):
        return [package.text for package in self.packages]

    def tasks(self, seed):
        """Five, of the same kinds as those of the WordNet sample. Groups are source packages, of which each has one row."""
        tasks = [self.sections(), self.debtags(), self.uses(), self.graphical(seed), self.sizes()]
        return [{**task, **self.sources(task["samples"])} for task in tasks]

    def sources(self, rows):
        return dict(groups=range(len(rows)), group_names=[self.packages[row].source for row in rows])

    def sections(self):
        rows = [row for row, package in enumerate(self.packages) if package.section in SECTIONS]
        labels = [SECTIONS.index(self.packages[row].section) for row in rows]
        return dict(name="section", kind="classification", metric="macro-average-precision", labels=labels, samples=rows,
                    classes=len(SECTIONS), class_names=SECTIONS)

    def debtags(self):
        """The 100 most frequent tags, of the packages that have any of them."""
        return self.tagged("debtags-100", lambda tag: True, 100, "micro-average-precision")

    def uses(self):
        return self.tagged("uses-20", lambda tag: tag.startswith("use::"), 20, "macro-average-precision")

    def tagged(self, name, wanted, count, metric):
        tally = collections.Counter(tag for package in self.packages for tag in package.tags if wanted(tag))
        names = [tag for tag, _ in sorted(tally.items(), key=lambda item: (-item[1], item[0]))[:count]]
        rows = [row for row, package in enumerate(self.packages) if package.tags & set(names)]
        labels = np.array([[tag in self.packages[row].tags for tag in names] for row in rows], np.uint8)
        return dict(name=name, kind="multilabel", metric=metric, labels=labels, samples=rows, classes=len(names), class_names=names)

    def graphical(self, seed):
        """Among programs: those with a graphical interface, and three others to each."""
        rows = np.array([row for row, package in enumerate(self.packages) if "role::program" in package.tags], np.int64)
        flags = np.array(["interface::graphical" in self.packages[row].tags for row in rows], bool)
        positives, negatives = rows[flags], rows[~flags]
        count = min(len(positives), len(negatives) // 3)
        random = np.random.default_rng(seed)
        drawn = np.sort(np.concatenate([random.permutation(positives)[:count], random.permutation(negatives)[: 3 * count]]))
        labels = [int("interface::graphical" in self.packages[row].tags) for row in drawn]
        return dict(name="graphical", kind="binary", metric="average-precision", labels=labels, samples=drawn, classes=2,
                    class_names=["other", "graphical"])

    def sizes(self):
        """Ranking, by the logarithm of the installed size."""
        rows = [row for row, package in enumerate(self.packages) if package.size > 0]
        return dict(name="size", kind="ranking", metric="kendall-tau", samples=rows,
                    scores=[np.log(self.packages[row].size) for row in rows])
