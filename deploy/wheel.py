#!/usr/bin/env python3
"""Packs an installation that carries its libraries, together with the Python package, into a wheel; prints its name.

The program goes where wheels put scripts and everything else where they put data, that is into `bin/`, `lib/` and `share/`
of the environment, so the program finds its libraries as it does in the archive. What the Python package always needs is
required by the extra `extract` and all others: the program needs none of it, and pip downloads nothing for it.
"""
import argparse
import base64
import csv
import hashlib
import io
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import zipfile

TAG = "py3-none-manylinux_2_36_x86_64"
# Fixed, so that the same files give the same bytes; 1980 is the earliest year that a zip can name.
DATE = (1980, 1, 1, 0, 0, 0)
EXTRA = "extract"
COMMAND = '''"""The command `probesweep-extract`, which says what to install where the package's requirements are missing."""


def main():
    try:
        from probesweep import cli
    except ModuleNotFoundError as error:
        raise SystemExit(f"probesweep-extract needs {error.name}, which is not here: pip install numpy safetensors")
    return cli.main()
'''


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=pathlib.Path, required=True, help="the folder of the Python package")
    parser.add_argument("--installation", type=pathlib.Path, required=True, help="a folder with bin, lib and share")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the folder for the wheel")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        members = python_package(options.python, pathlib.Path(folder))
    described = next(name.split("/")[0] for name in members if name.endswith(".dist-info/METADATA"))
    del members[f"{described}/RECORD"]
    members[f"{described}/METADATA"] = with_extra(members[f"{described}/METADATA"].decode()).encode()
    points = members[f"{described}/entry_points.txt"].decode()
    members[f"{described}/entry_points.txt"] = points.replace("probesweep.cli:main", "probesweep_extract:main").encode()
    members["probesweep_extract.py"] = COMMAND.encode()
    members[f"{described}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    members |= program(options.installation, described.removesuffix(".dist-info") + ".data")
    members[f"{described}/RECORD"] = record(members, described)
    name = f"{described.removesuffix('.dist-info')}-{TAG}.whl"
    write(options.output / name, members)
    print(name)


def python_package(source, folder):
    """The members of the pure wheel that the package's own build makes."""
    build = "import sys; sys.path.insert(0, 'backend'); import wheel_backend; wheel_backend.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=source, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_extra(metadata):
    """Makes what is always required a part of each extra, and of one more that holds nothing else."""
    head, separator, text = metadata.partition("\n\n")
    extras = [EXTRA, *re.findall(r"^Provides-Extra: (.+)$", head, re.MULTILINE)]
    marker = " or ".join(f"extra == '{extra}'" for extra in extras)
    needs = re.compile(r"^Requires-Dist: ([^;\n]+)$", re.MULTILINE)
    head = needs.sub(lambda match: f"Requires-Dist: {match[1].strip()} ; {marker}", head)
    return f"{head}\nProvides-Extra: {EXTRA}" + separator + text


def program(installation, data):
    """The files of the installation under the names that wheels give scripts and data."""
    members = {}
    for file in sorted(path for path in installation.rglob("*") if path.is_file()):
        path = file.relative_to(installation)
        place = f"{data}/scripts/{path.name}" if path.parts[0] == "bin" else f"{data}/data/{path}"
        members[place] = file.read_bytes()
    return members


def record(members, described):
    """Every member with its digest, as the wheel format asks for."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(content)])
    rows.writerow([f"{described}/RECORD", "", ""])
    return table.getvalue().encode()


def write(file, members):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, DATE)
            # pip takes the mode of regular files alone.
            member.external_attr = (stat.S_IFREG | (0o755 if "/scripts/" in name else 0o644)) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(member, content)


main()
