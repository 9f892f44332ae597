"""A real bundle is put into a box that lies elsewhere."""

import json
import shutil

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY, config_path

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('pnnx')
pytest.importorskip('ncnn')
pytest.importorskip('cv2')
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose]

from mmpose_lightkpt.box_model import box_model, check_size  # noqa: E402
from mmpose_lightkpt.deploy import PosePipeline, open_bundle  # noqa: E402
from mmpose_lightkpt.deploy.boxed_model import (  # noqa: E402
    BOX,
    CARD_FILE,
    MAX_BYTES,
)
from mmpose_lightkpt.deploy.bundle import add_files  # noqa: E402
from mmpose_lightkpt.deploy.export import export_ncnn  # noqa: E402
from mmpose_lightkpt.deploy.parity import check_bundle  # noqa: E402
from mmpose_lightkpt.deploy.parity_case import ParityCase  # noqa: E402
from mmpose_lightkpt.deploy.runtimes.ncnn import (  # noqa: E402
    FP16_BIN_FILE,
)
from mmpose_lightkpt.evaluation.record import write_record  # noqa: E402

CONFIG = 'movenet_shufflenetv2-0.75_1xb8-6e_toy-128x128'
NOTHING = 'This copy of the package holds no model.'


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp('bundle')
    return export_ncnn(
        config_path(CONFIG), None, folder, num_crops=5, lively=True
    )


@pytest.fixture
def box(tmp_path):
    folder = tmp_path / 'box'
    folder.mkdir()
    block = '<!-- figures:begin -->\n{}\n<!-- figures:end -->\n'
    (folder / CARD_FILE).write_text('# Card\n' + block.format(NOTHING))
    return folder


def record(folder, config=CONFIG, pck=0.123456):
    path = folder / 'evaluation.json'
    write_record(
        path,
        command='python tools/test.py CONFIG CKPT',
        config=f'configs/{config}.py',
        data='trained on drawings; tested on others',
        metrics={'PixelPCK': pck, 'coco/AP': 0.25},
        baseline={'PixelPCK': 0.5},
    )
    return path


def test_the_box_is_a_bundle_of_the_halved_weights(bundle, box, tmp_path):
    files = box_model(bundle, record(tmp_path), box=box)
    assert sorted(box.iterdir()) == sorted(files)
    assert sum(f.stat().st_size for f in files) < MAX_BYTES
    assert open_bundle(box).name == open_bundle(bundle).name
    ours = PosePipeline.from_bundle(box)
    check_bundle(box, ours)
    halves = PosePipeline.from_bundle(bundle, precision='fp16-weights')
    image = np.random.default_rng(3).integers(0, 256, (97, 83, 3), np.uint8)
    for one, other in zip(ours(image), halves(image)):
        np.testing.assert_array_equal(one, other)


def test_no_crop_of_the_data_is_in_the_box(bundle, box, tmp_path):
    box_model(bundle, record(tmp_path), box=box)
    mine, theirs = ParityCase.load(box), ParityCase.load(bundle)
    assert 'drawn people' in mine.source
    for crop in mine.crops:
        assert crop.std() > 5  # something is drawn
        assert all((crop != other).mean() > 0.5 for other in theirs.crops)


def test_the_card_says_what_the_records_say(bundle, box, tmp_path):
    box_model(bundle, record(tmp_path), box=box)
    card = (box / CARD_FILE).read_text()
    assert card.startswith('# Card') and NOTHING not in card
    assert '| PixelPCK | 0.123 | 0.500 |' in card
    assert '| coco/AP | 0.250 | - |' in card
    assert f'`configs/{CONFIG}.py`' in card and 'tested on others' in card
    # A better model takes the place of the first.
    box_model(bundle, record(tmp_path, pck=0.75), box=box)
    card = (box / CARD_FILE).read_text()
    assert '| PixelPCK | 0.750 | 0.500 |' in card and '0.123' not in card
    held = json.loads((box / 'record.json').read_text())
    assert held['parity']['passed'] and held['benchmark'] is None


def moved(bundle, folder):
    """The bundle with weights in half precision that are not its own."""
    shutil.copytree(bundle, folder)
    words = np.fromfile(folder / FP16_BIN_FILE, '<u4')
    words[-40:] = np.float32(3).view('<u4')
    add_files(folder, {FP16_BIN_FILE: words.tobytes()})
    return folder


def test_weights_that_move_keypoints_are_refused(bundle, box, tmp_path):
    before = (box / CARD_FILE).read_text()
    with pytest.raises(ValueError, match='FAILS parity'):
        box_model(moved(bundle, tmp_path / 'b'), record(tmp_path), box=box)
    assert [p.name for p in box.iterdir()] == [CARD_FILE]
    assert (box / CARD_FILE).read_text() == before


def test_a_bundle_without_halves_is_refused(bundle, box, tmp_path):
    shutil.copytree(bundle, tmp_path / 'b')
    (tmp_path / 'b' / FP16_BIN_FILE).unlink()
    with pytest.raises(FileNotFoundError, match=FP16_BIN_FILE):
        box_model(tmp_path / 'b', record(tmp_path), box=box)


def test_a_record_of_another_model_is_refused(bundle, box, tmp_path):
    other = record(tmp_path, config='another')
    with pytest.raises(ValueError, match='judges another.py'):
        box_model(bundle, other, box=box)


def test_what_is_too_large_is_refused_with_its_sizes(tmp_path):
    (tmp_path / 'model').write_bytes(bytes(MAX_BYTES))
    check_size(tmp_path)
    (tmp_path / 'one').write_bytes(b'1')
    with pytest.raises(ValueError, match='model 2,000,000, one 1'):
        check_size(tmp_path)


def test_the_card_of_the_package_has_a_place_for_figures():
    card = (BOX / CARD_FILE).read_text('utf-8')
    begin, end = '<!-- figures:begin -->', '<!-- figures:end -->'
    assert card.count(begin) == card.count(end) == 1
