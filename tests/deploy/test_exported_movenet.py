"""One MoveNet, from its config to the table."""

import importlib.util
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy import ModelSpec
from mmpose_lightkpt.deploy.complexity import (
    blob_shapes,
    count_graph,
    read_layers,
)
from mmpose_lightkpt.deploy.results import load_record

for module in ('mmpose', 'pnnx', 'ncnn'):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f'needs {module}', allow_module_level=True)

pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs' / 'body_2d_keypoint' / 'movenet' / 'coco'
# pnnx counts one operation for a bias, these for a fused activation (none,
# ReLU, sigmoid), and 11 for a pixel of bilinear interpolation.
ACTIVATION = {0: 0, 1: 1, 4: 6}
INTERPOLATION = 11


@pytest.fixture(scope='module')
def result(tmp_path_factory):
    """Output, record and bundle of timing one config and one that is not."""
    (config,) = CONFIGS.glob('movenet_shufflenetv2-0.75_*-192x192.py')
    work = tmp_path_factory.mktemp('work')
    (work / 'broken.py').write_text('model = dict(type="NoSuchModel")\n')
    words = [config, work / 'broken.py', '--work-dir', work / 'bundles']
    words += ['--out', work / 'record.json', '--threads', '1', '--loops', '2']
    words += ['--repeats', '1', '--warmup', '1', '--seconds', '0']
    done = subprocess.run(
        [sys.executable, ROOT / 'tools' / 'benchmark_ncnn.py']
        + [str(word) for word in words],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, work / 'record.json', work / 'bundles' / config.stem


def _cells(line):
    return [cell.strip() for cell in line.split('|')[1:-1]]


def test_the_tables_have_one_row_each_with_every_number(result):
    done = result[0]
    assert done.returncode == 1, done.stderr  # because of the other config
    lines = [x for x in done.stdout.splitlines() if x.startswith('|')]
    assert len(lines) == 6
    cells = _cells(lines[2])
    assert cells[0].startswith('movenet_shufflenetv2-0.75')
    assert cells[1:4] == ['192x192', 'fp32', '1']
    assert all(re.fullmatch(r'[\d.]+ M', cell) for cell in cells[4:6])
    assert re.fullmatch(r'[\d.]+ MB', cells[6])
    assert len(cells) == 11
    assert all(re.fullmatch(r'[\d.]+ / [\d.]+', cell) for cell in cells[7:])
    start = dict(zip(_cells(lines[3]), _cells(lines[5])))
    assert start['model'] == cells[0]
    assert re.fullmatch(r'[\d.]+ ms', start['load'])
    assert re.fullmatch(r'[\d.]+ ms', start['first'])
    assert re.fullmatch(r'[\d.]+ MB', start['memory'])


def test_what_cannot_be_exported_costs_one_line(result):
    done, record, _ = result
    lines = [x for x in done.stderr.splitlines() if x.startswith('not timed')]
    assert len(lines) == 1
    assert 'broken' in lines[0] and 'NoSuchModel' in lines[0]
    assert 'Traceback' not in done.stderr
    (failure,) = load_record(record)['failures']
    assert failure['model'] == 'broken'


def test_the_row_has_passed_parity_in_pixels(result):
    (row,) = load_record(result[1])['rows']
    assert row['parity']['passed']
    assert row['parity']['shift_p99'] <= row['parity']['bound'] == 0.05


def test_pnnx_counts_the_same_macs_once_its_extras_are_taken_off(result):
    bundle = result[2]
    spec = ModelSpec.load(bundle)
    param = bundle / 'model.ncnn.param'
    layers = read_layers(param)
    shapes = blob_shapes(param, layers, spec.input_size)
    extras = 0
    for layer in layers:
        size = math.prod(shapes[layer.tops[0]])
        option = {key: int(float(layer.options.get(key, 0))) for key in (5, 9)}
        if layer.type.startswith('Convolution'):
            extras += size * (option[5] + ACTIVATION[option[9]])
        extras += size * (layer.type == 'BinaryOp')
        extras += size * INTERPOLATION * (layer.type == 'Interp')
    flops = 2 * count_graph(param, spec.input_size).macs + extras
    assert flops == pytest.approx(2 * spec.macs, rel=1e-5)


def test_the_counted_parameters_are_the_floats_in_the_file(result):
    # Each convolution's weights have a tag of four bytes before them.
    bundle = result[2]
    spec = ModelSpec.load(bundle)
    param = bundle / 'model.ncnn.param'
    tags = sum(x.type.startswith('Convolution') for x in read_layers(param))
    size = (bundle / 'model.ncnn.bin').stat().st_size
    assert count_graph(param, spec.input_size).params == size / 4 - tags
