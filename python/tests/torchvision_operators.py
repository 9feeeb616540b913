"""PyTorch for the CPU alone comes without the operators that torchvision registers shapes for at its import. Tests declare
them, so that timm and transformers can be imported; none is ever called. Programs install the torchvision that fits."""

import importlib.util
import pathlib
import re

import torch

OPERATOR = re.compile(r'"(?:torchvision::)?(\w+)"')


def declare() -> torch.library.Library | None:
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return None
    registrations = (pathlib.Path(found.origin).parent / "_meta_registrations.py").read_text(encoding="utf-8")
    library = torch.library.Library("torchvision", "DEF")
    for line in registrations.splitlines():
        if line.startswith(("@register_meta(", "@torch.library.register_fake(")):
            library.define(f"{OPERATOR.search(line)[1]}() -> ()")
    return library


LIBRARY = declare()
