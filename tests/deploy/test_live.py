"""A red dot on black moves; the tiny model of conftest.py finds it."""

import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline
from mmpose_lightkpt.deploy.live import LivePose, run_live

pytest.importorskip('cv2')
pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn


def dot(x, y, height=158, width=212):
    frame = np.zeros((height, width, 3), np.uint8)
    frame[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5, 2] = 255
    return frame


class Kept:
    """A recorder that keeps what it is given."""

    def __init__(self):
        self.frames, self.closed = [], False

    def write(self, frame, seconds):
        self.frames.append(frame)

    def close(self):
        self.closed = True


@pytest.fixture
def pipeline(tiny_bundle):
    return PosePipeline.from_bundle(tiny_bundle)


def holds(box, x, y):
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def test_the_crop_follows_the_dot_and_shrinks_onto_it(pipeline):
    live = LivePose(pipeline)
    assert live.box is None
    for x in range(20, 190, 3):
        live(dot(x, 70))
        assert holds(live.box, x, 70)
        assert live.box[2] - live.box[0] <= 0.21 * 158


def test_a_lost_dot_is_sought_in_the_whole_frame(pipeline):
    live = LivePose(pipeline)
    live(dot(20, 30))
    live(dot(180, 120))
    assert live.box is None
    live(dot(180, 120))
    assert holds(live.box, 180, 120)


def test_a_given_box_stays(pipeline):
    live = LivePose(pipeline, box=(80, 50, 120, 90))
    seen = [live(dot(x, 70)) for x in (100, 20)]
    assert live.box == (80, 50, 120, 90)
    changed = [
        np.abs(after[56:84, 86:114].astype(int) - before[56:84, 86:114]).any()
        for before, after in zip((dot(100, 70), dot(20, 70)), seen)
    ]
    assert changed == [True, False], 'the dot outside is not found'


def test_a_box_outside_of_the_frame_is_refused(pipeline):
    live = LivePose(pipeline, box=(300, 50, 400, 90))
    with pytest.raises(ValueError, match='300,50,400,90 .* 212x158'):
        live(dot(20, 30))


def test_a_mirror_mirrors_the_person_but_not_the_writing(pipeline):
    lives = [LivePose(pipeline, mirror=mirror) for mirror in (False, True)]
    plain, mirrored = (live(dot(40, 70)) for live in lives)
    np.testing.assert_array_equal(plain[:, ::-1], mirrored)
    assert lives[0].box == lives[1].box
    left = [live(dot(40, 70))[:20, :106].any() for live in lives]
    assert left == [True, True]


def test_frames_are_left_as_they_are(pipeline):
    frame = dot(100, 70)
    canvas = LivePose(pipeline)(frame)
    np.testing.assert_array_equal(frame, dot(100, 70))
    assert canvas.shape == frame.shape and (canvas != frame).any()


def test_every_stage_of_every_frame_is_timed(pipeline):
    live = LivePose(pipeline)
    assert live.times.line() == '' and live.times.summaries() == {}
    for _ in range(5):
        live(dot(100, 70))
    summaries = live.times.summaries()
    assert list(summaries) == ['pre', 'forward', 'decode', 'draw']
    assert {s.count for s in summaries.values()} == {5}
    assert min(s.min for s in summaries.values()) > 0
    assert live.times.line().endswith(' fps')


def test_the_rate_counts_what_lies_between_frames(pipeline):
    times = LivePose(pipeline).times
    for i in range(21):
        times.add((i / 4, i / 4, i / 4, i / 4, i / 4 + 0.001))
    assert times.fps() == pytest.approx(4)
    assert times.summaries()['draw'].median == pytest.approx(1)


def stopping(frames, error):
    yield from frames
    raise error


@pytest.mark.parametrize(
    'error, interrupted, told',
    [
        (KeyboardInterrupt(), True, None),
        (ValueError('camera 0 is gone'), False, 'camera 0 is gone'),
    ],
)
def test_what_was_recorded_is_finished(pipeline, error, interrupted, told):
    recorder = Kept()
    source = stopping([dot(20, 30)] * 3, error)
    ended = run_live(source, LivePose(pipeline), recorder)
    assert ended == (3, interrupted, told)
    assert len(recorder.frames) == 3 and recorder.closed


def test_a_limit_and_a_window_end_it(pipeline):
    class Shut:
        def show(self, frame):
            return False

        def close(self):
            self.closed = True

    frames = [dot(20, 30)] * 5
    assert run_live(frames, LivePose(pipeline), limit=4).frames == 4
    window = Shut()
    assert run_live(frames, LivePose(pipeline), window=window).frames == 1
    assert window.closed
