"""A curve has a point for each interval, and survives an interrupt."""

import pytest

pytest.importorskip('ncnn')

from mmpose_lightkpt.deploy import sustained  # noqa: E402
from mmpose_lightkpt.deploy.cases import Case  # noqa: E402
from mmpose_lightkpt.deploy.sustained import (  # noqa: E402
    describe_point,
    sustain,
)
from mmpose_lightkpt.deploy.timing import TimingPlan  # noqa: E402

pytestmark = pytest.mark.ncnn
PLAN = TimingPlan()
NOTHING = dict(clock_mhz=[None, None], temperature_c=[None, None], throttled=0)


@pytest.fixture
def case(tiny_bundle):
    return Case('tiny', tiny_bundle, 1, 'fp32')


def test_there_is_a_point_for_each_interval(case):
    lines = []
    found = sustain(case, PLAN, 0.6 / 60, lines.append, interval_s=0.2)
    assert found['complete'] and found['model'] == 'tiny'
    times = [point['at_s'] for point in found['points']]
    assert times == sorted(times) and 2 <= len(times) == len(lines) <= 4
    assert all(point['median'] > 0 for point in found['points'])
    assert found['points'][0]['own_cpu_s'] > 0


def test_an_interrupt_keeps_the_points(case):
    def progress(line):
        raise KeyboardInterrupt

    found = sustain(case, PLAN, 60, progress, interval_s=0.1)
    assert not found['complete'] and len(found['points']) == 1


def test_a_paced_run_rests_between_images(case):
    plan = TimingPlan(fps=20)
    points = sustain(case, plan, 0.01, interval_s=0.5)['points']
    assert 9 <= points[0]['count'] <= 12


def test_what_cannot_be_run_is_told(case, tmp_path):
    with pytest.raises(ValueError, match='minutes must be positive, got 0'):
        sustain(case, PLAN, 0)
    with pytest.raises(ValueError, match='tiny: .*spec.json'):
        sustain(case._replace(folder=tmp_path / 'gone'), PLAN, 1)


def test_a_line_tells_how_slow_it_has_become():
    first = dict(NOTHING, at_s=10, median=5.0)
    hot = dict(
        at_s=180,
        median=7.5,
        clock_mhz=[2400.0, 1500.0],
        temperature_c=[70, 84.7],
        throttled=4,
    )
    line = describe_point(hot, first)
    told = ['3.0 min', '7.50 ms', '1.50 x', '1500 MHz', '85 C', 'throttled']
    assert [text in line for text in told] == [True] * 6
    assert line.endswith('#' * 30)
    assert 'MHz' not in describe_point(first, first)


def test_the_worker_ends_with_its_parent_interrupt(case, monkeypatch):
    """Nothing is left running that would disturb what is timed next."""
    started = []
    start = sustained._start

    def remember(request):
        started.append(start(request))
        return started[0]

    monkeypatch.setattr(sustained, '_start', remember)
    test_an_interrupt_keeps_the_points(case)
    assert started[0].poll() is not None
