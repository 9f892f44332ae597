"""What is wrong with a bundle costs one line and the exit code, no more.

Each goes through the whole command, as a user would meet it.
"""

import json

import numpy as np
import pytest
from test_benchmark_command import FAST, add_parity, rows, run

from mmpose_lightkpt.deploy import ModelSpec
from mmpose_lightkpt.deploy.results import load_record

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

CONV = """7767517
3 6
Input       in0   0 1 in0
Convolution conv  1 1 in0 a 0=6 1=4 3=4 4=0 5=1 6=288
Slice       parts 1 4 a out0 out1 out2 out3 -23300=4,1,1,2,2 1=0
"""


@pytest.fixture
def weights():
    rng = np.random.default_rng(5)
    return rng.normal(size=288 + 6).astype('<f4')


@pytest.fixture
def conv(tmp_path, tiny_spec, weights):
    """A bundle with weights and without digests, as if made by hand."""
    folder = tmp_path / 'conv'
    folder.mkdir()
    (folder / 'model.ncnn.param').write_text(CONV)
    write_bin(folder, weights)
    tiny_spec(name='conv').save(folder)
    add_parity(folder)
    return folder


def write_bin(folder, weights):
    (folder / 'model.ncnn.bin').write_bytes(bytes(4) + weights.tobytes())


def change_spec(folder, **changes):
    path = folder / 'spec.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def refused(folder, capfd):
    """The one line on a bundle that cannot be timed."""
    assert run(folder, *FAST) == 1
    text = capfd.readouterr()
    assert 'Traceback' not in text.err and not rows(text.out)
    lines = text.err.splitlines()
    (line,) = [line for line in lines if line.startswith('not timed: ')]
    return line


def test_the_bundle_is_good_before_it_is_spoilt(conv, capfd):
    assert run(conv, *FAST) == 0


@pytest.mark.parametrize(
    'text, reason',
    [
        (CONV[:60], 'truncated'),
        (CONV[: CONV.index('Slice')], 'truncated'),
        ('graph(%x : Float(1, 3, 28, 52))', 'not an ncnn param file'),
        (CONV.replace('Slice ', 'aten::split '), 'line 5: aten::split'),
    ],
)
def test_a_truncated_or_foreign_param(conv, capfd, text, reason):
    (conv / 'model.ncnn.param').write_text(text)
    line = refused(conv, capfd)
    assert 'model.ncnn.param' in line and reason in line


def test_a_bin_that_is_too_short(conv, capfd, weights):
    write_bin(conv, weights[:100])
    line = refused(conv, capfd)
    assert 'model.ncnn.bin' in line and 'not the weights of' in line


def test_a_bin_of_another_network_that_is_long_enough(conv, capfd, weights):
    write_bin(conv, np.r_[weights, weights][::-1])
    line = refused(conv, capfd)
    assert 'FAILS parity' in line


def test_a_spec_of_a_newer_version(conv, capfd):
    change_spec(conv, version=2, more='of the future')
    line = refused(conv, capfd)
    assert 'version 2 cannot be read' in line and 'update' in line


def test_an_ncnn_that_is_older_than_the_pnnx(conv, capfd):
    change_spec(conv, versions=dict(pnnx='20991231'))
    line = refused(conv, capfd)
    assert 'older than the pnnx 20991231' in line and 'pip install' in line


@pytest.mark.parametrize(
    'changes',
    [
        dict(input_size=[56, 28]),
        dict(output_shapes=[[1, 7, 13], [1, 7, 13], [2, 7, 13], [4, 7, 13]]),
    ],
)
def test_a_graph_of_another_size_or_other_channels(conv, capfd, changes):
    change_spec(conv, **changes)
    line = refused(conv, capfd)
    assert 'expected' in line or 'the spec says' in line


def test_nan_among_the_outputs(conv, capfd, weights):
    weights[0] = np.nan
    write_bin(conv, weights)
    line = refused(conv, capfd)
    assert 'NaN' in line and "'center'" in line


def test_everything_wrong_at_once_still_writes_the_record(
    conv, tmp_path, capfd
):
    (conv / 'model.ncnn.bin').unlink()
    out = tmp_path / 'record.json'
    assert run(conv, tmp_path / 'nowhere', *FAST, '--out', out) == 1
    record = load_record(out)
    assert not record['rows'] and len(record['failures']) == 2
    assert ModelSpec.load(conv).name == 'conv'
    assert len(capfd.readouterr().err.splitlines()) == 3
