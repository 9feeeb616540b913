"""Writes the .npy files of this folder with NumPy, as users would. Needs numpy and ml_dtypes."""

import pathlib

import ml_dtypes
import numpy as np

here = pathlib.Path(__file__).parent
tokens = (np.arange(24).reshape(2, 3, 4) / 8 - 1).astype("<f4")  # exact in every type below


def save(name, array):
    np.save(here / name, array)


for code in ("<f2", "<f4", "<f8", ">f4", ">f8"):
    save(f"tokens-{code.replace('<', 'le-').replace('>', 'be-')}", tokens.astype(code))
save("tokens-bf16", tokens.astype(ml_dtypes.bfloat16))
save("tokens-fortran", np.asfortranarray(tokens))
save("pooled", tokens[:, 0])
save("scalar", np.float32(1))
with open(here / "version-2.npy", "wb") as file:
    np.lib.format.write_array(file, tokens, version=(2, 0))
with open(here / "version-3.npy", "wb") as file:
    np.lib.format.write_array(file, tokens, version=(3, 0))
for code in ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", ">i4", "|b1"):
    save(f"labels-{code.strip('<|').replace('>', 'be-')}", np.array([1, 0], code))
save("labels-multi", np.array([[1, 0, 1], [0, 0, 1]], "u1"))
save("labels-strings", np.array(["cat", "dog"]))
save("labels-objects", np.array(["cat", None], object))
save("structured", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
np.savez(here / "archive.npz", tokens=tokens)
np.savez_compressed(here / "compressed.npz", tokens=tokens, other=tokens[:1], turned=np.asfortranarray(tokens))
np.savez(here / "turned.npz", turned=np.asfortranarray(tokens))
