"""Keypoints on emulated ARM cores are torch's, in every precision."""

import pytest

from mmpose_lightkpt.deploy import PRECISIONS
from mmpose_lightkpt.deploy.parity import LOSSY, parity_table
from mmpose_lightkpt.deploy.parity_case import ParityCase

pytestmark = pytest.mark.arm

CROPS = 2  # fp16 takes seconds for each
CELL = 4  # px of the heatmaps here
# A Pi 3, a Pi 4, a Pi 5, and a Pi 2 (armv7, 32 bits).
CORES = {
    'cortex-a53': 'aarch64',
    'cortex-a72': 'aarch64',
    'cortex-a76': 'aarch64',
    'cortex-a7': 'armv7l',
}


@pytest.fixture(scope='module', params=CORES)
def results(request, emulated, bundles):
    """(method, precision) -> its result on one core."""
    core = request.param
    python = emulated(CORES[core], core)
    found = {}
    for method, bundle in bundles.items():
        measured = python.measure_parity([bundle], PRECISIONS, CROPS)
        print(f'\n{method} on an emulated {core}\n{parity_table(measured)}')
        for precision, result in zip(PRECISIONS, measured):
            found[method, precision] = result
    return core, found


def test_every_precision_passes_parity_in_px(results):
    """But bf16, which ARM cuts off where AVX-512 rounds: not by a cell."""
    _, found = results
    for (method, precision), result in found.items():
        assert result.precision == precision
        if precision in LOSSY:
            assert result.shift_p99 < CELL, (method, str(result))
        else:
            assert result.passed, (method, str(result))
        # A joint or two may lie between what counts as close and what the
        # rounding swaps; most have to be judged, and to be right.
        assert result.num_judged >= 5, (method, str(result))


def test_fp32_is_torchs_to_a_thousandth_of_a_px(results):
    _, found = results
    for (method, precision), result in found.items():
        if precision == 'fp32':
            assert result.shift_max <= 1e-3, (method, str(result))


def test_fp16_is_arithmetic_only_where_the_core_has_it(results):
    core, found = results
    for method in ('movenet', 'simcc', 'ipr'):
        errors = {
            precision: max(found[method, precision].max_error.values())
            for precision in ('fp32', 'fp16', 'fp16-storage')
        }
        if core == 'cortex-a76':
            assert errors['fp16'] > 10 * errors['fp32']
        else:
            assert errors['fp16'] == errors['fp16-storage']


def test_the_models_look_at_the_picture(bundles):
    for bundle in bundles.values():
        case = ParityCase.load(bundle)
        assert case.keypoints.std(0).mean() > 3, 'nothing to compare'
