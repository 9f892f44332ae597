"""The codec contract passes a right codec and finds each kind of wrong one.

The right codec keeps every joint as a cell and a remainder; it does nothing
useful, but a mutant of it breaks exactly one promise.
"""

import numpy as np
import pytest

from mmpose_lightkpt.testing.codec_contract import CODEC_CHECKS, CodecCase

NAMES = [check.__name__ for check in CODEC_CHECKS]
STEP = 4


class Right:
    """Cells of four pixels, and the remainders within them."""

    input_size = (188, 124)

    def encode(self, keypoints, keypoints_visible):
        labelled = keypoints_visible > 0
        if np.isnan(keypoints[labelled]).any():
            raise ValueError('NaN')
        with np.errstate(invalid='ignore'):
            inside = (
                (keypoints >= -0.5)
                & (keypoints < np.array(self.input_size) - 0.5)
            ).all(-1)
        weights = (labelled & inside).astype(np.float32)
        points = np.where(weights[..., None] > 0, keypoints, 0)
        cells = np.rint(points / STEP)
        return dict(
            cells=cells, rest=points - STEP * cells, keypoint_weights=weights
        )

    def decode(self, encoded):
        return STEP * encoded['cells'] + encoded['rest']


class HalfCellOff(Right):
    def decode(self, encoded):
        return super().decode(encoded) + STEP / 2


class Rounds(Right):
    def decode(self, encoded):
        return STEP * encoded['cells']


class SwapsAxes(Right):
    def decode(self, encoded):
        return super().decode(encoded)[..., ::-1]


class FixesAJoint(Right):
    def decode(self, encoded):
        answer = super().decode(encoded)
        answer[:, 4] = answer[:, 4] * 0.999 + 0.01
        return answer


class MixesPeople(Right):
    def decode(self, encoded):
        answer = super().decode(encoded)
        answer[:, 0] = answer[0, 0]
        return answer


class LabelsTheHidden(Right):
    def encode(self, keypoints, keypoints_visible):
        return dict(
            super().encode(keypoints, keypoints_visible),
            keypoint_weights=np.ones(keypoints.shape[:2]),
        )


class DropsTheBorder(Right):
    def encode(self, keypoints, keypoints_visible):
        inside = (keypoints > 0).all(-1)
        return super().encode(keypoints, keypoints_visible * inside)


class LeaksTheHidden(Right):
    def encode(self, keypoints, keypoints_visible):
        encoded = super().encode(keypoints, keypoints_visible)
        return dict(encoded, mean=keypoints.mean((0, 1)))


class TakesNan(Right):
    def encode(self, keypoints, keypoints_visible):
        return super().encode(np.nan_to_num(keypoints), keypoints_visible)


class WritesToItsInput(Right):
    def encode(self, keypoints, keypoints_visible):
        encoded = super().encode(keypoints, keypoints_visible)
        keypoints *= encoded['keypoint_weights'][..., None]
        return encoded


class Square(Right):
    input_size = (124, 124)


def failures(codec, bound=0.0, flip=None):
    """Names of the checks that a codec does not pass."""
    case = CodecCase(
        codec, codec.decode, bound, (STEP, STEP), flip_encoded=flip
    )
    failed = set()
    for check in CODEC_CHECKS:
        try:
            check(case)
        except (AssertionError, ValueError):
            failed.add(check.__name__)
    return failed


def mirror(encoded, last=187):
    """Flip cells and remainders by w - 1 - x."""
    x = last - (STEP * encoded['cells'] + encoded['rest'])[..., 0]
    cells, rest = encoded['cells'].copy(), encoded['rest'].copy()
    cells[..., 0] = np.rint(x / STEP)
    rest[..., 0] = x - STEP * cells[..., 0]
    return dict(encoded, cells=cells, rest=rest)


def test_a_right_codec_passes():
    assert failures(Right(), flip=mirror) == set()


@pytest.mark.parametrize(
    'codec, caught_by',
    [
        (HalfCellOff(), 'check_round_trip_stays_under_the_bound'),
        (Rounds(), 'check_round_trip_stays_under_the_bound'),
        (SwapsAxes(), 'check_round_trip_stays_under_the_bound'),
        (FixesAJoint(), 'check_joints_permute'),
        (MixesPeople(), 'check_instances_permute'),
        (LabelsTheHidden(), 'check_weights_say_which_joints_count'),
        (LabelsTheHidden(), 'check_out_of_frame_has_weight_zero'),
        (LabelsTheHidden(), 'check_nobody_in_the_frame_is_no_error'),
        (DropsTheBorder(), 'check_border_pixels_come_back'),
        (LeaksTheHidden(), 'check_hidden_joints_leave_no_trace'),
        (TakesNan(), 'check_nan_is_refused'),
        (WritesToItsInput(), 'check_inputs_are_not_modified'),
        (Square(), 'check_the_frame_is_not_square'),
    ],
)
def test_a_wrong_codec_is_caught(codec, caught_by):
    assert caught_by in failures(codec)


def test_a_bound_that_holds_is_accepted_and_a_smaller_one_is_not():
    # Rounding to a cell of 4 px errs by up to 2 px along each axis.
    check = 'check_round_trip_stays_under_the_bound'
    assert check not in failures(Rounds(), bound=2.0)
    assert check in failures(Rounds(), bound=1.0)


def test_mirrored_maps_must_follow_the_pixel_centers():
    off_by_one = 'check_flip_agrees_with_flipping_the_keypoint'
    assert off_by_one in failures(Right(), flip=lambda e: mirror(e, 188))


def test_every_check_is_listed_once():
    assert len(set(NAMES)) == len(NAMES)
