"""The command `probesweep-extract`: tokens of frozen models as feature sets, and features that exist already."""

import argparse
import sys
from collections.abc import Sequence

from probesweep.conversion import command as conversion
from probesweep.errors import InputError
from probesweep.extraction import command as extraction


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 refused or failed, 2 usage."""
    parser = argparse.ArgumentParser(prog="probesweep-extract", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    extraction.add_parsers(subparsers)
    conversion.add_parser(subparsers)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except InputError as error:
        print(f"probesweep-extract: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nprobesweep-extract: interrupted; the same command goes on at the last whole shard", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
