import dataclasses
import json

import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline, decoders
from mmpose_lightkpt.deploy.parity import (
    ParityCase,
    check_bundle,
    measure_parity,
    parity_table,
)

# 20 crops of 13 joints: 260 joints, so 1 % is between 2 and 3 of them.
CROPS, JOINTS, HEIGHT, WIDTH = 20, 13, 7, 11
DECODER = dict(type='movenet', stride=[4.0, 4.0], distance_offset=1.8)


def network_outputs(seed=3):
    """Clear peaks: one cell of each map is far above the others."""
    rng = np.random.default_rng(seed)
    outputs = []
    for channels in (1, JOINTS, 2 * JOINTS, 2 * JOINTS):
        shape = (CROPS, channels, HEIGHT, WIDTH)
        outputs.append(rng.uniform(0, 0.05, shape).astype(np.float32))
    for maps in outputs[:2]:
        flat = maps.reshape(*maps.shape[:2], -1)
        best = rng.integers(0, flat.shape[-1], flat.shape[:2])
        np.put_along_axis(flat, best[..., None], 0.9, -1)
    return outputs


class Replay:
    """A runtime that gives prepared outputs, crop after crop."""

    def __init__(self, outputs, precision='fp32'):
        self.info = dict(runtime='replay', precision=precision)
        self.queue = list(zip(*outputs))

    def run(self, x):
        return list(self.queue.pop(0))


@pytest.fixture
def spec(tiny_spec):
    return tiny_spec(
        input_size=(WIDTH * 4, HEIGHT * 4),
        decoder=DECODER,
        keypoint_names=[f'joint{i}' for i in range(JOINTS)],
        flip_indices=list(range(JOINTS)),
        output_shapes=(),
    )


@pytest.fixture
def case():
    outputs = network_outputs()
    keypoints, scores = decoders.decode(DECODER, outputs)
    rng = np.random.default_rng(5)
    return ParityCase(
        crops=rng.integers(
            0, 256, (CROPS, HEIGHT * 4, WIDTH * 4, 3), dtype=np.uint8
        ),
        outputs=tuple(out[:3] for out in outputs),
        keypoints=keypoints,
        scores=scores,
        margins=decoders.decode_margins(DECODER, outputs),
        source='drawn by lot',
    )


def measure(spec, case, outputs, precision='fp32'):
    return measure_parity(PosePipeline(spec, Replay(outputs, precision)), case)


def test_equal_outputs_pass_with_zero_shift(spec, case):
    result = measure(spec, case, network_outputs())
    assert result.passed
    assert result.shift_max == result.shift_p99 == result.share_over == 0
    assert set(result.max_error.values()) == {0}
    assert result.num_judged == CROPS * JOINTS and result.num_close == 0


@pytest.mark.parametrize(
    'precision, shift, passed',
    [
        ('fp32', 0.04, True),
        ('fp32', 0.06, False),
        ('fp16', 0.45, True),
        ('fp16', 0.55, False),
        ('bf16', 0.45, True),
        ('bf16', 0.55, False),
        ('unheard-of', 0.55, False),
    ],
)
def test_the_bound_is_in_pixels_and_of_the_precision(
    spec, case, precision, shift, passed
):
    outputs = network_outputs()
    outputs[3] += np.float32(shift / 4 / np.sqrt(2))  # cells, in x and in y
    result = measure(spec, case, outputs, precision)
    np.testing.assert_allclose(result.shift_p99, shift, rtol=1e-3)
    assert result.passed == passed
    assert result.share_over == (0 if passed else 1)


def test_the_error_of_each_output_is_told_apart(spec, case):
    outputs = network_outputs()
    for i, out in enumerate(outputs):
        out[1, 0, 2, 3] -= 0.001 * (i + 1)
    result = measure(spec, case, outputs)
    np.testing.assert_allclose(
        [result.max_error[name] for name in spec.outputs],
        [0.001, 0.002, 0.003, 0.004],
        rtol=1e-3,
    )


@pytest.mark.parametrize('moved, passed', [(2, True), (4, False)])
def test_one_joint_in_a_hundred_may_stray(spec, case, moved, passed):
    case.keypoints.reshape(-1, 2)[:moved] += 9
    result = measure(spec, case, network_outputs())
    assert result.passed == passed
    assert result.share_over == moved / (CROPS * JOINTS)
    np.testing.assert_allclose(result.shift_max, 9 * np.sqrt(2), rtol=1e-5)


def test_joints_with_close_scores_are_counted_apart(spec, case):
    outputs = network_outputs()
    outputs[1][0, 0, 0, 0] += 5e-4  # the error of the scores
    close = np.zeros((CROPS, JOINTS), bool)
    close[4:, 1::2] = True
    case.margins[close] = 4e-4
    case.keypoints[close] += 30  # as if the argmax had swapped
    result = measure(spec, case, outputs)
    assert result.passed and result.shift_max == 0
    assert result.num_close == result.close_over == close.sum()
    assert result.num_judged == (~close).sum()


def test_a_wrong_network_cannot_excuse_itself_by_its_errors(spec, case):
    result = measure(spec, case, network_outputs(seed=4))
    assert result.max_error['heatmap'] > 0.5
    assert result.num_judged > 0 and not result.passed


def test_with_nothing_to_judge_the_scores_decide(spec, case):
    case.margins[:] = 0
    good, bad = network_outputs(), network_outputs()
    good[1][0, 0, 0, 0] += 5e-4
    bad[1][0, 0, 0, 0] += 5e-3
    assert measure(spec, case, good).num_judged == 0
    assert measure(spec, case, good).passed
    assert not measure(spec, case, bad).passed


def test_nan_never_passes(spec, case):
    outputs = network_outputs()
    outputs[3][:] = np.nan
    assert not measure(spec, case, outputs).passed


def test_the_first_crops_of_a_case_are_a_case(spec, case):
    few = case.first(3)
    assert len(few.crops) == len(few.keypoints) == len(few.margins) == 3
    result = measure(spec, few, network_outputs())
    assert result.passed and result.num_crops == 3
    assert case.first(1000).crops.shape == case.crops.shape
    with pytest.raises(ValueError, match='got 0'):
        case.first(0)


def test_a_case_is_read_back_equal_and_alone(tmp_path, case):
    case.save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['parity.npz']
    again = ParityCase.load(tmp_path)
    assert again.source == case.source and len(again.outputs) == 4
    for field in ('crops', 'keypoints', 'scores', 'margins'):
        np.testing.assert_array_equal(
            getattr(again, field), getattr(case, field)
        )
    for ours, theirs in zip(again.outputs, case.outputs):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_case_gives_the_same_file(tmp_path, case):
    first = case.save(tmp_path).read_bytes()
    assert case.save(tmp_path).read_bytes() == first


def test_a_missing_case_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='parity.npz'):
        ParityCase.load(tmp_path)


@pytest.mark.parametrize('keep', [0, 10, 5000])
def test_a_truncated_case_is_named(tmp_path, case, keep):
    path = case.save(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match='parity.npz'):
        ParityCase.load(tmp_path)


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / 'parity.npz', crops=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match='parity.npz.*allow_pickle'):
        ParityCase.load(tmp_path)


@pytest.mark.parametrize(
    'change',
    [
        dict(input_size=(WIDTH * 4, HEIGHT * 4 + 4)),
        dict(keypoint_names=['nose'], flip_indices=[0]),
    ],
)
def test_the_case_of_another_model_is_refused(spec, case, change):
    other = dataclasses.replace(spec, **change)
    with pytest.raises(ValueError, match='does not fit the spec'):
        measure(other, case, network_outputs())


def test_a_bundle_that_fails_is_refused_with_the_figures(tmp_path, spec, case):
    case.save(tmp_path)
    good = PosePipeline(spec, Replay(network_outputs()))
    assert json.loads(json.dumps(check_bundle(tmp_path, good)))['passed']
    bad = PosePipeline(spec, Replay(network_outputs(seed=4)))
    with pytest.raises(ValueError, match=r'tiny in fp32 FAILS .* px'):
        check_bundle(tmp_path, bad)


def test_the_table_has_a_row_per_result(spec, case):
    results = [
        measure(spec, case, network_outputs(), precision)
        for precision in ('fp32', 'bf16')
    ]
    header, rule, *rows = parity_table(results).splitlines()
    assert len(rows) == 2 and 'max err heatmap' in header
    assert {line.count('|') for line in (header, rule, *rows)} == {12}
    assert rows[0].startswith('| fp32') and rows[0].endswith('pass |')


def test_int8_is_measured_over_all_joints_and_never_refused(
    tmp_path, spec, case
):
    outputs = network_outputs()
    outputs[1][0, 0, 0, 0] += 0.01
    case.margins[:] = 4e-4  # near ties, which excuse the other precisions
    case.keypoints[:5] += 3
    case.save(tmp_path)
    assert measure(spec, case, outputs, 'bf16').num_judged == 0
    pipeline = PosePipeline(spec, Replay(outputs, 'int8'))
    found = check_bundle(tmp_path, pipeline)
    assert found['num_judged'] == CROPS * JOINTS and found['num_close'] == 0
    assert found['share_over'] == 5 / CROPS and found['passed'] is False
