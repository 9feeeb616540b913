"""How much may be taken into memory at once: files say how large they are, and are not believed."""

from pathlib import Path

from probesweep.conversion.errors import ConversionError


class MemoryLimit:
    """Bytes that one read may take; half of what the machine has to give if none is named."""

    def __init__(self, bytes: int | None = None):
        self.bytes = available() // 2 if bytes is None else bytes

    def check(self, bytes: int, file: Path | str, field: str) -> None:
        """Refuses a read before memory is taken for it."""
        if bytes > self.bytes:
            raise ConversionError(
                file, field, f"it takes {bytes:,} bytes of memory, and {self.bytes:,} may be taken",
                "Give a larger --memory if the file is to be trusted")


def available() -> int:
    """Bytes of memory that are free, within the limit of the control group."""
    return min([free_of_machine(), *free_of_group()])


def free_of_machine() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines() if Path("/proc/meminfo").exists() else []:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 4 << 30


def free_of_group() -> list[int]:
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (group / "memory.max").read_text().strip(), (group / "memory.current").read_text()
        return [] if limit == "max" else [max(0, int(limit) - int(used))]
    except (OSError, ValueError):
        return []
