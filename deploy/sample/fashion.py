"""Fashion-MNIST: 70,000 grey images of 28 × 28 pixels, ten classes of clothes, from Debian's package dataset-fashion-mnist."""

import dataclasses
import gzip
import hashlib
import pathlib

import numpy as np

FOLDER = "usr/share/datasets/fashion-mnist"  # within the unpacked package
CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
SIDE = 28
TRAINING, TEST = 60_000, 10_000
PRETRAINING = 40_000
"""The first so many training images are pre-trained on. The other 20,000 and the 10,000 test images are probed."""

HASHES = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}


@dataclasses.dataclass(frozen=True)
class Images:
    """Images [n, 28, 28] of bytes, their classes [n], and what each is called."""

    pixels: np.ndarray
    labels: np.ndarray
    ids: list[str]

    def __getitem__(self, places):
        return Images(self.pixels[places], self.labels[places], np.array(self.ids)[places].tolist())

    def __len__(self):
        return len(self.labels)


def load(root):
    """All images: the 60,000 for training first, then the 10,000 of the test.

    - Throws: `ValueError` with the file that is not the one this sample was made for.
    """
    folder = pathlib.Path(root) / FOLDER
    arrays = {name: read_idx(checked(folder / name, digest)) for name, digest in HASHES.items()}
    training_pixels, training_labels, test_pixels, test_labels = arrays.values()
    ids = [f"train-{i}" for i in range(TRAINING)] + [f"test-{i}" for i in range(TEST)]
    return Images(np.concatenate([training_pixels, test_pixels]), np.concatenate([training_labels, test_labels]), ids)


def checked(path, digest):
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{path} is not the file that this sample was made for; expected SHA-256 {digest}")
    return gzip.decompress(content)


def read_idx(content):
    """An IDX file of unsigned bytes: 0, 0, type 8, rank, a big-endian length for each axis, then the values.

    - Throws: `ValueError` if it is of another type or has not the bytes that its lengths ask for.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"this is no IDX file of unsigned bytes: it begins with {content[:4].hex()}")
    rank = content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise ValueError(f"an IDX file of rank {rank} has a header of {start} bytes; this one ends after {len(content)}")
    shape = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(rank))
    values = np.frombuffer(content, np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=object):
        raise ValueError(f"an IDX file of shape {shape} has {np.prod(shape, dtype=object)} values; this one has {values.size}")
    return values.reshape(shape)


def probed(images):
    """The images that no pre-training saw."""
    return images[np.arange(PRETRAINING, TRAINING + TEST)]


def stratified(labels, count, seed):
    """Places of `count` images, as many of each class as of any other, in rising order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    classes = np.unique(labels)
    each, more = divmod(count, len(classes))
    chosen = [order[labels[order] == c][: each + (place < more)] for place, c in enumerate(classes)]
    return np.sort(np.concatenate(chosen))
