"""The command line: ``--video`` and ``--camera``, without a screen."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import demo
from mmpose_lightkpt.deploy.video_recorder import VideoRecorder

cv2 = pytest.importorskip('cv2')
pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn
ROOT = Path(__file__).resolve().parents[2]


def dot(x):
    frame = np.zeros((158, 212, 3), np.uint8)
    frame[66:75, x - 4 : x + 5, 2] = 255
    return frame


XS = range(20, 190, 6)


@pytest.fixture
def walk(tmp_path):
    """A red dot walks to the right on black, 25 frames a second."""
    recorder = VideoRecorder(tmp_path / 'walk.avi', 25)
    for x in XS:
        recorder.write(dot(x), 0)
    recorder.close()
    return tmp_path / 'walk.avi'


def run(*words):
    return demo.main([str(word) for word in words])


def read(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        good, frame = capture.read()
        if not good:
            return frames, capture.get(cv2.CAP_PROP_FPS)
        frames.append(frame)


@pytest.mark.parametrize('suffix', ['.mp4', '.avi'])
def test_a_video_is_drawn_frame_by_frame(
    walk, tiny_bundle, tmp_path, capsys, suffix
):
    out = tmp_path / f'out{suffix}'
    assert run(
        '--video', walk, '--model', tiny_bundle, '--headless', '--out', out
    ) == 0  # fmt: skip
    frames, fps = read(out)
    assert len(frames) == len(XS) and fps == 25
    assert {frame.shape for frame in frames} == {(158, 212, 3)}
    text = capsys.readouterr()
    assert f'{len(XS)} frames, ' in text.out and f'video: {out}' in text.out
    assert 'pre ' in text.out and 'draw ' in text.out
    # The grey frame of the crop walks along; the first is the whole picture.
    for x, frame in [pair for pair in zip(XS, frames) if 60 < pair[0] < 160]:
        grey = (np.ptp(frame[40:, :].astype(int), axis=2) < 60) & (
            frame[40:].min(axis=2) > 90
        )
        columns = np.nonzero(grey.sum(axis=0) > 15)[0]
        assert columns.min() < x < columns.max()
        assert columns.max() - columns.min() < 45


def test_the_video_goes_beside_the_photographs(
    walk, tiny_bundle, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    words = ['--video', walk, '--model', tiny_bundle, '--headless']
    assert run(*words, '--frames', 3, '--box', '0,40,90,100') == 0
    frames, _ = read(tmp_path / 'work_dirs/drawn/walk_pose.avi')
    assert len(frames) == 3


def test_the_filter_can_be_switched_off(walk, tiny_bundle, tmp_path):
    """The same first frame; then what is drawn lags, or does not."""
    films = {}
    for word in ('--filter', '--no-filter'):
        out = tmp_path / f'out{word}.avi'
        words = ['--video', walk, '--model', tiny_bundle, '--headless']
        assert run(*words, word, '--out', out, '--box', '0,0,212,158') == 0
        # Below the writing, which holds the times.
        films[word] = [frame[20:].astype(int) for frame in read(out)[0]]
    apart = [
        np.abs(one - two).max()
        for one, two in zip(films['--filter'], films['--no-filter'])
    ]
    assert apart[0] < 30 < max(apart)


def test_a_video_that_ends_early_is_drawn_as_far_as_it_goes(
    tiny_bundle, tmp_path, capsys
):
    draw, path = np.random.default_rng(0), tmp_path / 'cut.avi'
    recorder = VideoRecorder(path, 25)
    for _ in range(30):
        recorder.write(draw.integers(0, 255, (158, 212, 3), np.uint8), 0)
    recorder.close()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    out = tmp_path / 'out.avi'
    words = ['--video', path, '--model', tiny_bundle, '--headless']
    assert run(*words, '--out', out) == 0
    assert 10 < len(read(out)[0]) < 30


def test_a_camera_that_is_turned_is_drawn_on(
    tiny_bundle, tmp_path, monkeypatch
):
    out = tmp_path / 'me.avi'
    frames = [dot(x) for x in XS]
    frames[9:] = [np.rot90(frame).copy() for frame in frames[9:]]
    words = ['--camera', 0, '--model', tiny_bundle, '--headless']
    with monkeypatch.context() as patch:
        fake_camera(patch, frames, KeyboardInterrupt())
        patch.setattr(
            'mmpose_lightkpt.deploy.video_recorder._has_frames',
            lambda path: True,
        )
        assert run(*words, '--out', out) == 0
    assert {frame.shape for frame in read(out)[0]} == {(158, 212, 3)}


def fake_camera(monkeypatch, frames, end=None):
    class Camera:
        def __init__(self, number):
            self.frames = list(frames)

        def isOpened(self):  # noqa: N802
            return True

        def get(self, key):
            return 30.0

        def set(self, key, value):
            return True

        def read(self):
            if self.frames:
                return True, self.frames.pop(0)
            if end:
                raise end
            return False, None

        def release(self):
            pass

    monkeypatch.setattr(cv2, 'VideoCapture', Camera)


@pytest.mark.parametrize('end, code', [(None, 1), (KeyboardInterrupt(), 0)])
def test_a_camera_ends_and_its_video_can_be_played(
    tiny_bundle, tmp_path, monkeypatch, capsys, end, code
):
    out = tmp_path / 'me.mp4'
    words = ['--camera', 0, '--model', tiny_bundle, '--headless']
    with monkeypatch.context() as patch:
        fake_camera(patch, [dot(x) for x in XS], end)
        # The recorder looks into its file with the real one.
        patch.setattr(
            'mmpose_lightkpt.deploy.video_recorder._has_frames',
            lambda path: True,
        )
        assert run(*words, '--out', out) == code
    frames, _ = read(out)
    assert frames and frames[0].shape == (158, 212, 3)
    text = capsys.readouterr()
    assert f'{len(XS)} frames' in text.out and f'video: {out}' in text.out
    assert ('plugged' in text.err) == bool(code)


@pytest.mark.skipif(os.name != 'posix', reason='needs signals')
@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM', 'SIGHUP'])
def test_signals_finish_the_video(
    walk, tiny_bundle, tmp_path, monkeypatch, name
):
    """Sent to ourselves from the drawing of the tenth frame."""
    number = getattr(signal, name)
    before = signal.getsignal(number)
    calls = []

    def write_line(canvas, text):
        calls.append(text)
        if len(calls) == 10:
            signal.raise_signal(number)

    monkeypatch.setattr('mmpose_lightkpt.deploy.live.write_line', write_line)
    words = ['--video', walk, '--model', tiny_bundle, '--headless']
    assert run(*words, '--out', tmp_path / 'out.mp4') == 130
    assert len(read(tmp_path / 'out.mp4')[0]) == 9
    assert signal.getsignal(number) is before


def test_a_camera_is_recorded_only_if_a_place_is_given(
    tiny_bundle, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    fake_camera(monkeypatch, [dot(x) for x in XS])
    words = ['--camera', 0, '--model', tiny_bundle, '--headless']
    assert run(*words, '--frames', 5) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ['tiny']
    assert '--out me.mp4 records' in capsys.readouterr().err


@pytest.mark.parametrize(
    'words, named',
    [
        (['--video', 'nowhere.mp4'], 'nowhere.mp4: no such video'),
        (['--video', 'BAD'], 'bad.mp4: not a video'),
        (['--video', 'WALK', '--box', '9,9,5,20'], 'box'),
        (['--video', 'WALK', '--box', '900,9,950,20'], 'outside of the frame'),
        (['--video', 'WALK', '--out', 'a.gif'], 'a.gif: a video must end in'),
        (['--video', 'WALK', '--out', 'WALK'], 'is the video that is read'),
        (['--camera', '97'], 'camera 97'),
    ],
)
def test_a_mistake_gives_one_line_and_fails(
    walk, tiny_bundle, tmp_path, words, named
):
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    before = walk.read_bytes()
    names = dict(WALK=str(walk), BAD=str(bad))
    words = [names.get(word, word) for word in words]
    done = subprocess.run(
        [sys.executable, str(ROOT / 'tools' / 'demo.py'), *words]
        + ['--model', str(tiny_bundle)],
        cwd=tmp_path,
        env=dict(
            os.environ,
            PYTHONPATH=str(ROOT),
            OMP_NUM_THREADS='1',
            DISPLAY='',
            WAYLAND_DISPLAY='',
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [
        line for line in done.stderr.splitlines() if 'no window' not in line
    ]
    assert done.returncode == 1 and len(lines) == 1, done.stderr
    assert named in lines[0]
    assert walk.read_bytes() == before


@pytest.mark.parametrize(
    'words',
    [
        [],
        ['a.jpg', '--camera', '0', '--model', 'b'],
        ['--camera', '0', '--video', 'a.mp4', '--model', 'b'],
        ['--camera', '-1', '--model', 'b'],
        ['--camera', '0', '--config', 'c.py', '--checkpoint', 'c.pth'],
        ['--camera', '0', '--model', 'b', '--boxes', '1,2,3,4'],
        ['a.jpg', '--model', 'b', '--box', '1,2,3,4'],
        ['a.jpg', '--model', 'b', '--mirror'],
        ['a.jpg', '--model', 'b', '--no-filter'],
        ['--camera', '0', '--model', 'b', '--frames', '0'],
    ],
)
def test_options_that_contradict_are_refused(words):
    with pytest.raises(SystemExit) as error:
        run(*words)
    assert error.value.code == 2


def test_a_window_needs_a_screen(monkeypatch):
    from mmpose_lightkpt.deploy.window import why_no_window

    monkeypatch.setattr('sys.platform', 'linux')
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    assert why_no_window() == 'there is no screen'


def test_a_screen_that_is_gone_ends_nothing(monkeypatch):
    """Qt aborts the process that cannot reach its display: not this one."""
    from mmpose_lightkpt.deploy.window import why_no_window

    monkeypatch.setattr('sys.platform', 'linux')
    monkeypatch.setenv('DISPLAY', ':971')
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    assert why_no_window()
