import os

import numpy as np
import pytest

from mmpose_lightkpt.deploy.frame_source import FrameSource
from mmpose_lightkpt.deploy.video_recorder import VideoRecorder

cv2 = pytest.importorskip('cv2')


@pytest.fixture
def video(tmp_path):
    """Seven frames of (H, W) = (38, 54), each a little brighter."""
    recorder = VideoRecorder(tmp_path / 'seven.avi', 11)
    for i in range(7):
        recorder.write(np.full((38, 54, 3), 30 * i, np.uint8), 0)
    recorder.close()
    return tmp_path / 'seven.avi'


class Camera:
    """Stands in for OpenCV's capture: gives frames, then fails."""

    def __init__(self, frames):
        self.frames = list(frames)
        self.released = False

    def isOpened(self):  # noqa: N802
        return True

    def get(self, key):
        return 30.0

    def set(self, key, value):
        return True

    def read(self):
        return (True, self.frames.pop(0)) if self.frames else (False, None)

    def release(self):
        self.released = True


def grey(height=38, width=54):
    return np.full((height, width, 3), 90, np.uint8)


def open_with(monkeypatch, frames):
    camera = Camera(frames)
    monkeypatch.setattr(cv2, 'VideoCapture', lambda number: camera)
    return camera, FrameSource(0)


def test_every_frame_of_a_file_comes_in_order(video):
    with FrameSource(str(video)) as source:
        assert source.fps == 11 and not source.is_camera
        frames = list(source)
    assert source.count == 7
    assert {frame.shape for frame in frames} == {(38, 54, 3)}
    np.testing.assert_allclose(
        [frame.mean() for frame in frames], 30 * np.arange(7), atol=3
    )


def test_a_camera_is_unplugged(monkeypatch):
    camera, source = open_with(monkeypatch, [grey()] * 3)
    with (
        source,
        pytest.raises(
            ValueError,
            match='camera 0 gives no more frames after 3: .*plugged',
        ),
    ):
        list(source)
    assert camera.released
    assert source.fps is None


def test_a_camera_that_gives_nothing(monkeypatch):
    _, source = open_with(monkeypatch, [])
    with pytest.raises(ValueError, match='camera 0 gives no frames: '):
        list(source)


def test_frames_may_change_their_size(monkeypatch):
    shapes = [(38, 54), (54, 38), (90, 91)]
    camera, source = open_with(monkeypatch, [grey(*s) for s in shapes])
    frames = iter(source)
    assert [next(frames).shape[:2] for _ in shapes] == shapes


def test_a_video_that_ends_early_gives_what_is_there(tmp_path):
    draw, path = np.random.default_rng(0), tmp_path / 'cut.avi'
    recorder = VideoRecorder(path, 25)
    for _ in range(30):
        recorder.write(draw.integers(0, 255, (158, 212, 3), np.uint8), 0)
    recorder.close()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with FrameSource(str(path)) as source:
        assert 10 < len(list(source)) < 30


def test_there_is_no_such_camera(monkeypatch):
    with pytest.raises(ValueError, match='^camera 97.*camera') as error:
        FrameSource(97)
    assert '\n' not in str(error.value)


def test_a_camera_of_somebody_else(monkeypatch):
    monkeypatch.setattr('sys.platform', 'linux')
    monkeypatch.setattr('pathlib.Path.exists', lambda path: True)
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    with pytest.raises(ValueError, match='usermod -aG video'):
        FrameSource(97)


@pytest.mark.parametrize(
    'data, reason',
    [
        (None, 'no such video'),
        (b'', 'not a video that can be read'),
        (b'no video at all' * 99, 'not a video that can be read'),
        ('half', 'not a video that can be read'),
    ],
)
def test_a_file_that_is_no_video(tmp_path, data, reason):
    path = tmp_path / 'film.mp4'
    if data == 'half':
        recorder = VideoRecorder(path, 30)
        for _ in range(9):
            recorder.write(grey(), 0)
        recorder.close()
        data = path.read_bytes()[:100]
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ValueError, match=f'film.mp4: {reason}'):
        FrameSource(str(path))


def test_a_folder_is_no_video(tmp_path):
    with pytest.raises(ValueError, match='a folder, not a video'):
        FrameSource(str(tmp_path))


def test_a_stream_without_a_frame(video, monkeypatch):
    monkeypatch.setattr(cv2, 'VideoCapture', lambda path: Camera([]))
    with pytest.raises(ValueError, match='seven.avi: holds no frame'):
        list(FrameSource(str(video)))
