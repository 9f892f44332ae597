"""What holds for the model in the box, whichever it is.

Without one all but the first tests are skipped.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline, boxed_model, open_bundle
from mmpose_lightkpt.deploy.complexity import read_layers
from mmpose_lightkpt.deploy.half_weights import HALF_TAG, tagged_sizes
from mmpose_lightkpt.deploy.image_file import read_image
from mmpose_lightkpt.deploy.parity import check_bundle
from mmpose_lightkpt.deploy.runtimes.ncnn import BIN_FILE, PARAM_FILE
from mmpose_lightkpt.functional.oks import oks, sigmas_of

BOX = boxed_model.BOX
DATA = Path(os.environ.get('LIGHTKPT_DATA', 'data'))
ANNOTATIONS = DATA / 'coco_person' / 'annotations' / 'val.json'
IMAGES = DATA / 'coco_person' / 'images'
LIGHTNING = DATA / 'movenet' / 'movenet_singlepose_lightning_int8_v4.tflite'
boxed = pytest.mark.skipif(
    not boxed_model.is_boxed(), reason='this package holds no model yet'
)
needs_photographs = pytest.mark.skipif(
    not ANNOTATIONS.is_file(), reason='needs LIGHTKPT_DATA with coco_person'
)
needs_lightning = pytest.mark.skipif(
    not LIGHTNING.is_file(), reason='needs LIGHTKPT_DATA with movenet'
)


def test_an_empty_box_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(boxed_model, 'BOX', tmp_path)
    assert not boxed_model.is_boxed()
    with pytest.raises(FileNotFoundError, match='holds no model.*--model'):
        boxed_model.boxed_bundle()


@boxed
def test_it_is_small_and_nothing_else_is_in_the_box():
    sizes = {path.name: path.stat().st_size for path in BOX.iterdir()}
    assert set(sizes) == {
        'model.ncnn.param',
        'model.ncnn.bin',
        'spec.json',
        'parity.npz',
        'record.json',
        'model_card.md',
    }
    del sizes['model_card.md']
    assert sum(sizes.values()) <= boxed_model.MAX_BYTES


@boxed
def test_it_is_whole_and_finds_the_joints_of_coco():
    spec = open_bundle(BOX)  # digests fit
    assert spec.num_keypoints == 17 and spec.keypoint_names[0] == 'nose'
    assert spec.license and spec.versions['ncnn']
    assert spec.params <= 1_000_000


@boxed
def test_its_weights_are_halves():
    arrays = list(weights_of(BOX))
    halves = [len(w) for _, w, tag in arrays if tag == HALF_TAG]
    assert sum(halves) > 0.8 * sum(len(w) for _, w, _ in arrays)


@boxed
def test_it_computes_here_what_it_computed_when_it_was_boxed():
    pytest.importorskip('ncnn')
    check_bundle(BOX, PosePipeline.from_bundle(BOX))


@boxed
def test_its_card_says_what_its_record_says():
    pytest.importorskip('mmpose')
    from mmpose_lightkpt.evaluation.marked_block import replace_block
    from mmpose_lightkpt.model_card import card_figures

    card = (BOX / boxed_model.CARD_FILE).read_text('utf-8')
    figures = card_figures(open_bundle(BOX), BOX)
    assert replace_block(card, 'figures', figures) == card


@boxed
@needs_photographs
def test_it_is_as_accurate_as_its_record_says():
    """On every eighth person; four standard errors of their mean apart."""
    pytest.importorskip('ncnn')
    pipeline = PosePipeline.from_bundle(BOX)
    sigmas = sigmas_of(pipeline.spec.keypoint_names)
    coco = json.loads(ANNOTATIONS.read_text())
    files = {image['id']: image['file_name'] for image in coco['images']}
    found = []
    for person in coco['annotations'][::8]:
        points = np.reshape(person['keypoints'], (-1, 3))
        if not points[:, 2].any():
            continue
        image = read_image(IMAGES / files[person['image_id']])
        x, y, w, h = person['bbox']
        pose, _ = pipeline(image, (x, y, x + w, y + h))
        found.append(
            oks(pose, points[:, :2], points[:, 2], person['area'], sigmas)
        )
    record = json.loads((BOX / boxed_model.RECORD_FILE).read_text())
    error = np.std(found) / len(found) ** 0.5
    said = record['evaluation']['metrics']['MeanOKS']
    assert abs(np.mean(found) - said) < 4 * error


def weights_of(folder):
    """Layer, array (N,) float32 and tag, of all that has a tag."""
    words, at = np.fromfile(folder / BIN_FILE, '<u4'), 0
    for layer in read_layers(folder / PARAM_FILE):
        for size in tagged_sizes(layer):
            tag, at = int(words[at]), at + 1
            length, kind = size, '<f4'
            if tag == HALF_TAG:
                length, kind = (size + 1) // 2, '<f2'
            array = words[at : at + length].view(kind)[:size]
            yield layer, array.astype(np.float32), tag
            at += length
        at += untagged(layer)
    assert at == len(words)  # every word is understood


def untagged(layer):
    """How many words of a layer follow without a tag: biases, slopes."""
    key = 5 if 'onvolution' in layer.type else 1  # whether there is a bias
    if 'onvolution' in layer.type or layer.type == 'InnerProduct':
        return int(layer.options[0]) * int(layer.options.get(key, 0))
    return int(layer.options[0]) if layer.type == 'PReLU' else 0


def likeness(one, other):
    """Mean cosine of the filters of two arrays (O, N).

    A filter's length says nothing: a batch normalisation may have changed it.
    """
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    alive = norms > 1e-12
    return float(np.mean((one * other).sum(1)[alive] / norms[alive]))


def google_filters():
    """Those of Lightning: (O, N) float32, layer by layer."""
    pytest.importorskip('ai_edge_litert')
    pytest.importorskip('mmpose')
    from mmpose_lightkpt.movenet_import.tflite_file import TFLiteFile

    found = TFLiteFile(LIGHTNING).convolutions()
    return [one.weight.reshape(len(one.weight), -1) for one in found]


@needs_lightning
def test_likeness_sees_what_was_scaled_rounded_and_trained_on():
    """Or the next test would prove nothing."""
    rng = np.random.default_rng(9)
    filters = google_filters()
    for one in filters:
        changed = one * rng.uniform(0.2, 5, (len(one), 1))
        changed += rng.normal(0, 0.1, one.shape) * changed.std(1)[:, None]
        assert likeness(one, changed) > 0.95
    pairs = [
        (one, other)
        for i, one in enumerate(filters)
        for other in filters[:i]
        if one.shape == other.shape
    ]
    assert pairs
    assert max(likeness(*pair) for pair in pairs) < 0.95


@boxed
@needs_lightning
def test_no_tensor_is_googles():
    theirs = google_filters()
    compared = 0
    for layer, array, _ in weights_of(BOX):
        mine = array.reshape(int(layer.options[0]), -1)
        for other in theirs:
            if other.shape == mine.shape:
                compared += 1
                assert likeness(mine, other) <= 0.95, layer.name
    assert compared
