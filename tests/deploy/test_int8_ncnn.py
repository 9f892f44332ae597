"""int8 for ncnn: what surrounds the two tools, and them if they are there.

Nobody ships the tools. Scripts that copy stand in for them; the last tests run
the real ones, from the folder that LIGHTKPT_NCNN_TOOLS names.
"""

import json
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

from test_benchmark_command import add_parity  # noqa: E402

from mmpose_lightkpt.deploy import (  # noqa: E402
    ModelSpec,
    NcnnRuntime,
    PosePipeline,
    preprocess,
)
from mmpose_lightkpt.deploy.bundle import open_bundle, sha256  # noqa: E402
from mmpose_lightkpt.deploy.int8 import price, read_facts  # noqa: E402
from mmpose_lightkpt.deploy.int8_ncnn import (  # noqa: E402
    quantise_for_ncnn,
)
from mmpose_lightkpt.deploy.parity_case import ParityCase  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent / 'runtimes'))
from onnx_bundles import BIAS, SHAPE, WEIGHT, convolved  # noqa: E402

TABLE = """
import json, shutil, sys
shutil.copytree(sys.argv[3].rpartition('/')[0], SEEN)
json.dump(sys.argv[1:], open(SEEN + '/words.json', 'w'))
open(sys.argv[4], 'w').write('conv_0 1.0')
"""
INT8 = """
import shutil, sys
open(sys.argv[3], 'w').write(open(sys.argv[1]).read().replace(OLD, NEW))
shutil.copy(sys.argv[2], sys.argv[4])
"""


@pytest.fixture
def bundle(tiny_bundle):
    add_parity(tiny_bundle)
    return tiny_bundle


@pytest.fixture
def tools(tmp_path):
    """Writes stand-ins that copy the network; returns their folder."""

    def write(table=TABLE, int8=INT8, old='', new=''):
        folder = tmp_path / 'tools'
        folder.mkdir()
        seen = str(tmp_path / 'seen')
        head = f'#!{sys.executable}\nSEEN, OLD, NEW = {(seen, old, new)!r}\n'
        for name, text in (('ncnn2table', table), ('ncnn2int8', int8)):
            (folder / name).write_text(head + text)
            (folder / name).chmod(0o755)
        return folder

    return write


def seen_inputs(folder):
    lines = (folder / 'inputs.txt').read_text().split()
    return [np.load(folder / Path(line).name) for line in lines]


def test_calibration_sees_exactly_the_crops_of_the_parity_case(
    bundle, tools, tmp_path
):
    facts = quantise_for_ncnn(bundle, tools())
    spec, case = ModelSpec.load(bundle), ParityCase.load(bundle)
    inputs = seen_inputs(tmp_path / 'seen')
    assert len(inputs) == len(case.crops) == facts['crops']
    for x, crop in zip(inputs, case.crops):
        np.testing.assert_array_equal(x, preprocess.to_input(crop, spec))
        assert x.dtype == np.float32 and x.flags.c_contiguous
    words = json.loads((tmp_path / 'seen' / 'words.json').read_text())
    assert words[0] == str(bundle / 'model.ncnn.param')
    assert {'shape=[52,28,3]', 'type=1'} <= set(words)
    assert facts['judged_by_them'] is True


def test_or_exactly_the_images_of_a_folder(
    bundle, tools, tmp_path, photograph
):
    cv2 = pytest.importorskip('cv2')
    folder = tmp_path / 'photos'
    folder.mkdir()
    for i in range(4):
        cv2.imwrite(str(folder / f'{i}.png'), np.roll(photograph, 7 * i, 0))
    facts = quantise_for_ncnn(bundle, tools(), folder, 2)
    spec = ModelSpec.load(bundle)
    inputs = seen_inputs(tmp_path / 'seen')
    for x, i in zip(inputs, (0, 3)):
        image = np.roll(photograph, 7 * i, 0)
        np.testing.assert_array_equal(x, preprocess.preprocess(image, spec)[0])
    assert len(inputs) == facts['crops'] == 2
    assert facts['judged_by_them'] is False


def test_the_bundle_stays_whole_and_runs(bundle, tools):
    facts = quantise_for_ncnn(bundle, tools())
    spec = open_bundle(bundle)
    names = [f'model.int8.ncnn.{kind}' for kind in ('param', 'bin', 'json')]
    assert set(names) <= set(spec.sha256)
    assert read_facts(bundle, spec, 'ncnn') == facts
    assert read_facts(bundle, spec) == {}  # that is ONNX Runtime's
    runtime = PosePipeline.from_bundle(bundle, 1, 'int8').runtime
    assert runtime.info['precision'] == 'int8'
    told = price(bundle, facts, 'ncnn')
    assert '| int8 |' in told and 'others may move further' in told


def test_what_a_tool_drops_is_put_back_and_said(bundle, tools):
    facts = quantise_for_ncnn(bundle, tools(old=' 1=4 2=4', new=' 2=4'))
    assert facts['put_back'] == ['Pooling 1']
    param = (bundle / 'model.int8.ncnn.param').read_text()
    assert 'Pooling pool 1 1 in0 p 0=0 2=4 1=4' in param
    assert 'Parameters put back: Pooling 1' in price(bundle, facts, 'ncnn')


FAILING = dict(
    exit=('import sys; sys.exit("no memory")', 'failed .code 1.: no memory'),
    nothing=('pass', 'failed .code 0.: no message'),
    illegal=(
        'import os, signal; os.kill(os.getpid(), signal.SIGILL)',
        'another processor; docs/how_to/time_other_engines.md',
    ),
)


@pytest.mark.parametrize('which', ['ncnn2table', 'ncnn2int8'])
@pytest.mark.parametrize('how', FAILING)
def test_a_tool_that_fails_is_named_and_changes_nothing(
    bundle, tools, which, how
):
    text, reason = FAILING[how]
    before = sorted(bundle.iterdir()), sha256(bundle / 'spec.json')
    folder = tools(**{which[5:]: text})
    with pytest.raises(ValueError, match=f'^{which} .*{reason}'):
        quantise_for_ncnn(bundle, folder)
    assert (sorted(bundle.iterdir()), sha256(bundle / 'spec.json')) == before


def test_a_missing_tool_is_named_with_the_page_that_helps(bundle, tools):
    folder = tools()
    (folder / 'ncnn2int8').unlink()
    with pytest.raises(FileNotFoundError, match='no ncnn2int8 .*docs/how_to'):
        quantise_for_ncnn(bundle, folder)


def test_another_layer_is_refused(bundle, tools):
    before = sorted(bundle.iterdir())
    with pytest.raises(ValueError, match='Pooling pool has 2=2'):
        quantise_for_ncnn(bundle, tools(old=' 2=4', new=' 2=2'))
    assert sorted(bundle.iterdir()) == before


def test_outputs_that_are_not_like_torchs_are_refused(bundle, tools):
    case = ParityCase.load(bundle)
    outputs = [out[::-1] for out in case.outputs]  # of other crops
    ParityCase(
        case.crops,
        (*case.outputs[:1], *outputs[1:]),
        case.keypoints,
        case.scores,
        case.margins,
        'noise',
    ).save(bundle)
    with pytest.raises(ValueError, match="another network: output 'heatmap'"):
        quantise_for_ncnn(bundle, tools())


@pytest.fixture
def convolution(tmp_path, tiny_spec):
    """A bundle of one convolution, which int8 really changes."""
    folder = tmp_path / 'convolution'
    folder.mkdir()
    (folder / 'model.ncnn.param').write_text(
        '7767517\n4 5\nInput in0 0 1 in0\n'
        'Convolution conv_0 1 1 in0 a 0=5 1=3 11=3 4=1 14=1 5=1 6=135\n'
        'Split copy 1 2 a out0 b\nUnaryOp neg_0 1 1 b out1 0=1\n'
    )
    (folder / 'model.ncnn.bin').write_bytes(
        struct.pack('<I', 0) + WEIGHT.tobytes() + BIAS.tobytes()
    )
    spec = tiny_spec(
        outputs=['maps', 'negative'],
        output_shapes=[SHAPE, SHAPE],
        decoder=dict(type='graph', num_keypoints=1, input_size=[52, 28]),
    )
    spec.save(folder)
    crops = np.random.default_rng(5).integers(
        0, 256, (8, 28, 52, 3), dtype=np.uint8
    )
    maps = [convolved(preprocess.to_input(crop, spec)) for crop in crops]
    ParityCase(
        crops=crops,
        outputs=(np.stack(maps), -np.stack(maps)),
        keypoints=np.zeros((8, 1, 2)),
        scores=np.zeros((8, 1)),
        margins=np.ones((8, 1)),
        source='noise',
    ).save(folder)
    return folder


def test_the_hand_written_network_is_the_convolution(convolution):
    spec, case = ModelSpec.load(convolution), ParityCase.load(convolution)
    x = preprocess.to_input(case.crops[0], spec)
    maps, _ = NcnnRuntime(convolution, spec).run(x)
    np.testing.assert_allclose(maps, case.outputs[0][0], atol=1e-4)


@pytest.mark.skipif(
    not os.environ.get('LIGHTKPT_NCNN_TOOLS'),
    reason='LIGHTKPT_NCNN_TOOLS is not set',
)
def test_the_real_tools_compute_the_convolution_to_a_step_of_the_grid(
    convolution,
):
    quantise_for_ncnn(convolution, os.environ['LIGHTKPT_NCNN_TOOLS'])
    spec, case = open_bundle(convolution), ParityCase.load(convolution)
    runtime = NcnnRuntime(convolution, spec, 1, 'int8')
    maps, negative = runtime.run(preprocess.to_input(case.crops[0], spec))
    step = np.ptp(case.outputs[0][0]) / 255
    error = np.abs(maps - case.outputs[0][0]).max()
    # Not float in disguise, and not far off: input and weights are rounded.
    assert step / 100 < error < 8 * step
    np.testing.assert_array_equal(negative, -maps)
    sizes = [
        (convolution / name).stat().st_size
        for name in ('model.ncnn.bin', 'model.int8.ncnn.bin')
    ]
    assert sizes[1] < sizes[0]
