"""Writes the .h5 files of this folder with h5py, as pathology's tools and others do. Needs h5py and numpy."""

import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
tokens = (np.arange(24).reshape(2, 3, 4) / 8 - 1).astype("<f4")  # exact in every type below


def write(name, **arrays):
    with h5py.File(here / name, "w", libver="earliest", track_order=False) as file:
        for key, (data, options) in arrays.items():
            file.create_dataset(key, data=data, **options)


# One file a slide: CLAM appends patches to [T, D], TRIDENT compresses and may keep an axis of one slide.
for slide, count in (("slide_2", 2), ("slide_10", 3)):
    patches = tokens.reshape(6, 4)[:count] + int(slide[6:])
    coordinates = np.arange(2 * count).reshape(count, 2)
    growing = {"chunks": (1, 4), "maxshape": (None, 4)}
    write(f"clam-{slide}.h5", features=(patches, growing), coords=(coordinates, {"chunks": (1, 2), "maxshape": (None, 2)}))
    packed = {"chunks": (1, count, 4), "compression": "gzip", "shuffle": True, "fletcher32": True}
    write(f"trident-{slide}.h5", features=(patches[None].astype("f2"), packed), coords=(coordinates[None], {}))

for code in ("<f2", "<f4", "<f8", ">f4", ">f8"):
    write(f"tokens-{code.replace('<', 'le-').replace('>', 'be-')}.h5", tokens=(tokens.astype(code), {}))
write("pooled.h5", features=(tokens[:, 0], {"compression": "gzip", "chunks": (1, 3)}))
write("integers.h5", features=(np.arange(6).reshape(2, 3), {}))
write("bits.h5", features=(np.zeros((2, 3), "u2"), {}))
write("compressed-lzf.h5", features=(tokens, {"compression": "lzf"}))
write("several.h5", first=(tokens, {}), second=(tokens, {}))
with h5py.File(here / "nested.h5", "w") as file:
    file["levels/12/tokens"] = tokens
    file["soft"] = h5py.SoftLink("/levels/12/tokens")
    file["hidden"] = h5py.SoftLink("/outside")
    file["outside"] = h5py.ExternalLink("pooled.h5", "/features")
with h5py.File(here / "unwritten.h5", "w") as file:
    file.create_dataset("features", (2, 3, 4), "f4", chunks=(1, 3, 4))[0] = tokens[0]
with h5py.File(here / "huge.h5", "w") as file:
    file.create_dataset("features", (1 << 40, 1 << 10), "f4", chunks=(1, 1 << 10))
with h5py.File(here / "external.h5", "w") as file:
    file.create_dataset("features", (2, 3), "f4", external=[("outside.bin", 0, h5py.h5f.UNLIMITED)])
layout = h5py.VirtualLayout((2, 4), "f4")
layout[:] = h5py.VirtualSource(str("pooled.h5"), "features", (2, 4))
with h5py.File(here / "virtual.h5", "w") as file:
    file.create_virtual_dataset("features", layout)
