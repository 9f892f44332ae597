"""A red dot on black moves; the tiny model of conftest.py finds it."""

import time

import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline
from mmpose_lightkpt.deploy.live import LivePose, run_live
from mmpose_lightkpt.functional.smart_crop import whole_square

pytest.importorskip('cv2')
pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn
SIZE = (212, 158)


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
    assert live.person.crop(SIZE) == whole_square(SIZE)
    for i, x in enumerate(range(20, 190, 3)):
        live(dot(x, 70), i / 30)
        crop = live.person.crop(SIZE)
        assert holds(crop, x, 70)
        assert crop[2] - crop[0] == pytest.approx(0.2 * 212)


def test_a_lost_dot_is_sought_in_the_whole_frame(pipeline):
    live = LivePose(pipeline)
    live(dot(20, 30), 0.0)
    live(dot(165, 105), 0.1)
    assert live.person.crop(SIZE) == whole_square(SIZE)
    live(dot(165, 105), 0.2)
    assert holds(live.person.crop(SIZE), 165, 105)


def test_frames_may_change_their_size(pipeline):
    live = LivePose(pipeline)
    for i in range(40):
        height, width = ((158, 212), (212, 158), (90, 121))[i // 5 % 3]
        x, y = width // 2, height // 2
        if i % 5 == 0:
            whole = whole_square((width, height))
            assert live.person.crop((width, height)) == whole
        canvas = live(dot(x, y, height, width), i / 30)
        assert canvas.shape == (height, width, 3)
        assert holds(live.person.crop((width, height)), x, y)


@pytest.mark.parametrize('smooth', [True, False])
def test_a_filter_smooths_unless_it_is_off(pipeline, smooth):
    """A dot jumps by more than a cell: less than that if it is smoothed."""
    frames, box = [dot(80, 70), dot(140, 70)], (0, 0, 212, 158)
    live = LivePose(pipeline, box, smooth=smooth)
    live.person.update = record = Recorded(live.person.update)
    for i, frame in enumerate(frames):
        live(frame, i / 30)
    moved = np.diff([pose.keypoints[0, 0] for pose in record.results])
    ends = [pipeline(frame, box)[0][0, 0] for frame in frames]
    assert (moved == np.diff(ends)) == (not smooth)
    assert 0 < moved <= np.diff(ends)


class Recorded:
    """Calls a function and keeps what it returned."""

    def __init__(self, function):
        self.function, self.results = function, []

    def __call__(self, *args):
        self.results.append(self.function(*args))
        return self.results[-1]


@pytest.mark.parametrize('kind', ['movenet', 'simcc', 'heatmap'])
def test_only_movenet_is_taken_to_know_whole_frames(tiny_spec, kind):
    names = ('left_hip', 'right_hip', 'left_shoulder', 'right_shoulder')
    spec = tiny_spec(
        decoder=dict(type=kind),
        keypoint_names=names,
        flip_indices=(1, 0, 3, 2),
    )
    live = LivePose(PosePipeline(spec, None))
    assert live.person.from_boxes == (kind != 'movenet')


class TwoHalves(PosePipeline):
    """Somebody in the left half of the frame, and somebody in the right."""

    def decode(self, outputs, warp):
        people = []
        for half in (slice(0, 6), slice(7, 13)):
            maps = [out.copy() for out in outputs]
            empty = np.ones(maps[0].shape[-1], bool)
            empty[half] = False
            for out in maps[:2]:
                out[..., empty] = 0
            people.append(super().decode(maps, warp))
        return tuple(np.stack(parts) for parts in zip(*people))


def test_several_people_have_numbers_and_see_the_whole_frame(tiny_bundle):
    live = LivePose(TwoHalves.from_bundle(tiny_bundle), smooth=False)
    two = dot(60, 70) + dot(160, 90)
    for i in range(5):
        live(two, i / 30)
        assert [t.number for t in live.people.tracker.tracks] == [1, 2]
        assert live.person.crop(SIZE) == whole_square(SIZE)
    live(dot(160, 90), 5 / 30)
    assert len(live.people.tracker.tracks) == 2, 'for a second'
    live(dot(160, 90), 9.0)
    assert [t.number for t in live.people.tracker.tracks] == [3]


def test_a_given_box_stays(pipeline):
    live = LivePose(pipeline, box=(80, 50, 120, 90))
    seen = [live(dot(x, 70), x / 30) for x in (100, 20)]
    changed = [
        np.abs(after[56:84, 86:114].astype(int) - before[56:84, 86:114]).any()
        for before, after in zip((dot(100, 70), dot(20, 70)), seen)
    ]
    assert changed == [True, False], 'the dot outside is not found'


def test_a_box_outside_of_the_frame_is_refused(pipeline):
    live = LivePose(pipeline, box=(300, 50, 400, 90))
    with pytest.raises(ValueError, match='300,50,400,90 .* 212x158'):
        live(dot(20, 30), 0.0)


def test_a_mirror_mirrors_the_person_but_not_the_writing(pipeline):
    lives = [LivePose(pipeline, mirror=mirror) for mirror in (False, True)]
    plain, mirrored = (live(dot(40, 70), 0.0) for live in lives)
    np.testing.assert_array_equal(plain[:, ::-1], mirrored)
    assert lives[0].person.crop(SIZE) == lives[1].person.crop(SIZE)
    left = [live(dot(40, 70), 0.1)[:20, :106].any() for live in lives]
    assert left == [True, True]


def test_frames_are_left_as_they_are(pipeline):
    frame = dot(100, 70)
    canvas = LivePose(pipeline)(frame, 0.0)
    np.testing.assert_array_equal(frame, dot(100, 70))
    assert canvas.shape == frame.shape and (canvas != frame).any()


def test_every_stage_of_every_frame_is_timed(pipeline):
    live = LivePose(pipeline)
    for i in range(5):
        live(dot(100, 70), i / 30)
    summaries = live.times.summaries()
    assert list(summaries) == ['pre', 'forward', 'decode', 'follow', 'draw']
    assert {s.count for s in summaries.values()} == {5}
    assert min(s.min for s in summaries.values()) > 0


@pytest.mark.parametrize('fps', [12.5, None])
def test_a_files_frames_have_its_times_and_a_cameras_the_clocks(pipeline, fps):
    live = LivePose(pipeline)
    times = []
    live.person.update = lambda *pose: times.append(pose[-1])
    run_live([dot(100, 70)] * 4, live, fps=fps)
    if fps:
        assert times == [0, 0.08, 0.16, 0.24]
    else:
        assert (np.diff(times) > 0).all()
        assert time.perf_counter() - 5 < times[0] < time.perf_counter()


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
