"""What every codec here promises, as functions to call from pytest.

A plug-in runs the same checks on its own codec::

    CASE = CodecCase(MyCodec(input_size=(188, 124)), decode=my_decode,
                     bound=0.25, step=(4., 4.))

    @pytest.mark.parametrize('check', CODEC_CHECKS, ids=lambda f: f.__name__)
    def test_my_codec_keeps_the_contract(check):
        check(CASE)

Shapes: N persons, K joints; points are (x, y) in input pixels, on integer
pixel centres, so the frame ends at w - 0.5.
"""

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

__all__ = ['CODEC_CHECKS', 'CodecCase']

EXACT = 1e-3  # px; what float32 leaves of an equality at some hundred pixels


@dataclass(frozen=True)
class CodecCase:
    """A codec and what is said about it.

    Attributes:
        codec: the codec; ``codec.input_size`` is (w, h), w != h.
        decode: from what ``codec.encode`` returned to keypoints (M, K, 2) in
            input pixels, M being N, or 1 where the codec finds one person.
        bound: largest error in px of encoding and decoding a real-valued
            point, from the codec's formula.
        step: cell size (sx, sy) in px.
        joints: K, a prime that no map size shares.
        flip_encoded: mirrors what ``encode`` returned by the rule of the
            codec's grid, when its representation can be mirrored.
    """

    codec: object
    decode: Callable[[dict], np.ndarray]
    bound: float
    step: Tuple[float, float]
    joints: int = 5
    flip_encoded: Optional[Callable[[dict], dict]] = None

    def people(self, num: int = 1, seed: int = 0) -> np.ndarray:
        """Real-valued joints (num, K, 2), each person in its own strip.

        A strip is a part of the frame's width, so that persons stay apart,
        and two cells of border stay free.
        """
        rng = np.random.default_rng(seed)
        size = np.array(self.codec.input_size, dtype=np.float64)
        strip = size / [num, 1]
        low = 2.5 * np.array(self.step)
        points = rng.uniform(low, strip - low, (num, self.joints, 2))
        points[..., 0] += strip[0] * np.arange(num)[:, None]
        return points

    def encode(
        self, keypoints: np.ndarray, visible: Optional[np.ndarray] = None
    ) -> dict:
        """Encode with all joints labelled unless said otherwise."""
        if visible is None:
            visible = np.ones(keypoints.shape[:2], dtype=np.float32)
        return self.codec.encode(keypoints, visible)

    def there_and_back(self, keypoints: np.ndarray) -> np.ndarray:
        """Encode and decode."""
        return np.asarray(self.decode(self.encode(keypoints)))

    def mirrored(self, keypoints: np.ndarray) -> np.ndarray:
        """Flip points by the convention x -> w - 1 - x."""
        return np.array([self.codec.input_size[0] - 1.0, 0.0]) + keypoints * [
            -1,
            1,
        ]


def arrays(encoded: dict) -> dict:
    """The arrays among what ``encode`` returned."""
    return {k: v for k, v in encoded.items() if isinstance(v, np.ndarray)}


def check_round_trip_stays_under_the_bound(case: CodecCase) -> None:
    """Forty real-valued poses come back within the stated bound."""
    for seed in range(40):
        points = case.people(seed=seed)
        assert_allclose(
            case.there_and_back(points),
            points,
            rtol=0,
            atol=case.bound + EXACT,
        )


def check_the_frame_is_not_square(case: CodecCase) -> None:
    """The case itself could not show a swap of width and height else."""
    width, height = case.codec.input_size
    assert width != height, 'give the case an input_size with w != h'


def check_border_pixels_come_back(case: CodecCase) -> None:
    """The first and the last pixel of each side are inside the frame."""
    width, height = case.codec.input_size
    corners = np.array(
        [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)],
        dtype=np.float64,
    )
    points = case.people(seed=1)
    for corner in corners:
        points[0, 2] = corner
        encoded = case.encode(points)
        assert (encoded['keypoint_weights'] == 1).all(), corner
        # At the border a real kernel is cut off, hence one cell of slack.
        assert_allclose(
            case.decode(encoded)[0, 2],
            corner,
            rtol=0,
            atol=case.bound + max(case.step),
        )


def check_flip_agrees_with_flipping_the_keypoint(case: CodecCase) -> None:
    """Mirrored points decode to mirrored answers, w - 1 - x."""
    points = case.people(seed=2)
    there = case.there_and_back(points)
    mirrored = case.mirrored(points)
    assert_allclose(
        case.there_and_back(mirrored),
        case.mirrored(there),
        rtol=0,
        atol=2 * case.bound + EXACT,
    )
    if case.flip_encoded is not None:
        flipped = case.decode(case.flip_encoded(case.encode(points)))
        assert_allclose(
            flipped, case.mirrored(there), rtol=0, atol=case.bound + EXACT
        )


def check_shift_by_one_cell_shifts_the_answer_by_one_cell(
    case: CodecCase,
) -> None:
    """Moving a pose by a cell along x, then y, moves the answer by it."""
    points = case.people(seed=3)
    there = case.there_and_back(points)
    for axis in range(2):
        shift = np.zeros(2)
        shift[axis] = case.step[axis]
        assert_allclose(
            case.there_and_back(points + shift),
            there + shift,
            rtol=0,
            atol=EXACT,
        )


def check_joints_permute(case: CodecCase) -> None:
    """The order of the joints carries no meaning."""
    points = case.people(seed=4)
    order = np.random.default_rng(4).permutation(case.joints)
    assert_allclose(
        case.there_and_back(points[:, order]),
        case.there_and_back(points)[:, order],
        rtol=0,
        atol=EXACT,
    )


def check_instances_permute(case: CodecCase) -> None:
    """The order of two persons carries no meaning either."""
    points = case.people(2, seed=5)
    visible = np.ones(points.shape[:2])
    visible[0, 1] = visible[1, 3] = 0
    one, two = (
        case.encode(points, visible),
        case.encode(points[::-1], visible[::-1]),
    )
    assert_array_equal(one['keypoint_weights'], two['keypoint_weights'][::-1])
    labelled = case.encode(points), case.encode(points[::-1])
    one, two = map(case.decode, labelled)
    assert len(one) in (1, 2), 'decode must give M = 1 or M = N persons'
    assert_allclose(two, one[::-1], rtol=0, atol=EXACT)
    error = np.abs(one[:, None] - points[None]).max(axis=(2, 3))
    assert (error.min(axis=1) <= case.bound + EXACT).all(), (
        'the answer mixes two persons'
    )


def check_weights_say_which_joints_count(case: CodecCase) -> None:
    """Weights are (N, K), 1 where labelled, 0 where not."""
    points = case.people(2, seed=6)
    visible = np.random.default_rng(6).integers(0, 2, points.shape[:2])
    visible[:, 0], visible[:, 1] = 0, 1
    weights = case.encode(points, visible)['keypoint_weights']
    assert_array_equal(weights, visible)


def check_out_of_frame_has_weight_zero(case: CodecCase) -> None:
    """Joints beyond each side get weight 0 and disturb no other joint."""
    width, height = case.codec.input_size
    points = case.people(seed=7)
    there = case.there_and_back(points)
    others = np.arange(case.joints) != 2
    for outside in [
        (-1.0, 9.0),
        (width, 9.0),
        (9.0, -1.0),
        (9.0, height),
        (-1e4, 1e4),
    ]:
        points[0, 2] = outside
        encoded = case.encode(points)
        assert_array_equal(encoded['keypoint_weights'], others[None])
        assert_allclose(
            case.decode(encoded)[0, others],
            there[0, others],
            rtol=0,
            atol=2 * case.bound + EXACT,
        )


def check_nobody_in_the_frame_is_no_error(case: CodecCase) -> None:
    """All joints unlabelled, or all outside: weights 0, finite targets."""
    points = case.people(seed=8)
    for encoded in (
        case.encode(points + 1e4),
        case.encode(points, np.zeros(points.shape[:2])),
    ):
        assert not encoded['keypoint_weights'].any()
        for key, value in arrays(encoded).items():
            assert np.isfinite(value).all(), key


def check_hidden_joints_leave_no_trace(case: CodecCase) -> None:
    """Where an unlabelled joint lies, even at NaN, changes no target."""
    points = case.people(seed=9)
    visible = np.ones(points.shape[:2])
    visible[0, 3] = 0
    want = arrays(case.encode(points, visible))
    for elsewhere in (0.0, 7.25, np.nan):
        points[0, 3] = elsewhere
        got = arrays(case.encode(points, visible))
        for key, value in want.items():
            assert_array_equal(got[key], value, err_msg=key)


def check_nan_is_refused(case: CodecCase) -> None:
    """A labelled joint at NaN is a ValueError."""
    for axis in range(2):
        points = case.people(seed=10)
        points[0, 1, axis] = np.nan
        try:
            case.encode(points)
        except ValueError:
            continue
        raise AssertionError('a labelled joint at NaN raised no ValueError')


def check_inputs_are_not_modified(case: CodecCase) -> None:
    """Neither the joints nor the labels are written to."""
    points = case.people(2, seed=11)
    points[0, 2] = -1e3
    visible = np.ones(points.shape[:2])
    copies = points.copy(), visible.copy()
    case.encode(points, visible)
    assert_array_equal(points, copies[0])
    assert_array_equal(visible, copies[1])


CODEC_CHECKS = (
    check_round_trip_stays_under_the_bound,
    check_the_frame_is_not_square,
    check_border_pixels_come_back,
    check_flip_agrees_with_flipping_the_keypoint,
    check_shift_by_one_cell_shifts_the_answer_by_one_cell,
    check_joints_permute,
    check_instances_permute,
    check_weights_say_which_joints_count,
    check_out_of_frame_has_weight_zero,
    check_nobody_in_the_frame_is_no_error,
    check_hidden_joints_leave_no_trace,
    check_nan_is_refused,
    check_inputs_are_not_modified,
)
