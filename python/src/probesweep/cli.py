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
    options = parsed(parser, arguments)
    try:
        return int(options.run(options) or 0)
    except InputError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename or 'file'}: {error.strerror or error}. Make room, or check names and permissions"
    except MemoryError as error:
        problem = f"memory: there is not enough ({error or 'none said how much'}). Take a smaller --batch or --shard-size"
    except KeyboardInterrupt:
        print(f"\nprobesweep-extract: interrupted; {options.resumption}", file=sys.stderr)
        return 130
    print(f"probesweep-extract: {problem}", file=sys.stderr)
    return 1


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; paths may stand on both sides of options, which argparse does not let them in sub-commands."""
    options, rest = parser.parse_known_args(arguments)
    if rest and (not hasattr(options, "paths") or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.paths += rest
    return options


if __name__ == "__main__":
    sys.exit(main())
