"""What `deploy/results` does: makes samples, runs sweeps, writes tables, and renders them into docs/results.md."""

import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import blocks
import children
import probesweep
import question
from probesweep.writing import write_json
from runs import RUNS

PAGE = pathlib.Path("docs/results.md")
PICTURES = pathlib.Path("docs/images")
PROGRAMS = (".build/release/probesweep", ".build/debug/probesweep")
MISSING_UNITS = 3
"""The program's status when all that is left is quarantined."""
UNRECORDED = "version not recorded"
"""What stands for the version in records that were written before they had one."""


def main():
    parser = argparse.ArgumentParser(prog="deploy/results", description="Remakes the tables of docs/results.md.")
    parser.add_argument("--only", action="append", choices=[run.sweep for run in RUNS], metavar="NAME")
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("sample-data/results"), metavar="DIR")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--render", action="store_true")
    arguments = parser.parse_args()
    wanted = [run for run in RUNS if not arguments.only or run.sweep in arguments.only]
    if arguments.list:
        for run in wanted:
            print(f"{run.sweep:28} {standing(run, arguments.state)}")
        return
    arguments.state.mkdir(parents=True, exist_ok=True)
    children.end_in_order_when_asked()
    failed, samples = [], set()
    for run in wanted:
        # One part that fails does not keep the others from being made.
        if not arguments.render and not Part(run, arguments.state).make(samples):
            failed.append(run.sweep)
        render(arguments.state, wanted)
    if failed:
        raise SystemExit(f"results: not made: {', '.join(failed)}; run again, it goes on from there")


def say(text):
    print(f"results: {text}", file=sys.stderr, flush=True)


def standing(run, state):
    try:
        rows = probesweep.read_rows(state, run.sweep)
    except (probesweep.LedgerError, OSError):
        return "not begun"
    done = sum(row["status"] == "done" for row in rows)
    return f"{done} of {len(rows)} units"


class Part:
    """One sweep with its samples before it and its tables behind it."""

    def __init__(self, run, state):
        self.run, self.state = run, state
        self.record = state / "records" / f"{run.sweep}.json"

    def make(self, samples):
        """False if a step failed; its own message says why. `samples` are those that earlier parts have made; this part's join them."""
        if not self.make_samples(samples):
            return False
        say(f"{self.run.sweep}: sweep")
        status = self.measured(program(), "run", f"sweeps/{self.run.sweep}.yaml", "--state", str(self.state))
        if status not in (0, MISSING_UNITS):
            say(f"{self.run.sweep}: the sweep ended with status {status}")
            return False
        return all([self.write_table(table) for table in self.run.tables] + [self.draw(figure) for figure in self.run.figures])

    def make_samples(self, made):
        for sample in self.run.samples:
            if sample in made:
                continue
            say(f"{self.run.sweep}: samples")
            if status := children.run("deploy/sample/make", *sample):
                say(f"deploy/sample/make {' '.join(sample)} ended with status {status}")
                return False
            made.add(sample)
        return True

    def measured(self, *command):
        """The status of a command. Its processor time is added to the part's record, however the command or this process ends."""
        version, before = version_of(command[0]), children.processor_seconds()
        try:
            return children.run(*command)
        finally:
            self.add_to_record(children.processor_seconds() - before, version)

    def add_to_record(self, seconds, version):
        earlier = json.loads(self.record.read_text()) if self.record.exists() else {"coreSeconds": 0, "versions": []}
        versions = dict.fromkeys([*earlier.get("versions", [UNRECORDED]), version])
        self.record.parent.mkdir(exist_ok=True)
        write_json(self.record, {
            "coreSeconds": round(earlier["coreSeconds"] + seconds, 1), "command": f"deploy/results --only {self.run.sweep}",
            "machine": machine(), "sets": sets(self.run.sweep), "versions": list(versions)})

    def write_table(self, table):
        try:
            text = self.text(table)
        except (question.Incomplete, subprocess.CalledProcessError) as error:
            say(f"{table.name}: {error}")
            return False
        folder = self.state / "tables"
        folder.mkdir(exist_ok=True)
        (folder / f"{table.name}.md").write_text(caption(self.record) + "\n" + text, encoding="utf-8")
        return True

    def text(self, table):
        if table.question:
            return question.report(question_rows(self.state, self.run.sweep))
        command = [program(), table.command, self.run.sweep, "--state", str(self.state), *table.arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def draw(self, figure):
        path = PICTURES / f"{figure.name}.svg"
        command = [program(), *figure.arguments, str(path), "--state", str(self.state)]
        status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
        if status:
            say(f"{path}: the program ended with status {status}")
        return status == 0


def question_rows(state, sweep):
    """The units of the sweep; those of the first seed of pre-training stand in a sweep of their own."""
    rows = probesweep.read_rows(state, sweep)
    return rows if sweep == "masked-pretraining" else rows + probesweep.read_rows(state, "masked-pretraining")


def render(state, wanted):
    """Writes into the page those tables that are there."""
    tables = {table.name: path.read_text(encoding="utf-8") for run in wanted for table in run.tables
              if (path := state / "tables" / f"{table.name}.md").exists()}
    page = PAGE.read_text(encoding="utf-8")
    changed = blocks.rendered(page, tables)
    if changed != page:
        PAGE.write_text(changed, encoding="utf-8")
        say(f"{PAGE} has {', '.join(sorted(tables))}")


# MARK: What a table was made by


def program():
    """The program of this checkout: the release if there is one."""
    named = os.environ.get("PROBESWEEP_BINARY")
    found = named or next((path for path in PROGRAMS if pathlib.Path(path).exists()), None)
    if found is None:
        raise SystemExit("results: there is no program in .build; build it: swift build -c release")
    return found


def version_of(program):
    answer = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return f"probesweep {answer.stdout.strip()}"


def machine():
    names = [line.split(": ", 1)[1] for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{len(names)} processors, {names[0]}" if names else "unknown"


def sets(sweep):
    """{folder: digest} of the feature sets that a specification names: 64 bits of their manifests' SHA-256, which have the digests
    of every shard."""
    specification = pathlib.Path(f"sweeps/{sweep}.yaml").read_text(encoding="utf-8")
    folders = sorted(set(re.findall(r"\.\./(sample-data/[\w./-]+)", specification)))
    manifests = {folder: pathlib.Path(folder, "featureset.json") for folder in folders}
    return {folder: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for folder, path in manifests.items() if path.exists()}


def caption(record):
    """What made a table, in two lines."""
    facts = json.loads(record.read_text())
    digests = ", ".join(f"{name} {digest}" for name, digest in facts["sets"].items())
    seconds = facts["coreSeconds"]
    spent = f"{seconds / 3600:.1f} core-hours" if seconds >= 3600 else f"{seconds:.0f} core-seconds"
    return (f"`{facts['command']}`; {spent} for the sweep; {', then '.join(facts.get('versions', [UNRECORDED]))}; {facts['machine']}.\n"
            f"Manifests (SHA-256): {digests}.\n")


if __name__ == "__main__":
    main()
