"""The sub-commands timm, transformers, module and check."""

import argparse
import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from probesweep import labels
from probesweep.errors import InputError
from probesweep.extraction.backbone import Backbone
from probesweep.extraction.plan import read_plan
from probesweep.extraction.progress import say
from probesweep.extraction.samples import Samples, find_samples, matched_rows
from probesweep.writing import FeatureSetWriter, described_task

if TYPE_CHECKING:
    from probesweep.weights_file import BlockWeights

DTYPES = {"bf16": "BF16", "f16": "F16", "f32": "F32"}
KINDS = ("texts", "pictures", "sounds")
LOADERS = ("timm", "transformers", "module")
# Arguments that `check` needs to load the same model and samples again.
REPEATED = ("command", "model", "data", "text", "file", "id", "labels", "device", "random_weights", "blocks", "final_norm",
            "longest", "no_class_token", "seed", "threads", "val", "kind")


def add_parsers(subparsers: Any) -> None:
    described = {
        "timm": "every level of a model of timm, on pictures",
        "transformers": "every level of a model of transformers, on texts, pictures or sounds",
        "module": "every level of a PyTorch module of your own, on pictures",
    }
    for name, help in described.items():
        parser = subparsers.add_parser(name, help=help, description=help[0].upper() + help[1:])
        add_arguments(parser, name)
        parser.set_defaults(run=extract, command=name, resumption="the same command goes on at the last whole shard")
    check = subparsers.add_parser("check", help="compares a set's last level with the model's own output",
                                  description="Loads the model of a finished set again and compares the last level of one "
                                              "batch with the model's own output")
    check.add_argument("folder", type=pathlib.Path, metavar="SET")
    check.set_defaults(run=run_check, resumption="nothing was changed")


def add_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    model = {"timm": "name of timm, or a folder that timm saved", "module": "package.module:function",
             "transformers": "name of the hub, or a folder"}[name]
    parser.add_argument("model", metavar="MODEL", help=model)
    parser.add_argument("data", type=pathlib.Path, metavar="DATA",
                        help="a folder, or a table (.csv, .tsv, .jsonl, .parquet) of texts or of files")
    parser.add_argument("output", type=pathlib.Path, metavar="OUT", help="folder of the feature set")
    parser.add_argument("--name", help="what sweeps and tables call the set; the folder's name if not given")

    tokens = parser.add_argument_group("tokens")
    tokens.add_argument("--layers", default="all", metavar="LEVELS",
                        help="all, last, depths such as 2/3, or indices: 0 is what the first block reads, i what block i "
                             "writes (default: all)")
    tokens.add_argument("--pool", choices=("none", "class+mean"), default="none")
    tokens.add_argument("--dtype", choices=DTYPES, default="bf16", help="stored type (default: bf16)")
    tokens.add_argument("--final-norm", action="store_true", help="the last level is stored behind the model's final norm")
    tokens.add_argument("--blocks", metavar="NAME", help="the model's list of blocks, where it is not found by itself")
    tokens.add_argument("--random-weights", type=int, metavar="SEED", help="the same architecture untrained, as a control")
    tokens.add_argument("--block-weights", action="store_true",
                        help="write the weights of the blocks too, to weights/backbone.safetensors, for the probe finetune")
    if name == "transformers":
        tokens.add_argument("--longest", type=int, metavar="TOKENS", help="texts are cut to so many tokens")
    if name == "module":
        tokens.add_argument("--no-class-token", action="store_true",
                            help="tokens that the module adds in front are registers, none of them a class token")

    table = parser.add_argument_group("samples and labels")
    if name == "transformers":
        table.add_argument("--kind", choices=KINDS, help="what the model reads, where a folder has files of several kinds")
    table.add_argument("--text", metavar="COLUMN", help="column of the texts")
    table.add_argument("--file", metavar="COLUMN", help="column of files, relative to the table")
    table.add_argument("--id", metavar="COLUMN", help="column of names for the ids of texts")
    table.add_argument("--labels", type=pathlib.Path, metavar="TABLE", help="labels of the files of a folder")
    table.add_argument("--label", action="append", default=[], metavar="COLUMN", help="a task of this name; may be repeated")
    table.add_argument("--task", action="append", default=[], metavar="NAME=COLUMN[,…][:KIND]",
                       help=f"a task; kinds are {', '.join(labels.DEFAULT_METRICS)}; may be repeated")
    table.add_argument("--group", metavar="COLUMN", help="rows of one group stay together in grouped folds")
    table.add_argument("--split", metavar="COLUMN", help="train or test")
    table.add_argument("--val", choices=("train", "test", "out"),
                       help="the side that the files of a folder val/ are on, where train/ and test/ lie beside it")
    table.add_argument("--separator", metavar="TEXT", help="stands between several labels in one cell")
    table.add_argument("--seed", type=int, default=0, help="of the order in which samples are stored (default: 0)")
    table.add_argument("--skip-bad", action="store_true", help="leave out samples that cannot be read, and name them")

    work = parser.add_argument_group("work")
    work.add_argument("--device", default="cpu", help="cpu; cuda and mps are passed on to PyTorch and have not been run")
    work.add_argument("--batch", type=positive, default=32)
    work.add_argument("--workers", type=positive, default=2, help="threads that read samples (default: 2)")
    work.add_argument("--threads", type=positive, help="of PyTorch; bytes may depend on it")
    work.add_argument("--shard-size", type=positive, metavar="SAMPLES", help="samples of a shard")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def extract(options: argparse.Namespace) -> None:
    from probesweep.extraction.run import Extraction, Settings, chosen_levels

    tasks = requested_tasks(options)
    samples = read_samples(options)
    tasks = tasks.with_class_folders(samples)
    tasks.check(samples)
    earlier = read_plan(options.output)
    options.threads = options.threads or (earlier and earlier.facts["threads"])
    backbone = load_backbone(options, samples.kind)
    weights = read_block_weights(backbone) if options.block_weights else None
    settings = Settings(
        name=options.name or options.output.resolve().name, levels=chosen_levels(options.layers, backbone.description.levels),
        dtype=DTYPES[options.dtype], pool=options.pool != "none", batch=options.batch, workers=options.workers,
        shard=options.shard_size, skip_bad=options.skip_bad,
        origin={"data": samples.source.name, "order": f"seed {options.seed}", "tool": versions_text(backbone)})
    facts = {"finalNorm": options.final_norm, "order": options.seed, "device": options.device, "threads": options.threads,
             "preprocessing": dict(backbone.description.preprocessing), "versions": dict(backbone.description.versions)}
    arguments = {**{name: getattr(options, name, None) for name in REPEATED}, "data": lasting(options.data),
                 "labels": options.labels and lasting(options.labels), "model": lasting(options.model)}
    Extraction(backbone, samples, settings, options.output).run(tasks, facts, arguments)
    if weights:
        say_written(weights, weights.write(options.output), options.output)


def read_block_weights(backbone: Backbone) -> "BlockWeights":
    """Before any sample is read: blocks that cannot be fine-tuned are refused at once."""
    from probesweep.extraction.block_weights import REMEDY, block_weights
    from probesweep.extraction.levels import BlockModel

    if not isinstance(backbone, BlockModel):
        raise InputError("--block-weights", "the levels are maps of stages, and no outputs of blocks", REMEDY)
    return block_weights(backbone.reader, backbone.ending, backbone.example_inputs)


def say_written(weights: "BlockWeights", path: pathlib.Path | None, folder: pathlib.Path) -> None:
    if path is None:
        say(f"{folder / 'weights' / 'backbone.safetensors'} is already there")
        return
    described = ", ".join(f"{name} {value}" for name, value in weights.metadata.items())
    say(f"{path} has the weights of the blocks: {described}")


def read_samples(options: argparse.Namespace) -> Samples:
    kinds = KINDS if options.command == "transformers" else ("pictures",)
    if getattr(options, "kind", None):
        kinds = (options.kind,)
    samples = find_samples(options.data, kinds, options.text, options.file, options.id, options.val)
    if options.labels is not None:
        samples = dataclasses.replace(samples, rows=matched_rows(samples, options.labels, options.file))
    return samples.shuffled(options.seed)


def load_backbone(options: argparse.Namespace, kind: str) -> Backbone:
    try:
        import torch
    except ImportError as error:
        raise InputError("torch", f"cannot be imported ({error})",
                         "pip install 'probesweep[timm]' or 'probesweep[transformers]'") from None
    # Sums are cut into pieces by the number of threads, so it is fixed and kept with the plan.
    options.threads = options.threads or torch.get_num_threads()
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        torch.zeros(1, device=options.device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device {options.device}", f"cannot be used ({str(error).splitlines()[0]})",
                         "Choose cpu, or install the PyTorch for the device") from None
    shared = (options.device, options.random_weights, options.blocks, options.final_norm)
    if options.command == "timm":
        from probesweep.extraction import timm_models

        return timm_models.load(options.model, *shared)
    if options.command == "module":
        from probesweep.extraction import module_models

        return module_models.load(options.model, *shared, not options.no_class_token)
    from probesweep.extraction import transformers_models

    return transformers_models.load(options.model, kind, *shared, options.longest)


def versions_text(backbone: Backbone) -> str:
    return ", ".join(f"{name} {version}" for name, version in backbone.description.versions.items())


def lasting(place: str | pathlib.Path) -> str:
    """A path as it can be repeated from another folder; the name of a model stays as it is."""
    return str(pathlib.Path(place).absolute()) if pathlib.Path(place).exists() else str(place)


# MARK: Tasks


@dataclasses.dataclass(frozen=True)
class RequestedTasks:
    """The tasks that a call asks for, over rows of labels."""

    requests: Sequence[labels.TaskRequest]
    group: str | None
    split: str | None
    separator: str | None

    def with_class_folders(self, samples: Samples) -> "RequestedTasks":
        """Folders are the classes of a task `class` where no other task is asked for."""
        classes = {row.get("class") for row in samples.rows} - {None}
        if self.requests or not samples.source.is_dir() or len(classes) < 2:
            return self
        labels.refuse_unclear_folders([sample.place for sample in samples.samples], samples.rows, samples.source)
        split = self.split or ("split" if "split" in samples.rows[0] else None)
        return dataclasses.replace(self, requests=[labels.TaskRequest("class", ("class",))], split=split)

    def check(self, samples: Samples) -> None:
        """Refuses labels before any sample is read."""
        for request in self.requests:
            self.arguments(request, samples.rows, samples.source)

    def write(self, writer: FeatureSetWriter, rows: Sequence[Mapping[str, Any]], where: pathlib.Path) -> None:
        for request in self.requests:
            writer.add_task(**self.arguments(request, rows, where))

    def add_missing(self, writer: FeatureSetWriter, rows: Sequence[Mapping[str, Any]], where: pathlib.Path) -> list[str]:
        added = []
        for arguments in [self.arguments(request, rows, where) for request in self.requests]:
            path = writer.folder / "tasks" / f"{arguments['name']}.json"
            header, _ = described_task(**arguments)
            if not path.exists():
                writer.add_task(**arguments)
                added.append(f"the task {arguments['name']}")
                continue
            stored = json.loads(path.read_text(encoding="utf-8"))
            differing = [field for field in header if header[field] != stored.get(field)]
            if differing:
                raise InputError(path, "the task is there and differs from what is asked for",
                                 "Remove it, or give the new task another name with --task", ", ".join(differing))
        return added

    def arguments(self, request: labels.TaskRequest, rows: Sequence[Mapping[str, Any]], where: pathlib.Path) -> dict[str, Any]:
        return labels.task_arguments(request, rows, where, self.group, self.split, self.separator)


def requested_tasks(options: argparse.Namespace) -> RequestedTasks:
    # A table of labels that says nothing else has them in the column of that name, as for `convert`.
    columns = options.label or (["label"] if options.labels is not None and not options.task else [])
    requests = [labels.TaskRequest.of_column(name) for name in columns]
    requests += [labels.TaskRequest.parse(text) for text in options.task]
    repeated = [request.name for request in requests if sum(request.name == other.name for other in requests) > 1]
    if repeated:
        raise InputError("--task", f'"{repeated[0]}" stands twice', "Give every task a name of its own")
    return RequestedTasks(requests, options.group, options.split, options.separator)


# MARK: Check


def run_check(options: argparse.Namespace) -> int:
    from probesweep.extraction import check

    plan = read_plan(options.folder)
    if plan is None or not (options.folder / "featureset.json").exists():
        raise InputError(options.folder, "holds no finished extraction", "Name the folder of a set that was extracted")
    if plan.arguments.get("command") not in LOADERS:
        raise InputError(options.folder, "was made by a program of its own", "Only sets of timm, transformers and module are checked")
    repeated = argparse.Namespace(**{name: plan.arguments.get(name) for name in REPEATED})
    repeated.data = pathlib.Path(repeated.data)
    repeated.labels = repeated.labels and pathlib.Path(repeated.labels)
    samples = read_samples(repeated)
    return check.compare(options.folder, plan, load_backbone(repeated, samples.kind), samples)
