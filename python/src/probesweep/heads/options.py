"""The options of a probe, as a head file has them; each has the default of docs/sweeps.md where it is left out."""

from typing import Any

from probesweep.heads.errors import HeadError

MOST = 1 << 20
"""The largest count or width that an option takes."""

SEEN_IN_TENSORS = ("output", "attention", "weights", "mix-normalise")
"""Options that nothing need be asked of: the shapes and values of the head's tensors, or another option, tell what they say."""


class ProbeOptions(dict[str, Any]):
    """Options that remember which of them were looked at."""

    def __init__(self, options: dict[str, Any]):
        super().__init__(options)
        self.taken: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.taken.add(name)
        return super().get(name, default)

    def check_all_taken(self, probe: str) -> None:
        stray = min(set(self) - self.taken - set(SEEN_IN_TENSORS), default=None)
        if stray is not None:
            raise HeadError(
                f"probe.options.{stray}", f"the probe {probe} has no such option",
                f"Remove it, or correct its name; it has {', '.join(sorted(self.taken | set(SEEN_IN_TENSORS)))}")


def count(options: dict[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    if not is_count(value):
        raise HeadError(f"probe.options.{name}", f"{value!r} is not a count", f"Give an integer from 1 to {MOST}")
    return value


def counts(options: dict[str, Any], name: str, default: list[int]) -> list[int]:
    values = options.get(name, default)
    if not isinstance(values, list) or not values or not all(is_count(value) for value in values):
        raise HeadError(
            f"probe.options.{name}", f"{values!r} is not a list of counts", f"Give integers from 1 to {MOST}")
    return values


def choice(options: dict[str, Any], name: str, *words: str) -> str:
    """One of some words, the first of which is the default."""
    value = options.get(name, words[0])
    if value not in words:
        raise HeadError(f"probe.options.{name}", f"there is no {value!r}", f"Give one of {', '.join(words)}")
    return value


def text(options: dict[str, Any], name: str, default: str) -> str:
    value = options.get(name, default)
    if not isinstance(value, str):
        raise HeadError(f"probe.options.{name}", f"{value!r} is not a text", f"The default is {default}")
    return value


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST
