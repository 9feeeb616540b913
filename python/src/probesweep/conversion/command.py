"""The command `probesweep-extract convert`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from probesweep.conversion.converting import Conversion, Converted, Layer, convert
from probesweep import labels
from probesweep.conversion.errors import ConversionError
from probesweep.conversion.memory import MemoryLimit
from probesweep.conversion.tables import ID, LabelTable

DESCRIPTION = """Makes a feature set of features in .h5, .npz, .npy, .pt, .parquet, .arrow, .zarr or .lmdb files.

Several files are a sample each, and their names are ids; one file has all samples. Nothing in the files is run:
pickles, filter plugins and links to other files are refused."""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "convert", help="make a feature set of features in other tools' files", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "paths", nargs="+", metavar="PATH",
        help="files, folders or patterns with the features of one layer, and last the folder of the new feature set")
    parser.add_argument("--key", help="dataset, array, tensor or column in each file; needed where there are several")
    parser.add_argument(
        "--layer", action="append", default=[], metavar="INDEX[:NAME]=PATTERN[:KEY]",
        help="a layer and its files, instead of INPUTS; again for further layers")
    parser.add_argument(
        "--each-file", choices=("auto", "sample", "samples"), default="auto",
        help="whether a file is a sample, or has several along its first axis (default: of several, each is a sample)")
    parser.add_argument("--ids", type=Path, help="text file with an id on each line, in the order of the samples")
    parser.add_argument("--id-column", default="id", help="column of ids in .parquet and .arrow files (default: id)")
    parser.add_argument("--labels", type=Path, metavar="TABLE", help=f"labels: {', '.join(labels.TABLES)}")
    parser.add_argument("--id", metavar="COLUMN", help=f"column of --labels that rows are matched by (default: {ID})")
    parser.add_argument(
        "--label", metavar="COLUMN", action="append", default=[],
        help="a task of this name (default: label); may be repeated")
    parser.add_argument(
        "--task", metavar="NAME=COLUMN[,…][:KIND]", action="append", default=[],
        help=f"a task; kinds are {', '.join(labels.DEFAULT_METRICS)}; may be repeated")
    parser.add_argument("--group", metavar="COLUMN", help="column of groups that no fold separates")
    parser.add_argument("--split", metavar="COLUMN", help="column with train or test for each row")
    parser.add_argument("--separator", metavar="TEXT", help="stands between several labels in one cell")
    parser.add_argument("--name", help="name of the set (default: that of its folder)")
    parser.add_argument("--backbone", default="unknown", help="name of the model")
    parser.add_argument("--revision", default="unknown", help="what pins its weights: release, commit or hash")
    parser.add_argument("--class-token", action="store_true", help="the first token of each sample is the class token")
    parser.add_argument("--registers", type=count, default=0, help="register tokens that follow it (default: 0)")
    parser.add_argument("--grid", type=grid, metavar="ROWSxCOLUMNS", help="grid of the patch tokens, row by row")
    parser.add_argument("--final-norm", action="store_true", help="the model's final norm was applied")
    parser.add_argument(
        "--dtype", choices=("BF16", "F16", "F32"), help="stored type (default: that of the files, at most F32)")
    parser.add_argument("--shard-size", type=size, default="256M", help="bytes of a shard (default: 256M)")
    parser.add_argument("--memory", type=size, help="bytes that one read may take (default: half of what is free)")
    parser.set_defaults(run=run, resumption="nothing was kept")


def run(options: argparse.Namespace) -> int:
    options.inputs, options.output = options.paths[:-1], Path(options.paths[-1])
    try:
        done = convert(plan(options), progress if sys.stderr.isatty() else lambda done, total: None)
    except OSError as error:
        raise ConversionError(
            error.filename or options.output, "file", error.strerror or str(error), "Check names and permissions"
        ) from None
    report(done, options.output)
    return 0


def plan(options: argparse.Namespace) -> Conversion:
    return Conversion(
        output=options.output, layers=layers(options), name=options.name or options.output.resolve().name,
        backbone=options.backbone, revision=options.revision, class_token=options.class_token,
        registers=options.registers, grid=options.grid, final_norm=options.final_norm, dtype=options.dtype,
        shard_bytes=options.shard_size, ids=read_ids(options.ids), id_column=options.id_column,
        each_file=options.each_file, labels=label_table(options), limit=MemoryLimit(options.memory))


def layers(options: argparse.Namespace) -> list[Layer]:
    if options.layer and options.inputs:
        raise ConversionError(options.inputs[0], "inputs", "files are given beside --layer", "Give one or the other")
    if not options.layer:
        if not options.inputs:
            raise ConversionError(options.output, "inputs", "no files are given", "Give files before the output folder")
        return [Layer(0, "layer 0", options.inputs, options.key)]
    found = [layer(text, options.key) for text in options.layer]
    indices = [entry.index for entry in found]
    if len(set(indices)) < len(indices):
        raise ConversionError("--layer", "index", "a layer is given twice", "Give each index once")
    return found


def layer(text: str, key: str | None) -> Layer:
    """`INDEX[:NAME]=PATTERN[:KEY]`; a pattern that has a colon and exists is a name."""
    head, separator, pattern = text.partition("=")
    index, _, name = head.partition(":")
    if not separator or not index.isdecimal() or not pattern:
        raise ConversionError(
            "--layer", text, "it is not INDEX[:NAME]=PATTERN[:KEY]", 'Give for example "0=a/*.h5:features"')
    if ":" in pattern and not Path(pattern).exists():
        pattern, _, key = pattern.rpartition(":")
    return Layer(int(index), name or f"layer {index}", [pattern], key or None)


def label_table(options: argparse.Namespace) -> LabelTable | None:
    if options.labels is None:
        named = next((name for name in ("id", "label", "task", "group", "split") if getattr(options, name)), None)
        if named is not None:
            raise ConversionError(f"--{named}", "labels", "there is no table of labels", "Give --labels TABLE")
        return None
    names = options.label if options.label or options.task else ["label"]
    requests = [labels.TaskRequest.of_column(name) for name in names]
    requests += [labels.TaskRequest.parse(text) for text in options.task]
    return LabelTable(options.labels, requests, options.id, options.group, options.split, options.separator)


def read_ids(file: Path | None) -> list[str] | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeError) as error:
        raise ConversionError(file, "ids", f"it cannot be read ({error})", "Give a text file in UTF-8")


def report(done: Converted, output: Path) -> None:
    print(f"{output}: {done.samples} samples, {done.bytes:,} bytes of tokens")
    for layer in done.layers:
        print(f"  {layer}")
    for task in done.tasks:
        arguments = task.arguments
        classes = f", {arguments['classes']} classes" if "classes" in arguments else ""
        print(f"  task {arguments['name']}: {arguments['kind']}, {task.rows} rows{classes}; "
              f"{task.unlabelled} without a label, {task.unmatched} samples without a row")


def progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{100 * done // max(total, 1)} % of {total / 1e9:.2f} GB", end=end, file=sys.stderr, flush=True)


def count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a count")
    return int(text)


def grid(text: str) -> tuple[int, int]:
    rows, separator, columns = text.partition("x")
    if not separator or not (rows.isdecimal() and columns.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not ROWSxCOLUMNS, such as 14x14")
    return int(rows), int(columns)


def size(text: str) -> int:
    """`500`, `64K`, `256M`, `2G` bytes."""
    units = {"K": 10, "M": 20, "G": 30}
    number, shift = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 0)
    if not number.isdecimal() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 256M")
    return int(number) << shift
