"""`probesweep-extract` as a process of its own, with the operators that the tests' PyTorch lacks."""

import sys

import torchvision_operators  # noqa: F401

from probesweep.cli import main

if __name__ == "__main__":
    sys.exit(main())
