"""Builds the wheel with the standard library alone, so that `pip install ./python` asks the network for no build tool.

Implements `build_wheel`, `build_editable` and `build_sdist` of PEP 517 and PEP 660 for a package of pure Python under
`src/`, as `pyproject.toml` describes it.
"""

import base64
import csv
import hashlib
import io
import pathlib
import tarfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STEM = f"{PROJECT['name']}-{PROJECT['version']}"
# Dates of members are fixed, so that the same sources give the same bytes; 1980 is the earliest that a zip can name.
DATE = (1980, 1, 1, 0, 0, 0)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    sources = sorted(path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".typed"))
    return write_wheel(wheel_directory, {str(path.relative_to(ROOT / "src")): path.read_bytes() for path in sources})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {f"{PROJECT['name']}.pth": f"{ROOT / 'src'}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    name = f"{STEM}.tar.gz"
    with tarfile.open(pathlib.Path(sdist_directory) / name, "w:gz") as archive:
        for part in ("pyproject.toml", "README.md", "backend", "src"):
            archive.add(ROOT / part, f"{STEM}/{part}", filter=without_caches)
        information = tarfile.TarInfo(f"{STEM}/PKG-INFO")
        information.size = len(metadata())
        archive.addfile(information, io.BytesIO(metadata()))
    return name


def without_caches(member):
    return None if "__pycache__" in member.name else member


def write_wheel(directory, files):
    name = f"{STEM}-py3-none-any.whl"
    described = f"{STEM}.dist-info"
    files = files | {
        f"{described}/METADATA": metadata(),
        f"{described}/WHEEL": b"Wheel-Version: 1.0\nGenerator: wheel_backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{described}/entry_points.txt": entry_points(),
    }
    with zipfile.ZipFile(pathlib.Path(directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in (files | {f"{described}/RECORD": record(files, described)}).items():
            member = zipfile.ZipInfo(path, DATE)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(member, content)
    return name


def metadata():
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {PROJECT['name']}",
        f"Version: {PROJECT['version']}",
        f"Summary: {PROJECT['description']}",
        f"License-Expression: {PROJECT['license']}",
        f"Requires-Python: {PROJECT['requires-python']}",
        *(f"Requires-Dist: {requirement}" for requirement in PROJECT["dependencies"]),
    ]
    for extra, requirements in PROJECT["optional-dependencies"].items():
        lines += [f"Provides-Extra: {extra}"]
        lines += [f"Requires-Dist: {requirement} ; extra == '{extra}'" for requirement in requirements]
    lines += ["Description-Content-Type: text/markdown", "", (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")]
    return "\n".join(lines).encode()


def entry_points():
    scripts = "".join(f"{name} = {target}\n" for name, target in PROJECT["scripts"].items())
    return f"[console_scripts]\n{scripts}".encode()


def record(files, described):
    """Every file with its digest, as the wheel format asks for."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([path, f"sha256={digest}", len(content)])
    rows.writerow([f"{described}/RECORD", "", ""])
    return table.getvalue().encode()
