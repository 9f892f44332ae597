"""The C++ header gives the keypoints of the numpy decode."""

import numpy as np
import pytest

from mmpose_lightkpt.deploy.decoders import decode
from mmpose_lightkpt.functional import bins, integral

INPUT = (188, 124)  # (w, h)
# Both round a coordinate to float32 (1e-5 px here) once or twice.
ROUNDING = 4e-5
# numpy takes a map's mean in float32, C++ in float64. The correction of the
# bias multiplies the former's error, some 1e-7 of 188 px, by up to 10, which
# is 1 / (1 - max_floor_share).
FLOAT32_MEAN = 1e-3


def expected(kind, tensors, **parameters):
    found = decode(
        dict(type=kind, **parameters), [tensor[None] for tensor in tensors]
    )
    return found[0][0], found[1][0]


def check(cpp, kind, tensors, atol=ROUNDING, score_atol=2e-6, **parameters):
    """Assert that C++ and numpy agree; return the keypoints."""
    points, scores = cpp(kind, tensors, **parameters)
    wanted, wanted_scores = expected(kind, tensors, **parameters)
    np.testing.assert_allclose(points, wanted, rtol=0, atol=atol)
    np.testing.assert_allclose(scores, wanted_scores, rtol=0, atol=score_atol)
    return points


def normal(seed, *shape, scale=1.0):
    rng = np.random.default_rng(seed)
    return (scale * rng.standard_normal(shape)).astype(np.float32)


# MoveNet --------------------------------------------------------------------


def movenet_maps(seed, joints, height, width):
    rng = np.random.default_rng(seed)
    maps = [
        # Steep, so that most cells are nearly 0 as a network's are.
        rng.uniform(size=(c, height, width)) ** 8
        for c in (1, joints)
    ]
    maps.append(rng.normal(0, 0.3 * width, (2 * joints, height, width)))
    maps.append(rng.uniform(-0.5, 0.5, (2 * joints, height, width)))
    return [m.astype(np.float32) for m in maps]


def check_movenet(cpp, maps, **parameters):
    """Strict float32 gives the same bits; -ffast-math rounds otherwise."""
    return check(
        cpp,
        'movenet',
        maps,
        atol=0 if cpp.exact else ROUNDING,
        score_atol=0,
        **parameters,
    )


@pytest.mark.parametrize('size', [(7, 11), (48, 48), (31, 23), (1, 1)])
def test_movenet_to_the_last_bit(cpp, size):
    for seed in range(3):
        maps = movenet_maps(seed, 17, *size)
        check_movenet(cpp, maps, stride=[4, 2], distance_offset=1.8)


def test_movenet_takes_the_first_of_equal_cells(cpp):
    center, heatmap, regression, offset = movenet_maps(0, 5, 9, 12)
    center[:], heatmap[:], regression[:], offset[:] = 1, 0, 0.5, 0
    heatmap[1, 2, 3], heatmap[1, 2, 10] = 1, 1  # as far from x = 6.5
    heatmap[2] = 1
    points = check_movenet(
        cpp,
        [center, heatmap, regression, offset],
        stride=[4, 4],
        distance_offset=1.8,
    )
    assert points[0].tolist() == [0, 0]
    assert points[1].tolist() == [12, 8]


def test_movenet_decides_as_numpy_where_cells_differ_by_a_rounding(cpp):
    if not cpp.exact:
        pytest.skip('-ffast-math may decide otherwise')
    maps = movenet_maps(3, 17, 24, 24)
    # Along a circle all cells are as good, up to the last bits.
    y, x = np.mgrid[:24, :24]
    weight = np.hypot(y - 12.3, x - 11.6) + 1.8
    maps[1][:] = 0.05 * weight
    maps[2][0::2], maps[2][1::2] = 11.6 - x, 12.3 - y
    check_movenet(cpp, maps, stride=[4, 4], distance_offset=1.8)


def test_movenet_finds_joints_on_the_border_and_points_outside(cpp):
    maps = movenet_maps(5, 4, 7, 11)
    maps[1][:] *= 1e-3
    corners = [(0, 0), (0, 10), (6, 0), (6, 10)]
    for k, (y, x) in enumerate(corners):
        maps[1][k, y, x] = 0.9
    maps[2][:] = np.float32([-900, 900] * 4)[:, None, None]
    points = check_movenet(cpp, maps, stride=[4, 4], distance_offset=1.8)
    assert np.abs(points - 4 * np.array(corners)[:, ::-1]).max() <= 2


def equally_good(points, height, width):
    """Maps (K, H, W) whose cells differ by a rounding once weighted."""
    y, x = np.mgrid[:height, :width]
    px, py = points.T[..., None, None]
    return 0.005 * (np.hypot(y - py, x - px) + 1.8)


# What the bounds and blocks of the search could take for a loser. Each makes
# (K, H, W) of noise, of the points (K, 2) and the size.
MISLEADING = dict(
    noise=lambda noise, points, size: noise,
    few_levels=lambda noise, points, size: np.ceil(4 * noise) / 4,
    saturated=lambda noise, points, size: noise > 0.7,
    flat=lambda noise, points, size: 0 * noise + 0.3,
    nothing=lambda noise, points, size: 0 * noise,
    next_to_nothing=lambda noise, points, size: 1e-3 * (noise > 0.99),
    equally_good=lambda noise, points, size: equally_good(points, *size),
    rising=lambda noise, points, size: np.sort(noise.ravel()).reshape(
        noise.shape
    ),
    negative=lambda noise, points, size: -noise,
    no_more_than_zero=lambda noise, points, size: np.minimum(noise - 0.9, 0),
    of_both_signs=lambda noise, points, size: noise - 0.999,
    denormal=lambda noise, points, size: 4e-44 * noise,
    huge=lambda noise, points, size: 3.4e38 * noise,
)


@pytest.mark.parametrize('name', MISLEADING)
@pytest.mark.parametrize('size', [(48, 48), (9, 37), (40, 16)])
def test_movenet_misses_no_winner(cpp, name, size):
    if not cpp.exact:
        pytest.skip('-ffast-math may decide otherwise')
    rng = np.random.default_rng(len(name))
    for spread in (0.3, 2):  # within the frame, and mostly beyond
        center, _, regression, offset = movenet_maps(6, 40, *size)
        # Half of the points are as far from two cells, or from four.
        points = spread * size[1] * rng.normal(0.5, 0.5, (40, 2))
        points[::2] = np.round(2 * points[::2]) / 2
        points = points.astype(np.float32)
        center[:], regression[:] = 0, points.reshape(-1, 1, 1)
        center[0, 3, 4] = 1
        points += np.float32([4, 3])
        noise = rng.uniform(size=(40, *size))
        heatmap = MISLEADING[name](noise, points, size).astype(np.float32)
        maps = [center, heatmap, regression, offset]
        check_movenet(cpp, maps, stride=[1, 1], distance_offset=1.8)


@pytest.mark.parametrize('name', MISLEADING)
def test_movenet_misses_no_person(cpp, name):
    if not cpp.exact:
        pytest.skip('-ffast-math may decide otherwise')
    rng = np.random.default_rng(7)
    for size in [(48, 48), (9, 37), (17, 40)]:
        maps = movenet_maps(7, 1, *size)
        middle = np.float32([[size[1] / 2, size[0] / 2]])
        noise = rng.uniform(size=(1, *size))
        maps[0][:] = MISLEADING[name](noise, middle, size)
        maps[2][0], maps[2][1] = np.mgrid[: size[0], : size[1]][::-1]
        maps[2] *= 7  # tells which cell was taken
        check_movenet(cpp, maps, stride=[1, 1], distance_offset=1.8)


# SimCC ----------------------------------------------------------------------


def simcc_rows(seed, scale=1.0, joints=17, split_ratio=2.0):
    """Labels at places in the frame and beyond its border, with noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for axis, size in enumerate(INPUT):
        num = bins.num_bins(size, split_ratio)
        mu = rng.uniform(-4, num + 4, joints)[:, None]
        z = -0.5 * np.square((np.arange(num) - mu) / 6)
        rows.append(
            z.astype(np.float32) + normal(seed + axis, *z.shape, scale=scale)
        )
    return rows


@pytest.mark.parametrize('decoding', bins.DECODINGS)
@pytest.mark.parametrize(
    'ratio, sigmas', [(2.0, (6.0, 5.0)), (3.0, (1.5, 0.7)), (1.0, (40, 0.3))]
)
def test_simcc(cpp, decoding, ratio, sigmas):
    for scale in (0, 0.05, 3):
        check(
            cpp,
            'simcc',
            simcc_rows(1, scale, split_ratio=ratio),
            decoding=decoding,
            split_ratio=ratio,
            sigma_bins=sigmas,
        )


@pytest.mark.parametrize('decoding', bins.DECODINGS)
def test_simcc_of_rows_without_an_answer(cpp, decoding):
    rows = [np.zeros((5, n), np.float32) for n in (376, 248)]
    rows[0][1], rows[1][1] = -2.2, 3.7  # flat, but not at 0
    rows[0][2, [20, 300]] = 1  # two peaks, as high
    rows[1][2, [40, 41]] = 1
    rows[0][3, 0], rows[1][3, -1] = 50, 50  # at the border
    rows[0][4], rows[1][4] = np.arange(376) ** 2, 1e30  # steep, huge
    points = check(cpp, 'simcc', rows, decoding=decoding)
    if decoding == 'argmax':
        assert points[:2].tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize('decoding', bins.DECODINGS)
def test_simcc_of_three_bins(cpp, decoding):
    rows = [normal(8, 5, 3), normal(9, 5, 3)]
    check(cpp, 'simcc', rows, decoding=decoding, split_ratio=1.0)


# Integral regression --------------------------------------------------------

MAPS = [(64, 48), (8, 6), (1, 5), (7, 13)]  # (H, W)


@pytest.mark.parametrize('debias', ['none', 'paper', 'floor'])
@pytest.mark.parametrize('size', MAPS)
def test_integral(cpp, debias, size):
    for scale in (0.001, 0.3, 4):
        heatmap = normal(2, 17, *size, scale=scale)
        points = check(
            cpp,
            'integral',
            [heatmap],
            atol=FLOAT32_MEAN,
            input_size=INPUT,
            debias=debias,
            temperature=5.0,
        )
        # Nearer to the formula than float32 is.
        shares, _ = integral.soft_argmax(
            heatmap.astype(np.float64), 5.0, debias
        )
        np.testing.assert_allclose(
            points, shares * INPUT - 0.5, rtol=0, atol=ROUNDING
        )


@pytest.mark.parametrize('score', integral.SCORES)
def test_integral_scores(cpp, score):
    tensors = [normal(3, 17, 8, 6), normal(4, 17, 2, scale=3)]
    check(
        cpp,
        'integral_sigma',
        tensors,
        atol=FLOAT32_MEAN,
        input_size=INPUT,
        score=score,
        sigma_floor=0.03,
    )


@pytest.mark.parametrize('debias', ['none', 'paper', 'floor'])
def test_integral_of_flat_negative_and_huge_maps(cpp, debias):
    heatmap = np.zeros((6, 9, 7), np.float32)
    heatmap[1], heatmap[2] = -3, 1e4
    heatmap[3, 0, 0] = heatmap[4, 8, 6] = 1e4  # in two corners
    heatmap[5, 4, 2] = heatmap[5, 4, 5] = 10  # two as high
    points = check(
        cpp,
        'integral',
        [heatmap],
        atol=FLOAT32_MEAN,
        input_size=INPUT,
        debias=debias,
    )
    middle = (np.array(INPUT) - 1) / 2
    np.testing.assert_allclose(points[:3], [middle] * 3, atol=ROUNDING)


@pytest.mark.parametrize('most', [0.1, 0.999])
def test_integral_bounds_the_floor(cpp, most):
    heatmap = normal(6, 5, 8, 6, scale=0.01)
    check(
        cpp,
        'integral',
        [heatmap],
        # 1 / (1 - 0.999) multiplies numpy's error, not this program's.
        atol=FLOAT32_MEAN * max(1, 0.1 / (1 - most)),
        input_size=INPUT,
        debias='floor',
        max_floor_share=most,
    )


# Regression -----------------------------------------------------------------


@pytest.mark.parametrize('half_pixel', [False, True])
@pytest.mark.parametrize('columns', [2, 4])
def test_regression(cpp, half_pixel, columns):
    check(
        cpp,
        'regression',
        [normal(7, 17, columns, scale=2)],
        input_size=INPUT,
        half_pixel=half_pixel,
        sigma_floor=0.01,
    )
