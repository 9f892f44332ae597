import numpy as np
import pytest

from mmpose_lightkpt.deploy.video_recorder import (
    CODECS,
    VideoRecorder,
    fit_frame,
    frames_due,
)

cv2 = pytest.importorskip('cv2')


def grey(value=90, height=38, width=54):
    return np.full((height, width, 3), value, np.uint8)


def read(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        good, frame = capture.read()
        if not good:
            break
        frames.append(frame)
    return frames, capture.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize('suffix', CODECS)
def test_a_files_frames_are_written_one_by_one(tmp_path, suffix):
    path = tmp_path / 'new' / f'film{suffix}'
    recorder = VideoRecorder(path, 12.5)
    for i in range(7):
        recorder.write(grey(30 * i), 0)
        assert not path.exists(), 'it appears when it is complete'
    recorder.close()
    frames, fps = read(path)
    assert (len(frames), recorder.written, fps) == (7, 7, 12.5)
    np.testing.assert_allclose(
        [frame.mean() for frame in frames], 30 * np.arange(7), atol=4
    )
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_odd_row_and_column_are_cut_off(tmp_path):
    recorder = VideoRecorder(tmp_path / 'a.avi', 30)
    recorder.write(grey(height=39, width=55), 0)
    recorder.close()
    assert read(tmp_path / 'a.avi')[0][0].shape == (38, 54, 3)


@pytest.mark.parametrize('rate', [4.0, 12.3, 29.0])
def test_a_cameras_video_lasts_as_long_as_it_took(tmp_path, rate):
    draw = np.random.default_rng(1)
    times = 1e4 + (np.arange(60) + draw.uniform(-0.3, 0.3, 60)) / rate
    times[40:] += 3  # the camera pauses
    recorder = VideoRecorder(tmp_path / 'a.avi', None)
    for time in times:
        recorder.write(grey(), time)
    recorder.close()
    frames, fps = read(tmp_path / 'a.avi')
    assert abs(fps / rate - 1) < 0.2
    assert abs((len(frames) - 1) / fps - (times[-1] - times[0])) <= 1 / fps


def test_few_frames_of_a_camera_are_not_lost(tmp_path):
    recorder = VideoRecorder(tmp_path / 'a.avi', None)
    for time in (0, 0.1, 0.2):
        recorder.write(grey(), time)
    recorder.close()
    frames, fps = read(tmp_path / 'a.avi')
    assert (len(frames), fps) == (3, 10)


def test_without_a_frame_there_is_no_file_and_none_is_lost(tmp_path):
    path = tmp_path / 'a.mp4'
    path.write_text('an older one')
    VideoRecorder(path, 30).close()
    assert [p.name for p in tmp_path.iterdir()] == ['a.mp4']
    assert path.read_text() == 'an older one'


def test_a_format_that_cannot_be_written_is_refused():
    with pytest.raises(
        ValueError, match='a.gif: a video must end in one of .mp4'
    ):
        VideoRecorder('a.gif', 30)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    class Writer:
        def __init__(self, path, code, fps, size):
            open(path, 'wb').close()

        def isOpened(self):  # noqa: N802
            return True

        def write(self, frame):
            pass

        def release(self):
            pass

    monkeypatch.setattr(cv2, 'VideoWriter', Writer)
    recorder = VideoRecorder(tmp_path / 'a.mp4', 30)
    # The codec's name is a function of the real one.
    monkeypatch.setattr(cv2, 'VideoWriter_fourcc', lambda *code: 0)
    recorder.write(grey(), 0)
    with pytest.raises(OSError, match='a.mp4: .*disk full'):
        recorder.close()
    assert not list(tmp_path.iterdir())


def test_a_frame_is_due_when_its_time_has_come():
    assert frames_due(0, 10, 0) == 1
    assert frames_due(0.04, 10, 1) == 0
    assert frames_due(0.06, 10, 1) == 1
    assert frames_due(0.5, 10, 2) == 4
    assert frames_due(0.5, 10, 99) == 0


def test_a_frame_of_another_size_is_fitted_in_and_centred_on_black(tmp_path):
    recorder = VideoRecorder(tmp_path / 'a.avi', 30)
    for height, width in ((38, 54), (54, 38), (76, 108), (1, 900)):
        recorder.write(grey(height=height, width=width), 0)
    recorder.close()
    frames, _ = read(tmp_path / 'a.avi')
    assert [frame.shape for frame in frames] == [(38, 54, 3)] * 4
    turned = fit_frame(grey(height=54, width=38), (54, 38))
    columns = np.flatnonzero(turned.any(axis=(0, 2)))
    # 38 wide of 54 high becomes 26 of 38: 14 columns on either side.
    assert (columns.min(), columns.max()) == (14, 39)
    assert (turned[:, 14:40] == 90).all()
