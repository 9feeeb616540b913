"""The encoder of Whisper (base) in PyTorch, with weights from a CTranslate2 file, and the spectrogram that it reads.

Level 0 is what the first block reads (two convolutions and positions), level i what block i writes; the final norm is applied
by `completed` alone. A position is 20 ms.
"""

import numpy as np
import torch
from torch.nn import functional

from ctranslate2_file import read_model

RATE, HOP, WINDOW, MELS = 16_000, 160, 400, 80
POSITIONS_A_SECOND = RATE // HOP // 2
EPSILON = 1e-5


class WhisperEncoder:
    def __init__(self, content):
        """`content`: the bytes of model.bin.

        - Throws: `ModelFileError` if they are none.
        """
        _, _, arrays = read_model(content, wanted="encoder/")
        self.weights = {name.removeprefix("encoder/"): torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
        self.heads = int(self.weights["num_heads"])
        self.blocks = sum(name.endswith("/ffn/linear_0/weight") for name in self.weights)
        self.width = self.weights["layer_norm/gamma"].numel()

    @torch.inference_mode()
    def levels(self, spectrograms):
        """Log-mel spectrograms [n, 80, 2·T] → blocks + 1 states [n, T, D]."""
        w = self.weights
        x = functional.gelu(functional.conv1d(spectrograms, w["conv1/weight"], w["conv1/bias"], padding=1))
        x = functional.gelu(functional.conv1d(x, w["conv2/weight"], w["conv2/bias"], stride=2, padding=1))
        x = x.transpose(1, 2)
        states = [x + w["position_encodings/encodings"][: x.shape[1]]]
        for index in range(self.blocks):
            states.append(self.block(states[-1], f"layer_{index}/"))
        return states

    def completed(self, last):
        """The last level behind the final norm: the model's own output."""
        return self.norm(last, "layer_norm")

    def block(self, x, name):
        n, tokens, _ = x.shape
        joint = self.linear(self.norm(x, f"{name}self_attention/layer_norm"), f"{name}self_attention/linear_0")
        q, k, v = joint.view(n, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, -1)
        x = x + self.linear(mixed, f"{name}self_attention/linear_1")
        hidden = self.linear(self.norm(x, f"{name}ffn/layer_norm"), f"{name}ffn/linear_0")
        return x + self.linear(functional.gelu(hidden), f"{name}ffn/linear_1")

    def linear(self, x, name):
        return functional.linear(x, self.weights[f"{name}/weight"], self.weights[f"{name}/bias"])

    def norm(self, x, name):
        return functional.layer_norm(x, x.shape[-1:], self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"], EPSILON)


def spectrogram(signal):
    """The log-mel spectrogram of 16 kHz sound, float32 [80, samples / 160], as Whisper's own front end has it: frames of
    25 ms; what lies more than 8 bels below the loudest bin is raised to there; then shifted and scaled."""
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(torch.from_numpy(signal), WINDOW, HOP, window=window, return_complex=True)[:, :-1]
    bels = (FILTERS @ spectrum.abs().square()).clamp(min=1e-10).log10()
    return ((torch.maximum(bels, bels.max() - 8) + 4) / 4).numpy()


def mel_filters(count, bins, rate):
    """Triangles of equal area on the mel scale that is linear up to 1 kHz and logarithmic above, [count, bins]."""
    def mel(hertz):
        return np.where(hertz < 1000, 3 * hertz / 200, 15 + 27 * np.log(np.maximum(hertz, 1e-9) / 1000) / np.log(6.4))

    def hertz(mel):
        return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) * (mel - 15) / 27))

    edges = hertz(np.linspace(0, mel(np.float64(rate / 2)), count + 2))
    frequencies = np.linspace(0, rate / 2, bins)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


FILTERS = torch.from_numpy(mel_filters(MELS, WINDOW // 2 + 1, RATE).astype(np.float32))
