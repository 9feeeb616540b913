"""Sounds as models read them: one channel at the model's sampling rate."""

import io
import math
from typing import Any

import numpy as np

from probesweep.errors import InputError
from probesweep.extraction.backbone import UnreadableSample
from probesweep.extraction.samples import Sample
from probesweep.writing import Array

# Zero crossings on either side of the windowed sinc, and the share of the band that passes.
CROSSINGS, PASSED = 32, 0.95


def import_soundfile() -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise InputError("soundfile", f"cannot be imported ({error})", "pip install 'probesweep[audio]'") from None
    return soundfile


def open_sound(content: bytes, rate: int) -> Array:
    """float32 [samples]: the mean of the channels at `rate`."""
    soundfile = import_soundfile()
    try:
        channels, found = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise UnreadableSample(f"is no sound that can be read ({error})") from None
    if len(channels) == 0:
        raise UnreadableSample("has no sound in it")
    return resampled(channels.mean(1, dtype=np.float64), found, rate).astype(np.float32)


def seconds_of(sample: Sample) -> float:
    """From the file's header; 0 if it has none."""
    soundfile = import_soundfile()
    try:
        facts = soundfile.info(str(sample.path))
    except soundfile.LibsndfileError:
        return 0.0
    return float(facts.frames / facts.samplerate)


def resampled(signal: Array, rate: int, wanted: int) -> Array:
    """The signal at another rate, by a Hann-windowed sinc that passes what both rates can hold.

    Output k lies at k · rate / wanted; those places repeat after wanted / gcd outputs, so that one filter for each of
    these phases serves all.
    """
    if rate == wanted:
        return signal
    divisor = math.gcd(rate, wanted)
    step, phases = rate // divisor, wanted // divisor
    cutoff = PASSED * min(1.0, wanted / rate)
    reach = math.ceil(CROSSINGS / cutoff)
    count = -(-len(signal) * phases // step)
    padded = np.concatenate([np.zeros(reach), signal, np.zeros(reach + step + 1)])
    output = np.zeros(count)
    taps = np.arange(-reach, reach + 1)
    for phase in range(min(phases, count)):
        whole, rest = divmod(phase * step, phases)
        distance = taps - rest / phases
        window = np.where(abs(distance) <= reach, 0.5 + 0.5 * np.cos(np.pi * distance / reach), 0)
        kernel = cutoff * np.sinc(cutoff * distance) * window
        places = np.arange(phase, count, phases)
        starts = whole + step * np.arange(len(places))
        output[places] = np.lib.stride_tricks.sliding_window_view(padded, len(taps))[starts] @ kernel
    return output
