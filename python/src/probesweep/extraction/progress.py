"""How far an extraction is, on standard error and only to a terminal."""

import sys
import time


class Progress:
    def __init__(self, total: int, done: int) -> None:
        self.total, self.done, self.before, self.bytes = total, done, done, 0
        self.started = time.monotonic()

    def advance(self, samples: int, bytes: int = 0) -> None:
        self.done += samples
        self.bytes += bytes
        if sys.stderr.isatty():
            seconds = max(time.monotonic() - self.started, 1e-9)
            rate = (self.done - self.before) / seconds
            left = f"{duration((self.total - self.done) / rate)} to go" if rate > 0 else ""
            share = self.done / self.total
            bar = "█" * int(30 * share) + "·" * (30 - int(30 * share))
            print(f"\r{bar} {self.done:,} of {self.total:,}, {rate:.1f} a second, {left}, {size(self.bytes)} written\x1b[K",
                  end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def say(text: str) -> None:
    print(f"probesweep-extract: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def size(bytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if bytes < 1000:
            return f"{bytes:.0f} {unit}"
        bytes /= 1000
    return f"{bytes:.1f} GB"
