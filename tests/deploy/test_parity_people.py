"""Parity of several people, on outputs that are made up."""

import dataclasses

import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline, decoders
from mmpose_lightkpt.deploy.parity import measure_parity
from mmpose_lightkpt.deploy.parity_case import ParityCase
from mmpose_lightkpt.functional.movenet_boxes import box_targets
from mmpose_lightkpt.functional.movenet_targets import movenet_targets

CROPS, K, H, W = 7, 5, 19, 29
DECODER = dict(type='movenet_multi', stride=[4.0, 4.0], max_people=3)
MAPS = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
MAPS += ('box_offsets', 'box_sizes')


class Replay:
    """A runtime that gives prepared outputs, crop after crop."""

    def __init__(self, outputs, precision='fp32'):
        self.info = dict(runtime='replay', precision=precision)
        self.queue = list(zip(*outputs))

    def run(self, x):
        return list(self.queue.pop(0))


def network_outputs():
    """One person left and one right, and nobody in the last crop."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(CROPS):
        points = rng.uniform((2, 4), (11, 15), (2, K, 2))
        points[1, :, 0] += 14
        visible = np.ones((2, K), bool)
        targets = movenet_targets(points, visible, None, (W, H))
        targets.update(box_targets(points, visible, None, (W, H)))
        drawn.append([targets[name] for name in MAPS])
    outputs = [np.stack(maps) for maps in zip(*drawn)]
    outputs[0][:, :, :, :15] *= 0.9375  # the right one is first
    outputs[0][-1] = 0
    return outputs


@pytest.fixture
def spec(tiny_spec):
    decoder = decoders.get_decoder(DECODER)[0]
    return tiny_spec(
        input_size=(W * 4, H * 4),
        decoder=DECODER,
        outputs=decoder.outputs,
        keypoint_names=[f'joint{i}' for i in range(K)],
        flip_indices=list(range(K)),
        output_shapes=(),
    )


@pytest.fixture
def case():
    outputs = network_outputs()
    keypoints, scores = decoders.decode_people(DECODER, outputs)
    margins = decoders.decode_margins(DECODER, outputs)
    return ParityCase(
        crops=np.zeros((CROPS, H * 4, W * 4, 3), np.uint8),
        outputs=tuple(out[:3] for out in outputs),
        keypoints=keypoints.reshape(CROPS, -1, 2),
        scores=scores.reshape(CROPS, -1),
        margins=margins.reshape(CROPS, -1),
        source='drawn',
    )


def measure(spec, case, outputs, precision='fp32'):
    return measure_parity(PosePipeline(spec, Replay(outputs, precision)), case)


def test_the_joints_of_all_that_are_there_are_judged(spec, case, tmp_path):
    case.save(tmp_path)
    result = measure(spec, ParityCase.load(tmp_path), network_outputs())
    assert result.passed and result.shift_max == 0
    assert result.num_judged == (CROPS - 1) * 2 * K
    assert result.num_close == 0


def test_another_order_of_people_is_no_shift(spec, case):
    outputs = network_outputs()
    outputs[0][:, :, :, 15:] *= 0.75  # now the left one is first
    changed = decoders.decode_people(DECODER, outputs)[0]
    assert np.abs(changed[0].ravel() - case.keypoints[0].ravel()).max() > 20
    result = measure(spec, case, outputs)
    assert result.shift_max == 0
    assert result.max_error['center'] > 0.2


@pytest.mark.parametrize('shift, passed', [(0.04, True), (0.06, False)])
def test_the_bound_is_on_each_persons_joints(spec, case, shift, passed):
    outputs = network_outputs()
    outputs[3][..., :15] += np.float32(shift / 4 / np.sqrt(2))  # the left one
    result = measure(spec, case, outputs)
    assert result.shift_max == pytest.approx(shift, rel=1e-2)
    assert result.passed == passed


def test_a_person_that_is_not_found_fails(spec, case):
    outputs = network_outputs()
    outputs[0][:, :, :, :15] = 0
    margins = np.full_like(case.margins, 1)  # as if all were clear
    result = measure(spec, dataclasses.replace(case, margins=margins), outputs)
    assert not result.passed and result.share_over == 0.5
    outputs[0][:] = 0
    result = measure(spec, dataclasses.replace(case, margins=margins), outputs)
    assert result.share_over == 1 and np.isfinite(result.shift_p99)


def test_a_record_of_another_count_of_slots_is_refused(spec, case):
    other = dataclasses.replace(spec, decoder=dict(DECODER, max_people=2))
    with pytest.raises(ValueError, match='does not fit the spec'):
        measure(other, case, network_outputs())


def test_a_pipeline_gives_who_is_there_in_pixels_of_the_image(spec):
    outputs = network_outputs()
    whole = dataclasses.replace(spec, padding=1.0)
    pipeline = PosePipeline(whole, Replay(outputs))
    image = np.zeros((H * 4 * 2, W * 4 * 2, 3), np.uint8)
    everybody = [pipeline.people(image) for _ in range(CROPS)]
    assert [len(found) for found in everybody] == [2] * (CROPS - 1) + [0]
    want, values = decoders.decode_people(DECODER, outputs)
    for i, found in enumerate(everybody):
        for (points, scores), own, value in zip(found, want[i], values[i]):
            np.testing.assert_allclose(points, own * 2, atol=1e-3)
            np.testing.assert_array_equal(scores, value)
