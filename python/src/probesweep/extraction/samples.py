"""What is extracted: files of a folder, rows of a table, or files that a table names."""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from probesweep import labels
from probesweep.errors import InputError

SUFFIXES = {
    "pictures": (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"),
    "sounds": (".wav", ".flac", ".ogg", ".opus", ".mp3"),
    "texts": (".txt",),
}
# Columns that name a sample's file, if none is given.
FILE_COLUMNS = ("file", "path", "image", "picture", "audio")


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sample before it is read. `place` is its path relative to the folder, or the table's name and the row's."""

    place: str
    path: pathlib.Path | None = None
    text: str | None = None
    known_id: str | None = None
    """An id that the data bring with them."""

    def content(self) -> bytes:
        """The bytes that the model's input is made of."""
        if self.path is None:
            return (self.text or "").encode()
        if not self.path.is_file():
            raise InputError(self.path, "is no file, or a link to one that is not there", REMEDY_FOR_BAD)
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise InputError(self.path, f"cannot be read ({error.strerror})", REMEDY_FOR_BAD) from None

    def mark(self) -> str:
        """What changes with the sample, without reading a file: its size, or its text's SHA-256."""
        if self.path is None:
            return hashlib.sha256(self.content()).hexdigest()
        return str(self.path.stat().st_size) if self.path.is_file() else "no file"

    def id(self, content: bytes) -> str:
        """Place and content, so that the same id in another set means the same sample, unless the data have ids."""
        return self.known_id or f"{self.place}@{hashlib.sha256(content).hexdigest()[:16]}"


REMEDY_FOR_BAD = "Repair or remove it, or leave it out with --skip-bad"


@dataclasses.dataclass(frozen=True)
class Samples:
    """Samples of one kind with a row of labels each, and where they came from."""

    kind: str
    source: pathlib.Path
    samples: Sequence[Sample]
    rows: Sequence[labels.Row]

    def shuffled(self, seed: int) -> "Samples":
        """In an order drawn by the seed, in which neighbours are of different classes as often as chance has it. A
        sample's place in it depends on its name and the seed alone, so that others may be added."""
        def draw(place: int) -> tuple[str, int]:
            return hashlib.sha256(f"{seed}\n{self.samples[place].place}".encode()).hexdigest(), place

        order = sorted(range(len(self.samples)), key=draw)
        return dataclasses.replace(self, samples=[self.samples[place] for place in order],
                                   rows=[self.rows[place] for place in order])

    def digest(self) -> str:
        """Over places and sizes (texts themselves) in order: whether these are the samples of an earlier extraction."""
        lines = (f"{sample.place} {sample.mark()}\n" for sample in self.samples)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def stored(self, folder: pathlib.Path) -> list[int]:
        """Places of the samples that a finished set holds, in its order: what could not be read was left out."""
        path = folder / "ids.txt"
        # Ids may hold characters that Python counts as line ends; a line ends with LF alone.
        ids = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        place_of = {sample.known_id or sample.place: place for place, sample in enumerate(self.samples)}
        try:
            return [place_of[id if id in place_of else id.rpartition("@")[0]] for id in ids]
        except KeyError as error:
            raise InputError(path, f"the sample {error} is not in {self.source}", "Extract again into another folder") from None


def find_samples(source: pathlib.Path, kinds: Sequence[str], text: str | None = None, file: str | None = None,
                 id: str | None = None, validation: str | None = None) -> Samples:
    """The samples of a folder, or of a table with a column of texts or of files.

    - kinds: those that the model can read; a folder must hold files of exactly one of them.
    - text, file, id: columns of the table.
    - validation: the side of a folder's split that `val/` is on.
    """
    if source.is_dir():
        for option, value in (("--text", text), ("--id", id)):
            if value is not None:
                raise InputError(f"{option} {value}", f"{source} is a folder, and only tables have columns", "Leave it out")
        return samples_of_folder(source, kinds, validation)
    if not labels.is_table(source):
        raise InputError(source, "is neither a folder nor a table",
                         f"Give a folder, or a table in a file {', '.join(labels.TABLES)}")
    rows = labels.read_table(source)
    if text is not None:
        if "texts" not in kinds:
            raise InputError(source, f"--text {text}, but the model reads {' and '.join(kinds)}", "Name files with --file")
        return Samples("texts", source, texts_of_table(source, rows, text, id), rows)
    if id is not None:
        raise InputError(f"--id {id}", "files are named by their paths", "Leave it out: it is for texts")
    file = file or next((name for name in FILE_COLUMNS if name in rows[0]), None)
    if file is None:
        raise InputError(source, "no column is said to hold texts or files",
                         f"Name it: --text COLUMN or --file COLUMN; there are {', '.join(rows[0])}")
    return samples_of_table(source, rows, kinds, file)


def samples_of_folder(folder: pathlib.Path, kinds: Sequence[str], validation: str | None = None) -> Samples:
    """Every file with a fitting suffix at any depth, by relative path; hidden ones are left out."""
    places = list(files_below(folder, "", ()))
    kind = kind_of(places, kinds, folder)
    chosen = sorted(place for place in places if place.lower().endswith(SUFFIXES[kind]))
    for place in chosen:
        check_line(place, folder)
    return Samples(kind, folder, [Sample(place, folder / place) for place in chosen],
                   labels.class_folders(chosen, validation))


def files_below(folder: pathlib.Path, place: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Relative paths of files and broken links. Links to folders are followed, but not to a folder that they lie in; pipes and
    devices, which would never end, are left out.

    - above: device and number of the folders on the way here.
    """
    try:
        facts = folder.stat()
        here = (facts.st_dev, facts.st_ino)
        entries = [] if here in above else sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(folder, f"cannot be read ({error.strerror})", "Allow it to be read, or move it away") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = f"{place}{entry.name}"
        if entry.is_dir():
            yield from files_below(folder / entry.name, f"{name}/", (*above, here))
        elif entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path)):
            yield name


def samples_of_table(table: pathlib.Path, rows: Sequence[labels.Row], kinds: Sequence[str], column: str) -> Samples:
    """Files that a table names, relative to the table's folder."""
    samples: list[Sample] = []
    for number, name in enumerate(labels.column(rows, column, table), 1):
        path = table.parent / str(name)
        if name is None or not path.is_file():
            raise InputError(f"{table}, row {number}", f'"{name}" in {column} is no file',
                             f"Give paths relative to {table.parent}")
        check_line(str(name), table)
        samples.append(Sample(str(name), path))
    refuse_repeated([sample.place for sample in samples], table)
    return Samples(kind_of([sample.place for sample in samples], kinds, table), table, samples, rows)


def texts_of_table(table: pathlib.Path, rows: Sequence[labels.Row], column: str, id: str | None) -> list[Sample]:
    names = labels.column(rows, id, table) if id else [f"{table.name}#{number}" for number in range(1, len(rows) + 1)]
    for number, name in enumerate(names, 1):
        if name is None:
            raise InputError(f"{table}, row {number}", f"no id in {id}", "Give every row an id")
        check_line(str(name), table)
    refuse_repeated([str(name) for name in names], table)
    texts = labels.column(rows, column, table)
    return [Sample(str(name), text="" if text is None else str(text)) for name, text in zip(names, texts)]


def matched_rows(samples: Samples, table: pathlib.Path, file: str | None) -> list[labels.Row]:
    """The rows of another table for the samples of a folder, matched by relative path, or by file name without suffix."""
    rows = labels.read_table(table)
    column = file or next((name for name in FILE_COLUMNS if name in rows[0]), None) or next(iter(rows[0]))
    names = [str(name) for name in labels.column(rows, column, table)]
    refuse_repeated(names, table)
    row_of = dict(zip(names, rows))
    keys = [sample.place if sample.place in row_of else pathlib.PurePosixPath(sample.place).stem for sample in samples.samples]
    used: dict[str, str] = {}
    for sample, key in zip(samples.samples, keys):
        if key in row_of and used.setdefault(key, sample.place) != sample.place:
            raise InputError(table, f'"{key}" is the name of {used[key]} and of {sample.place}',
                             f"Write relative paths in {column}")
    matched = [row_of.get(key) for key in keys]
    if not any(matched):
        raise InputError(table, f'no value of {column}, such as "{names[0]}", is a file of {samples.source}',
                         "Name the column of relative paths with --file")
    return [{**own, **(row or {})} for own, row in zip(samples.rows, matched)]


def kind_of(places: Sequence[str], kinds: Sequence[str], where: Any) -> str:
    found = [kind for kind in kinds if any(place.lower().endswith(SUFFIXES[kind]) for place in places)]
    if len(found) == 1:
        return found[0]
    if not found:
        known = ", ".join(suffix for kind in kinds for suffix in SUFFIXES[kind])
        raise InputError(where, f"no file of {' or '.join(kinds)}", f"Known are {known}")
    raise InputError(where, f"files of {' and '.join(found)}", "Say which are meant: --kind " + "|".join(found))


def check_line(name: str, where: Any) -> None:
    if not name or "\n" in name or "\r" in name or name.encode(errors="surrogateescape") != name.encode(errors="replace"):
        raise InputError(where, f"the name {name!r} is empty, has a line break or is not UTF-8",
                         "Rename it: ids stand one a line")


def refuse_repeated(names: Sequence[str], where: Any) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(where, f'"{name}" stands twice', "Name every sample once")
        seen.add(name)
