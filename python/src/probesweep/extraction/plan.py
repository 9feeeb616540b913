"""What fixes the bytes of an extraction, kept in its folder so that a later run goes on where this one ends."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from probesweep.errors import InputError
from probesweep.writing import write_json

FILE = "extraction.json"
RECORDS = "extraction"


@dataclasses.dataclass(frozen=True)
class Plan:
    """`facts` determine every byte; `arguments` repeat the call, for `probesweep-extract check`."""

    facts: Mapping[str, Any]
    arguments: Mapping[str, Any]

    @property
    def shard(self) -> int:
        return int(self.facts["shard"])

    def begin(self, folder: pathlib.Path) -> None:
        """Writes the plan into a fresh folder, or checks that the folder's own is the same. A plan of which no shard was
        finished is replaced.

        - Throws: `InputError` with the first fact that differs.
        """
        earlier = read_plan(folder)
        if earlier is None:
            if any(folder.iterdir()):
                raise InputError(folder, "is not empty, and no extraction began there", "Choose another folder")
            self.write(folder)
            return
        for name in {**earlier.facts, **self.facts}:
            before, now = earlier.facts.get(name), self.facts.get(name)
            if before == now:
                continue
            if (folder / "featureset.json").exists() or any((folder / RECORDS).glob("*.json")):
                raise InputError(folder / FILE, f"{name} was {json.dumps(before)} and is {json.dumps(now)}",
                                 "Repeat the call as it was, or choose another folder")
            for shard in (folder / "layers").glob("*.safetensors*"):
                shard.unlink()
            self.write(folder)
            return

    def write(self, folder: pathlib.Path) -> None:
        write_json(folder / FILE, {"facts": self.facts, "arguments": self.arguments})


def read_plan(folder: pathlib.Path) -> Plan | None:
    path = folder / FILE
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Plan(stored["facts"], stored["arguments"])
    except (ValueError, KeyError, TypeError):
        raise InputError(path, "is no plan of an extraction", "Remove the folder and extract again") from None


@contextlib.contextmanager
def alone(folder: pathlib.Path) -> Iterator[None]:
    """Holds a folder for this process; the system lets go of it when the process ends.

    - Throws: `InputError` if another process writes into it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(folder, "another process writes into it", "Wait for it, or choose another folder") from None
    finally:
        os.close(handle)


class ShardRecords:
    """What is known of each finished shard. A record is renamed into place after its tokens, so that one that is there
    vouches for them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder / RECORDS

    def read(self, shard: int) -> dict[str, Any] | None:
        path = self.path(shard)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def write(self, shard: int, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(exist_ok=True)
        write_json(self.path(shard), record)

    def remove(self) -> None:
        if self.folder.exists():
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()

    def path(self, shard: int) -> pathlib.Path:
        return self.folder / f"{shard:05d}.json"
