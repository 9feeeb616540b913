"""Models of transformers: what is stored are the library's own hidden states, and the layout is read off the model."""

import json
import shutil

import numpy as np
import pytest
import stored
import torch
import transformers
from torch.testing import assert_close

from probesweep.cli import main

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] one two three four five six seven text a".split()
SMALL = dict(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64)


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "bert"
    save_tokenizer(folder)
    torch.manual_seed(0)
    transformers.BertModel(transformers.BertConfig(vocab_size=len(WORDS), **SMALL)).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\ndatasets:\n- wikipedia\n- bookcorpus\n---\n# A card\n")
    return folder


def save_tokenizer(folder, **options):
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    transformers.BertTokenizer(vocab=vocabulary, model_max_length=512, **options).save_pretrained(folder)


@pytest.fixture
def texts(tmp_path):
    """40 texts of one to nine words in a table with labels of several kinds."""
    random = np.random.default_rng(0)
    path = tmp_path / "texts.csv"
    rows = [(" ".join(random.choice(WORDS[5:], random.integers(1, 10))), "odd" if row % 2 else "even", row / 7, row // 4)
            for row in range(40)]
    path.write_text("gloss,side,score,author\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def own_states(model, text, **options):
    network = transformers.AutoModel.from_pretrained(model).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    with torch.inference_mode():
        output = network(**tokenizer(text, return_tensors="pt", **options), output_hidden_states=True)
    return [state[0].numpy() for state in output.hidden_states], output.last_hidden_state[0].numpy()


def text_of(texts, id):
    return texts.read_text().splitlines()[int(id.split("#")[1].split("@")[0])].split(",")[0]


def test_texts_are_ragged_hidden_states_without_padding(extract, bert, texts):
    features = extract("transformers", bert, texts, "--text", "gloss", "--label", "side", "--dtype", "f32", "--shard-size", 16)
    ids = stored.lines(features, "ids.txt")
    assert len(ids) == 40 and len(set(ids)) == 40
    tokens = {level: stored.samples(features, level) for level in range(4)}
    for place, id in enumerate(ids):
        states, _ = own_states(bert, text_of(texts, id))
        for level, state in enumerate(states):
            assert_close(np.array(tokens[level][place]), state, atol=1e-5, rtol=1e-5)
        words = json.loads(stored.lines(features, "tokens.jsonl")[place])
        assert words == ["[CLS]", *text_of(texts, id).split(), "[SEP]"]


def test_one_table_gives_tasks_of_several_kinds_with_groups(extract, bert, texts, probesweep):
    features = extract("transformers", bert, texts, "--text", "gloss", "--layers", "last", "--label", "side",
                       "--task", "yes=side:binary", "--task", "rank=score:ranking", "--task", "value=score:regression",
                       "--task", "words=gloss", "--separator", " ", "--group", "author")
    assert "sound" in probesweep("features", "verify", features)
    summary = json.loads(probesweep("features", "inspect", features, "--format", "json"))
    kinds = {task["name"]: task["kind"] for task in summary["tasks"]}
    assert kinds == {"side": "classification", "yes": "binary", "rank": "ranking", "value": "regression",
                     "words": "multilabel"}
    assert {task["groups"] for task in summary["tasks"]} == {10}
    header, arrays = stored.task(features, "rank")
    rows = [int(id.split("#")[1].split("@")[0]) - 1 for id in stored.lines(features, "ids.txt")]
    np.testing.assert_allclose(arrays["scores"], [row / 7 for row in rows], rtol=1e-6)


def test_a_bert_has_a_class_token_and_norms_in_its_blocks(extract, bert, texts):
    manifest = stored.manifest(extract("transformers", bert, texts, "--text", "gloss"))
    assert manifest["layout"] == {"classToken": True, "registers": 0, "grid": None}
    assert all(layer["finalNorm"] for layer in manifest["layers"])
    assert "[SEP], which the tokenizer adds, is a patch token" in manifest["notes"]
    assert manifest["backbone"]["pretrainedOn"] == "wikipedia, bookcorpus"
    assert max(layer["tokens"] for layer in manifest["layers"]) == 10


def test_texts_are_cut_to_the_longest_asked_for_and_no_model_reads_more_than_it_can(extract, bert, texts, capsys):
    features = extract("transformers", bert, texts, "--text", "gloss", "--longest", 6)
    assert max(len(sample) for sample in stored.samples(features, 3)) == 6
    extract("transformers", bert, texts, "--text", "gloss", "--longest", 1000, status=1)
    assert "--longest 1000: the model reads 2 to 512 tokens" in capsys.readouterr().err


def test_a_causal_model_has_no_class_token_and_its_final_norm_is_not_applied(extract, texts, tmp_path):
    folder = tmp_path / "llama"
    save_tokenizer(folder)
    config = transformers.LlamaConfig(vocab_size=len(WORDS), num_key_value_heads=2, **SMALL)
    torch.manual_seed(0)
    network = transformers.LlamaModel(config)
    torch.nn.init.normal_(network.norm.weight)
    network.save_pretrained(folder)
    tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**tokenizer, "cls_token": None}))
    features = extract("transformers", folder, texts, "--text", "gloss", "--dtype", "f32")
    manifest = stored.manifest(features)
    assert not any(layer["finalNorm"] for layer in manifest["layers"])
    assert "the final norm (norm) is not applied" in manifest["notes"]
    id = stored.lines(features, "ids.txt")[0]
    states, output = own_states(folder, text_of(texts, id))
    for level in range(3):
        assert_close(np.array(stored.samples(features, level)[0]), states[level], atol=1e-5, rtol=1e-5)
    last = torch.from_numpy(np.array(stored.samples(features, 3)[0]))
    assert_close(network.norm(last).detach().numpy(), output, atol=1e-5, rtol=1e-5)
    assert not np.allclose(last, output, atol=1e-2)


@pytest.fixture
def dino(tmp_path):
    config = transformers.Dinov2WithRegistersConfig(image_size=28, patch_size=14, num_register_tokens=3, **SMALL)
    torch.manual_seed(0)
    transformers.Dinov2WithRegistersModel(config).save_pretrained(tmp_path / "dino")
    transformers.BitImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}).save_pretrained(
        tmp_path / "dino")
    return tmp_path / "dino"


def test_registers_and_grid_of_a_vision_transformer(extract, dino, photos):
    features = extract("transformers", dino, photos, "--dtype", "f32", "--layers", "0,2/3,last")
    manifest = stored.manifest(features)
    assert manifest["layout"] == {"classToken": True, "registers": 3, "grid": [2, 2]}
    assert [layer["index"] for layer in manifest["layers"]] == [0, 2, 3]
    assert "the final norm (layernorm) is not applied" in manifest["notes"]
    assert json.loads(manifest["preprocessing"]["crop_size"]) == {"height": 28, "width": 28}
    processor = transformers.AutoImageProcessor.from_pretrained(dino)
    network = transformers.AutoModel.from_pretrained(dino).eval()
    from PIL import Image

    picture = Image.open(photos / stored.lines(features, "files.txt")[0]).convert("RGB")
    with torch.inference_mode():
        states = network(**processor(images=picture, return_tensors="pt"), output_hidden_states=True).hidden_states
    for level in (0, 2, 3):
        assert_close(np.array(stored.samples(features, level)[0]), states[level][0].numpy(), atol=1e-4, rtol=1e-4)


def test_the_tower_of_two_is_the_one_that_reads_the_data_and_the_projection_is_named(extract, photos, tmp_path):
    folder = tmp_path / "clip"
    config = transformers.CLIPConfig(text_config=dict(SMALL, vocab_size=99, projection_dim=16),
                                     vision_config=dict(SMALL, image_size=32, patch_size=16), projection_dim=16)
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    manifest = stored.manifest(extract("transformers", folder, photos))
    assert manifest["layout"] == {"classToken": True, "registers": 0, "grid": [2, 2]}
    assert "levels are before the projection (32 to 16)" in manifest["notes"]


@pytest.fixture
def clips(tmp_path):
    """Six sounds of half a second to two seconds at 8,000 Hz, in two folders."""
    import soundfile

    random = np.random.default_rng(0)
    for number in range(6):
        path = tmp_path / "clips" / ("high" if number % 2 else "low") / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, random.normal(0, 0.1, (4000 + 2400 * number, 2)), 8000)
    return tmp_path / "clips"


def test_a_whisper_encoder_stores_the_tokens_of_the_sound_and_not_those_of_the_padding(extract, clips, tmp_path):
    folder = tmp_path / "whisper"
    config = transformers.WhisperConfig(d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2,
                                        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=99,
                                        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
    transformers.WhisperModel(config).save_pretrained(folder)
    transformers.WhisperFeatureExtractor().save_pretrained(folder)
    features = extract("transformers", folder, clips)
    manifest = stored.manifest(features)
    assert manifest["secondsPerToken"] == pytest.approx(0.02)
    assert manifest["layout"]["classToken"] is False
    for file, sample in zip(stored.lines(features, "files.txt"), stored.samples(features, 2)):
        number = int(file.split("/")[1].split(".")[0])
        assert len(sample) == round((4000 + 2400 * number) / 8000 * 50)
    assert "levels are those of the encoder; the decoder is not run" in manifest["notes"]


def test_sounds_without_a_window_are_read_without_padding(extract, clips, tmp_path):
    folder = tmp_path / "wav2vec2"
    config = transformers.Wav2Vec2Config(conv_dim=(16, 16, 16), conv_kernel=(10, 3, 3), conv_stride=(8, 4, 4),
                                         num_feat_extract_layers=3, num_conv_pos_embeddings=8,
                                         num_conv_pos_embedding_groups=2, vocab_size=9, **SMALL)
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    features = extract("transformers", folder, clips)
    manifest = stored.manifest(features)
    assert manifest["secondsPerToken"] == 128 / 16000
    lengths = {int(file.split("/")[1].split(".")[0]): len(sample)
               for file, sample in zip(stored.lines(features, "files.txt"), stored.samples(features, 3))}
    assert lengths == {number: convolved(8000 + 4800 * number) for number in range(6)}


def test_a_spectrogram_transformer_has_a_class_token_and_says_that_it_stores_padding(extract, clips, tmp_path):
    folder = tmp_path / "spectrograms"
    transformers.ASTModel(transformers.ASTConfig(max_length=64, num_mel_bins=32, **SMALL)).save_pretrained(folder)
    transformers.ASTFeatureExtractor(max_length=64, num_mel_bins=32).save_pretrained(folder)
    manifest = stored.manifest(extract("transformers", folder, clips))
    assert manifest["layout"] == {"classToken": True, "registers": 1, "grid": None}
    assert "the processor pads or cuts every sound to one length, and tokens of the padding are stored" in manifest["notes"]


def convolved(length):
    for kernel, stride in ((10, 8), (3, 4), (3, 4)):
        length = (length - kernel) // stride + 1
    return length


def test_resampling_keeps_a_tone_and_removes_what_the_new_rate_cannot_hold():
    from probesweep.extraction.sounds import resampled

    time = np.arange(44100) / 44100
    kept = resampled(np.sin(2 * np.pi * 1000 * time), 44100, 16000)
    expected = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    assert len(kept) == 16000
    assert np.abs(kept - expected)[200:-200].max() < 2e-3
    assert np.abs(resampled(np.sin(2 * np.pi * 12000 * time), 44100, 16000))[200:-200].max() < 2e-3


def test_code_in_a_models_folder_is_not_run(extract, texts, tmp_path, capsys):
    folder = tmp_path / "evil"
    save_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps(
        {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    extract("transformers", folder, texts, "--text", "gloss", status=1)
    assert "cannot be loaded" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


def test_texts_that_are_cut_are_counted_and_empty_ones_are_refused(extract, bert, texts, tmp_path, capsys):
    features = extract("transformers", bert, texts, "--text", "gloss", "--longest", 6, "--layers", "last")
    longer = sum(len(line.split(",")[0].split()) > 4 for line in texts.read_text().splitlines()[1:])
    assert longer and f"{longer} samples are longer than the model reads, and were cut" in stored.manifest(features)["notes"]
    (tmp_path / "t.csv").write_text('text,n\none,1\n" ",2\n')
    assert main(["transformers", str(bert), str(tmp_path / "t.csv"), str(tmp_path / "other"), "--text", "text"]) == 1
    assert "is an empty text" in capsys.readouterr().err


def test_a_kind_is_chosen_among_files_of_several(extract, bert, photos, tmp_path):
    folder = shutil.copytree(photos, tmp_path / "mixed")
    (folder / "readme.txt").write_text("one two")
    features = extract("transformers", bert, folder, "--kind", "texts", "--layers", "0")
    assert stored.lines(features, "files.txt") == ["readme.txt"]


def test_models_that_count_positions_behind_the_padding_read_texts_of_full_length(extract, tmp_path):
    folder = tmp_path / "roberta"
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    transformers.BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    torch.manual_seed(0)
    transformers.RobertaModel(transformers.RobertaConfig(
        vocab_size=len(WORDS), max_position_embeddings=18, pad_token_id=1, **SMALL)).save_pretrained(folder)
    (tmp_path / "t.csv").write_text("text\n" + "one two " * 30 + "\n")
    features = extract("transformers", folder, tmp_path / "t.csv", "--text", "text", "--layers", "last")
    assert len(stored.samples(features, 3)[0]) == 16


def test_two_calls_differ_if_a_text_does(extract, bert, tmp_path, capsys):
    for text, status in (("one", 0), ("six", 1)):
        (tmp_path / "t.csv").write_text(f"text\n{text}\n")
        extract("transformers", bert, tmp_path / "t.csv", "--text", "text", "--layers", "0", status=status)
    assert "samples was" in capsys.readouterr().err
