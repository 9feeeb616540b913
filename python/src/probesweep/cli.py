"""The command `probesweep-extract`."""

import argparse


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="probesweep-extract", description=__doc__)
    subparsers = parser.add_subparsers(required=True)
    from probesweep.conversion.command import add_parser

    add_parser(subparsers)
    options = parser.parse_args(arguments)
    return options.run(options)
