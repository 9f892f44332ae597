"""The plots of a study: written whole, names apart, bad input named."""

import cv2
import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.functional.calibration import reliability  # noqa: E402
from mmpose_lightkpt.visualization import (  # noqa: E402
    calibration_plot,
    ladder_plot,
)
from mmpose_lightkpt.visualization.ladder_plot import (  # noqa: E402
    LINE,
    _columns,
    _join,
    spread_out,
)

pytestmark = pytest.mark.mmpose
POINTS = [
    ('deeppose', 3.0, (0.45, 0.45, 0.45, 1)),
    ('ipr', 3.1, (0.52, 0.51, 0.53, 2)),
    ('heatmap', 30.0, (0.62, 0.62, 0.62, 1)),
]


def shows_something(path):
    """Whether a picture is there whole and is not of one colour."""
    picture = cv2.imread(str(path))
    return picture is not None and picture.std() > 5


def test_the_ladder_is_drawn(tmp_path):
    pytest.importorskip('matplotlib')
    out = tmp_path / 'plots' / 'ladder.png'
    assert ladder_plot(POINTS, out, reference=2.9, title='LSP') == out
    assert shows_something(out)
    assert [file.name for file in out.parent.iterdir()] == ['ladder.png']


def test_one_point_without_a_reference_is_enough(tmp_path):
    pytest.importorskip('matplotlib')
    assert shows_something(ladder_plot(POINTS[:1], tmp_path / 'a.png'))


def test_a_line_joins_its_points_in_its_order_and_in_one_colour():
    figure = pytest.importorskip('matplotlib.figure').Figure()
    axes = figure.subplots()
    lines = [['heatmap', 'not judged', 'deeppose'], ['alone', 'ipr']]
    colours = _join(axes, POINTS, lines)
    (line,) = axes.get_lines()
    assert line.get_xydata().tolist() == [[30.0, 0.62], [3.0, 0.45]]
    assert colours['heatmap'] == colours['deeppose'] == line.get_color()
    assert colours['ipr'] != colours['heatmap']


def test_names_far_apart_in_height_stay_beside_their_points():
    heights = [0.0, 1.5 * LINE, 9 * LINE, 3 * LINE]
    assert _columns([5.0, 1.0, 2.0, 7.0], heights) == [7.0, 7.0, 2.0, 7.0]
    assert _columns([], []) == []


def test_lines_and_the_name_of_the_reference_are_drawn(tmp_path):
    pytest.importorskip('matplotlib')
    plain = ladder_plot(POINTS, tmp_path / 'a.png', reference=2.9)
    lines, name = [['deeppose', 'heatmap']], 'forward of heatmap'
    for number, more in enumerate(
        (dict(lines=lines), dict(reference_name=name))
    ):
        out = tmp_path / f'{number}.png'
        ladder_plot(POINTS, out, reference=2.9, **more)
        assert (cv2.imread(str(out)) != cv2.imread(str(plain))).any()


@pytest.mark.parametrize('points', [[], [('a', 0.0, (0.5, 0.5, 0.5, 1))]])
def test_a_ladder_without_times_is_refused(tmp_path, points):
    pytest.importorskip('matplotlib')
    with pytest.raises(ValueError, match='ladder_plot.*above 0 ms'):
        ladder_plot(points, tmp_path / 'a.png')
    assert not list(tmp_path.iterdir())


def test_reliability_curves_are_drawn(tmp_path):
    pytest.importorskip('matplotlib')
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.3, 1, 500)  # the lowest bins stay empty
    bins = reliability(scores, rng.uniform(0, 1, 500) < scores**2)
    curves = [(f'rung {n}', bins) for n in range(11)]
    assert shows_something(calibration_plot(curves, tmp_path / 'a.png'))


def test_no_curve_is_refused(tmp_path):
    pytest.importorskip('matplotlib')
    with pytest.raises(ValueError, match='ScoreCalibration must be among'):
        calibration_plot([], tmp_path / 'a.png')


@pytest.mark.parametrize('seed', range(5))
def test_names_are_spread_out_in_their_order_around_their_mean(seed):
    heights = np.random.default_rng(seed).uniform(0, 100, 12)
    placed = np.array(spread_out(heights, 7.0))
    assert np.diff(np.sort(placed)).min() >= 7.0 - 1e-9
    assert np.argsort(placed).tolist() == np.argsort(heights).tolist()
    assert placed.mean() == pytest.approx(heights.mean())


def test_names_that_are_apart_stay_where_they_are():
    assert spread_out([50.0, 0.0, 20.0], 7.0) == [50.0, 0.0, 20.0]
    assert spread_out([4.0, 4.0], 6.0) == [1.0, 7.0]
    assert spread_out([], 7.0) == []
