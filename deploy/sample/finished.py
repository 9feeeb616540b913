"""Whether a feature set that is written in one go is already there."""

import json


def is_finished(folder, samples):
    """True if `folder` holds a finished set of so many samples.

    - Throws: `SystemExit` if it holds one of another size, such as the small sample where the full one is asked for.
    """
    path = folder / "featureset.json"
    if not path.exists():
        return False
    found = json.loads(path.read_text(encoding="utf-8"))["samples"]
    if found != samples:
        raise SystemExit(f"{path}: samples is {found}, and {samples} are to be written; remove the folder or choose another")
    return True
