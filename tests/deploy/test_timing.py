import numpy as np
import pytest

from mmpose_lightkpt.deploy import timing
from mmpose_lightkpt.deploy.results import STAGES
from mmpose_lightkpt.deploy.timing import TimingPlan, time_pipeline


class Clock:
    """A clock that only the stages of the fake pipeline advance."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class FakePipeline:
    """Stages that take known times; the warm-up is slower."""

    def __init__(self, clock, slow_until):
        self.clock, self.calls, self.slow_until = clock, 0, slow_until

    def spend(self, milliseconds):
        slow = 100 if self.calls <= self.slow_until else 1
        self.clock.now += int(milliseconds * 1e6 * slow)

    def preprocess(self, image, box):
        self.calls += 1
        self.spend(3)
        return 'tensor', 'warp'

    def forward(self, tensor):
        assert tensor == 'tensor'
        self.spend(7)
        return 'outputs'

    def decode(self, outputs, warp):
        assert (outputs, warp) == ('outputs', 'warp')
        self.spend(2)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing.time, 'perf_counter_ns', clock)
    return clock


def test_each_stage_gets_its_own_time_and_the_warm_up_none(clock):
    pipeline = FakePipeline(clock, slow_until=5)
    plan = TimingPlan(loops=11, seconds=0, warmup_loops=5, warmup_seconds=0)
    found = time_pipeline(pipeline, None, None, plan)
    assert list(found) == list(STAGES)
    assert [found[stage].median for stage in STAGES] == [3, 7, 2, 12]
    assert found['total'].count == 11 and found['total'].cv == 0
    assert pipeline.calls == 5 + 11


def test_the_warm_up_lasts_for_both_its_count_and_its_seconds(clock):
    # One slow loop takes 1.2 s: three of them reach 3 s, beyond the count.
    pipeline = FakePipeline(clock, slow_until=3)
    plan = TimingPlan(loops=7, seconds=0, warmup_loops=2, warmup_seconds=3)
    found = time_pipeline(pipeline, None, None, plan)
    assert pipeline.calls == 3 + 7
    assert found['forward'].median == 7


def test_measuring_lasts_for_both_its_count_and_its_seconds(clock):
    pipeline = FakePipeline(clock, slow_until=1)
    plan = TimingPlan(loops=2, seconds=0.12, warmup_loops=1, warmup_seconds=0)
    assert time_pipeline(pipeline, None, None, plan)['total'].count == 10


def test_images_come_at_the_pace_of_a_camera(clock, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        clock.now += int(seconds * 1e9)

    monkeypatch.setattr(timing.time, 'sleep', sleep)
    pipeline = FakePipeline(clock, slow_until=0)
    plan = TimingPlan(5, 0, warmup_loops=1, warmup_seconds=0, fps=50)
    found = time_pipeline(pipeline, None, None, plan)
    assert found['total'].median == 12  # the pauses are not timed
    assert pauses == pytest.approx([0.008] * 4)


def test_a_late_image_is_not_made_up_for(clock, monkeypatch):
    monkeypatch.setattr(timing.time, 'sleep', pytest.fail)
    pipeline = FakePipeline(clock, slow_until=0)
    plan = TimingPlan(5, 0, warmup_loops=1, warmup_seconds=0, fps=100)
    assert time_pipeline(pipeline, None, None, plan)['total'].median == 12


@pytest.mark.parametrize(
    'change',
    [
        dict(fps=-1.0),
        dict(loops=0),
        dict(warmup_loops=0),
        dict(seconds=-1),
        dict(warmup_seconds=float('nan')),
    ],
)
def test_a_plan_that_measures_nothing_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        TimingPlan(**change)


def test_the_frame_is_the_same_everywhere_and_holds_the_box():
    frame = timing.synthetic_frame()
    np.testing.assert_array_equal(frame, timing.synthetic_frame())
    x1, y1, x2, y2 = timing.FRAME_BOX
    assert 0 <= x1 < x2 <= frame.shape[1] and 0 <= y1 < y2 <= frame.shape[0]
    assert frame.dtype == np.uint8
