import pytest

from mmpose_lightkpt.deploy.frame_times import STAGES, FrameTimes


def test_without_a_frame_there_is_nothing_to_tell():
    times = FrameTimes()
    assert (times.line(), times.summaries(), times.fps()) == ('', {}, 0.0)


def test_the_rate_counts_what_lies_between_frames():
    times = FrameTimes()
    for i in range(21):
        start = i / 4
        times.add((start,) * len(STAGES) + (start + 0.001,))
    assert times.fps() == pytest.approx(4)
    assert times.summaries()['draw'].median == pytest.approx(1)
    assert times.line().endswith('draw 1.0 ms  4.0 fps')
