"""The filter against its formula: jitter at rest, lag in motion."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.deploy.keypoint_filter import KeypointFilter
from mmpose_lightkpt.functional.one_euro import OneEuro, smoothing_factor

SIZE = (641, 479)
FPS = 30
AT_REST = smoothing_factor(OneEuro().min_cutoff_hz, 1 / FPS)


def run(points, times, size=SIZE, constants=None):
    """(T, K, 2) through a new filter, at T seconds."""
    smooth = KeypointFilter(constants)
    return np.array([smooth(p, size, t) for p, t in zip(points, times)])


def by_loop(values, times):
    """One coordinate in shares of the frame, one step at a time."""
    out, raw, speed = [values[0]], values[0], 0.0
    for value, interval in zip(values[1:], np.diff(times)):
        rate = 1 / interval
        now = (value - raw) * rate
        speed += (now - speed) / (1 + rate / (2 * math.pi * 2.5))
        cutoff = 2.5 + 300 * abs(speed)
        limit = 0.5 + 5 * abs(speed)
        alpha = 1 / (1 + rate / (2 * math.pi * cutoff))
        step = limit * math.asinh((value - out[-1]) / limit)
        out.append(out[-1] + alpha * step)
        raw = value
    return out


def test_it_is_the_formula_for_each_coordinate_on_its_own():
    draw = np.random.default_rng(2)
    points = draw.uniform(-100, 700, (40, 5, 2))
    points[20:] = points[20] + draw.normal(0, 1, (20, 5, 2))
    times = 7e4 + np.cumsum(draw.uniform(0.005, 0.2, 40))
    found = run(points, times)
    for joint in range(5):
        for axis in range(2):
            column = points[:, joint, axis] / SIZE[axis]
            expected = np.array(by_loop(column, times)) * SIZE[axis]
            np.testing.assert_allclose(
                found[:, joint, axis], expected, atol=1e-3
            )


def test_at_rest_the_noise_is_what_a_first_order_low_pass_leaves():
    """Noise of a thousandth of a pixel moves no cut-off. Past values weigh
    a (1 - a)^i, and the noise that is left is the root of the squares' sum."""
    weights = AT_REST * (1 - AT_REST) ** np.arange(200)
    draw = np.random.default_rng(3)
    noise = draw.normal(0, 1e-3, (3000, 17, 2))
    found = run(noise, np.arange(3000) / FPS)[100:]
    left = np.sqrt((weights**2).sum())
    assert found.std() / 1e-3 == pytest.approx(left, rel=0.02)


@pytest.mark.parametrize('fps', [10, 30, 60])
@pytest.mark.parametrize('speed', [1e-3, 0.05, 0.5])
def test_in_motion_it_lags_by_the_speed_over_two_pi_cut_offs(speed, fps):
    """Whatever the rate of frames, and never by more than 1 / (2 pi beta),
    which is 0.34 px of 641."""
    times = np.arange(20 * fps) / fps
    points = np.zeros((len(times), 1, 2))
    points[:, 0, 0] = speed * SIZE[0] * times
    found = run(points, times)
    lag = (points - found)[-1, 0, 0] / SIZE[0]
    cutoff = 2.5 + 300 * speed
    assert lag == pytest.approx(speed / (2 * np.pi * cutoff), rel=0.01)
    assert lag < 1 / (2 * np.pi * 300)
    assert not found[:, 0, 1].any(), 'the other axis rests'


def test_someone_stands_walks_and_stands_again():
    """Jitter and lag of a known motion, with the filter and without: 10 s at
    rest, 10 s to a quarter of the frame's width away, 10 s at rest, with
    noise of 0.1 px in each frame.

    Jitter is the change from frame to frame of one at rest. The filter leaves
    a / sqrt(2 - a) of it at least, a being alpha at rest, since the noise of
    the speed only opens the cut-off. In motion the same opening makes the lag
    no longer than that of the speed alone, but for a tenth."""
    draw, times = np.random.default_rng(4), np.arange(30 * FPS) / FPS
    truth = np.full((len(times), 17, 2), 240.0)
    walked = 0.25 * SIZE[0] * np.clip((times - 10) / 10, 0, 1)
    truth[..., 0] = 100 + walked[:, None]
    noisy = truth + draw.normal(0, 0.1, truth.shape)
    smooth = run(noisy, times)
    stands, walks = slice(1 * FPS, 10 * FPS), slice(12 * FPS, 20 * FPS)

    jitter = [
        np.diff(points[stands], axis=0).std() for points in (noisy, smooth)
    ]
    assert jitter[0] == pytest.approx(np.sqrt(2) * 0.1, rel=0.02)
    assert AT_REST / np.sqrt(2 - AT_REST) < jitter[1] / jitter[0] < 0.5

    lag = [(truth - points)[walks, :, 0].mean() for points in (noisy, smooth)]
    of_the_speed = 0.025 / (2 * np.pi * (2.5 + 300 * 0.025)) * SIZE[0]
    assert abs(lag[0]) < 0.01
    assert 0 < lag[1] < 1.1 * of_the_speed
    bound = SIZE[0] / (2 * np.pi * 300)
    assert lag[1] < bound
    assert np.abs(smooth - truth).max() < np.abs(noisy - truth).max() + bound


def test_the_first_keypoints_pass_through_and_reset_makes_first():
    smooth, one, two = KeypointFilter(), np.full((3, 2), 9.5), np.ones((3, 2))
    assert (smooth(one, SIZE, 5.0) == one).all()
    assert (smooth(two, SIZE, 5.1) != two).all()
    smooth.reset()
    assert (smooth(two, SIZE, 5.2) == two).all()


def test_keypoints_at_the_same_time_pass_and_change_nothing():
    points = np.random.default_rng(0).uniform(0, 400, (6, 3, 2))
    smooth = KeypointFilter()
    for i in range(5):
        smooth(points[i], SIZE, i / FPS)
    assert (
        smooth(points[0], SIZE, 4 / FPS) == points[0].astype(np.float32)
    ).all()
    expected = run(points, np.arange(6) / FPS)[-1]
    np.testing.assert_array_equal(smooth(points[5], SIZE, 5 / FPS), expected)


@pytest.mark.parametrize('time, size', [(1.0, SIZE), (2.1, SIZE[::-1])])
def test_a_time_before_and_another_size_start_anew(time, size):
    points = np.random.default_rng(0).uniform(0, 400, (4, 3, 2))
    smooth = KeypointFilter()
    smooth(points[0], SIZE, 1.9)
    smooth(points[1], SIZE, 2.0)
    first = smooth(points[2], size, time)
    assert (first == points[2].astype(np.float32)).all()
    second = smooth(points[3], size, time + 0.1)
    expected = run(points[2:], [0, 0.1], size)[1]
    np.testing.assert_allclose(second, expected, rtol=1e-6)


def test_after_a_long_gap_the_new_keypoints_count():
    """All but what the soft limit holds back of a jump by a tenth."""
    points = np.zeros((2, 1, 2))
    points[1] = np.array(SIZE) / 10
    found = run(points, [0, 3600])
    np.testing.assert_allclose(found[1], points[1], rtol=0.01)


@pytest.mark.parametrize('wrong', [np.nan, np.inf])
def test_nan_is_refused_and_nothing_is_lost(wrong):
    smooth, points = KeypointFilter(), np.ones((3, 2))
    smooth(points, SIZE, 0.0)
    bad = points.copy()
    bad[1, 0] = wrong
    with pytest.raises(ValueError, match='1 coordinates'):
        smooth(bad, SIZE, 0.1)
    with pytest.raises(ValueError, match='time_s must be finite'):
        smooth(points, SIZE, wrong)
    assert np.isfinite(smooth(points, SIZE, 0.1)).all()


def test_another_number_of_joints_is_refused():
    smooth = KeypointFilter()
    smooth(np.ones((3, 2)), SIZE, 0.0)
    with pytest.raises(ValueError, match=r'expected keypoints \(3, 2\)'):
        smooth(np.ones((4, 2)), SIZE, 0.1)


@pytest.mark.parametrize('field', OneEuro._fields)
@pytest.mark.parametrize('value', [-1, np.nan, np.inf])
def test_a_constant_out_of_its_range_is_refused(field, value):
    with pytest.raises(ValueError, match=f'KeypointFilter: {field} must be'):
        KeypointFilter(OneEuro(**{field: value}))
