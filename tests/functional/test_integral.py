"""Integral regression's decode and its bias, against direct sums."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.functional import integral

KINDS = tuple(integral.DEBIAS)
RIGHT = ('paper', 'floor')


def bump(size, point, sigma):
    """A Gaussian of height 1 on (W, H) cells."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    away = (x - point[0]) ** 2 + (y - point[1]) ** 2
    return np.exp(-away / (2 * sigma**2))


def in_cells(points, size):
    """Normalised points in cells: cell j lies at (j + 0.5) / n."""
    return points * size - 0.5


def random_logits(seed=0, shape=(3, 5, 11, 7), scale=1.0):
    return scale * np.random.default_rng(seed).standard_normal(shape)


def naive(logits, beta):
    """One map, cell by cell: the mean (x, y) and the probabilities."""
    height, width = logits.shape
    values = [[math.exp(beta * h) for h in row] for row in logits.tolist()]
    total = sum(map(sum, values))
    x = y = 0.0
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            x += value / total * (j + 0.5) / width
            y += value / total * (i + 0.5) / height
    return (x, y), np.array(values) / total


def test_a_map_decodes_to_its_mean():
    logits = random_logits()
    points, probabilities = integral.soft_argmax(logits, 1.7)
    for index in np.ndindex(3, 5):
        point, share = naive(logits[index], 1.7)
        np.testing.assert_allclose(points[index], point, rtol=1e-12)
        np.testing.assert_allclose(probabilities[index], share, rtol=1e-12)


# Bumps of height 1 and the cells (x, y) found, each by the formula as its
# authors write it, on their own grid: sum(p j / n), then
# C / (C - 1) (x - 1 / 2C) with C = sum(exp(h)) or sum(exp(p)).
LARGE = dict(size=(48, 64), point=(12.3, 20.7), sigma=2, beta=10)
SMALL = dict(size=(6, 8), point=(1.6, 2.2), sigma=0.8, beta=1)


@pytest.mark.parametrize(
    'case, kind, found',
    [
        (LARGE, 'none', (12.822, 21.209)),
        (LARGE, 'paper', (12.297, 20.703)),
        (LARGE, 'floor', (12.297, 20.703)),
        (LARGE, 'mmpose', (12.818, 21.205)),
        (LARGE, 'article', (12.818, 21.205)),
        (SMALL, 'none', (2.412, 3.371)),
        (SMALL, 'paper', (1.607, 2.197)),
        (SMALL, 'mmpose', (2.400, 3.359)),
        (SMALL, 'article', (2.399, 3.358)),
    ],
)
def test_only_the_right_formulas_find_the_bump(case, kind, found):
    logits = bump(case['size'], case['point'], case['sigma'])
    points, _ = integral.soft_argmax(logits, case['beta'], kind, 0.99)
    np.testing.assert_allclose(
        in_cells(points, case['size']), found, atol=6e-4
    )


@pytest.mark.parametrize('kind', RIGHT)
@pytest.mark.parametrize('beta', [1.0, 5.0, 10.0])
def test_a_bump_is_found_within_a_hundredth_cell_in_every_corner(kind, beta):
    size, (x, y) = (48, 64), (12.3, 20.7)
    for point in [(x, y), (47 - x, y), (x, 63 - y), (47 - x, 63 - y)]:
        logits = bump(size, point, 2)
        points, _ = integral.soft_argmax(logits, beta, kind, 0.999)
        assert np.abs(in_cells(points, size) - point).max() < 0.01
        plain, _ = integral.soft_argmax(logits, beta)
        assert np.abs(in_cells(plain, size) - point).max() > 0.5


@pytest.mark.parametrize('kind', ['none', *RIGHT])
def test_at_a_high_temperature_no_floor_is_left_to_subtract(kind):
    """beta 16 makes the bump half a cell wide: 0.02 off, by the grid."""
    size, point = (48, 64), (12.3, 20.7)
    points, _ = integral.soft_argmax(bump(size, point, 2), 16.0, kind)
    error = np.abs(in_cells(points, size) - point).max()
    np.testing.assert_allclose(error, 0.02, atol=3e-3)


def test_the_correction_is_the_mean_of_what_is_above_the_floor():
    logits = np.maximum(random_logits(1), 0)
    cells = logits.shape[-2] * logits.shape[-1]
    for kind in RIGHT:
        points, p = integral.soft_argmax(logits, 2.0, kind, 0.999)
        least = p.min((-2, -1), keepdims=True)
        above = (p - least) / (1 - cells * least)
        np.testing.assert_allclose(
            points, integral.expectation(above), rtol=1e-12
        )


@pytest.mark.parametrize('kind', RIGHT)
def test_no_correction_leaves_the_outermost_cells_centers(kind):
    for scale in (0.01, 1, 30):
        logits = random_logits(2, (200, 5, 3), scale)
        points, _ = integral.soft_argmax(logits, 10.0, kind)
        edge = 0.5 / np.array([3, 5])
        assert (points >= edge - 1e-12).all()
        assert (points <= 1 - edge + 1e-12).all()


def test_the_articles_formula_is_a_constant_stretch():
    """1 / (1 - r) is between N - 1 + e, one peak, and N exp(1 / N), flat."""
    flat, peak = 64 * math.exp(1 / 64), 63 + math.e
    low, high = peak / (peak - 1), flat / (flat - 1)
    assert (round(low, 5), round(high, 5)) == (1.01545, 1.01562)
    middle = 0.5 + 0.5 / 8
    for seed, scale in enumerate((0.01, 1, 100)):
        logits = random_logits(seed, (50, 8, 8), scale)
        plain, _ = integral.soft_argmax(logits, 16.0)
        points, _ = integral.soft_argmax(logits, 16.0, 'article')
        before, after = np.abs(plain - middle), np.abs(points - middle)
        assert (after > low * before - 1e-9).all()
        assert (after < high * before + 1e-9).all()


def test_a_constant_on_a_map_matters_to_formulas_that_know_a_zero():
    logits = random_logits(3)
    for kind in KINDS:
        before, _ = integral.soft_argmax(logits, 1.0, kind)
        after, _ = integral.soft_argmax(logits + 0.7, 1.0, kind)
        same = np.allclose(before, after, atol=1e-9)
        assert same == (kind not in ('paper', 'mmpose')), kind


@pytest.mark.parametrize('kind', ['none', *RIGHT])
def test_a_mirrored_map_decodes_to_the_mirrored_point(kind):
    logits = random_logits(4)
    points, _ = integral.soft_argmax(logits, 3.0, kind)
    mirrored, _ = integral.soft_argmax(logits[..., ::-1], 3.0, kind)
    np.testing.assert_allclose(mirrored[..., 0], 1 - points[..., 0])
    np.testing.assert_allclose(mirrored[..., 1], points[..., 1])


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('kind', KINDS)
def test_any_map_gives_finite_points(kind, dtype):
    base = random_logits(5).astype(dtype)
    for logits in (base * 0, base * 0 - 50, base * 1e4, base - 1e4):
        points, p = integral.soft_argmax(logits, 10.0, kind)
        assert points.dtype == p.dtype == dtype
        assert np.isfinite(points).all()
        np.testing.assert_allclose(p.sum((-2, -1)), 1, rtol=1e-3)
        if logits is not base and kind in ('none', *RIGHT):
            assert (points > 0).all() and (points < 1).all()


@pytest.mark.parametrize('kind', ['none', *RIGHT])
def test_a_flat_map_says_the_middle(kind):
    points, _ = integral.soft_argmax(np.zeros((7, 11)), 10.0, kind)
    np.testing.assert_allclose(points, 0.5)


def test_the_gain_of_a_nearly_flat_map_is_limited():
    logits = np.maximum(random_logits(6, scale=1e-3), 0)
    plain, _ = integral.soft_argmax(logits, 1.0)
    points, _ = integral.soft_argmax(logits, 1.0, 'paper', 0.75)
    np.testing.assert_allclose(points - 0.5, 4 * (plain - 0.5), rtol=1e-9)


# On the board -------------------------------------------------------------


def test_decode_gives_pixels_of_the_input():
    """Cell (2, 7) of 6 x 8 on 192 x 256 px has its centre at 79.5, 239.5."""
    logits = np.full((1, 1, 8, 6), -9.0)
    logits[0, 0, 7, 2] = 9
    keypoints, scores = integral.decode(logits, input_size=(192, 256))
    assert keypoints.shape == (1, 1, 1, 2) and scores.shape == (1, 1, 1)
    assert keypoints.dtype == scores.dtype == np.float32
    np.testing.assert_allclose(keypoints[0, 0, 0], (79.5, 239.5), atol=1e-4)
    np.testing.assert_allclose(scores, 1, atol=1e-6)


def test_scores_are_what_they_are_said_to_be():
    logits = random_logits(7, (2, 3, 8, 6), 0.1)
    sigma = random_logits(8, (2, 3, 2))
    peak = integral.soft_argmax(logits, 10.0)[1].max((-2, -1))
    sure = 1 - (0.01 + 0.99 / (1 + np.exp(-sigma))).mean(-1)
    wanted = dict(peak=peak, sigma=sure, product=peak * sure)
    assert set(wanted) == set(integral.SCORES)
    for score, values in wanted.items():
        _, scores = integral.decode(
            logits,
            sigma,
            input_size=(192, 256),
            sigma_floor=0.01,
            score=score,
        )
        np.testing.assert_allclose(scores[:, 0], values, rtol=1e-5)


def test_a_score_without_its_sigma_is_refused():
    logits = random_logits(9)
    for score in ('sigma', 'product'):
        with pytest.raises(ValueError, match=f'{score}.*sigma'):
            integral.decode(logits, input_size=(7, 11), score=score)
    with pytest.raises(ValueError, match='debias.*nonsense'):
        integral.decode(logits, input_size=(7, 11), debias='nonsense')


def test_a_mean_has_no_second_best_answer():
    margins = integral.decode_margins(random_logits(), input_size=(7, 11))
    assert margins.shape == (3, 5) and np.isinf(margins).all()
