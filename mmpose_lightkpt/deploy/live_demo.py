"""What ``demo.py --camera`` and ``--video`` do."""

import argparse
import os
import sys
from pathlib import Path
from typing import Optional

from .boxes import parse_corners
from .draw import import_cv2
from .frame_source import FrameSource
from .live import Ended, LivePose, run_live
from .pipeline import PosePipeline
from .results import check_writable
from .signals import terminated_like_interrupted
from .video_recorder import CODECS, VideoRecorder
from .window import Window, why_no_window


def draw_live(args: argparse.Namespace) -> int:
    """Draw what a camera sees or a video holds; return the exit code.

    Args:
        args: of ``mmpose_lightkpt.demo``: model, camera, video, out, box,
            score_thr, threads, precision, mirror, headless, frames and
            filter.

    Raises:
        ValueError, OSError: if the model, the stream or the file to write
            cannot be opened.
        ImportError: if OpenCV or ncnn is missing.
    """
    box = parse_corners(args.box) if args.box else None
    video = video_path(args.out, args.camera, args.video)
    import_cv2().setNumThreads(args.threads)
    pipeline = PosePipeline.from_bundle(
        args.model, args.threads, args.precision
    )
    live = LivePose(
        pipeline, box, args.score_thr, args.mirror, args.filter is not False
    )
    source = args.video if args.camera is None else args.camera
    with FrameSource(source) as frames, terminated_like_interrupted():
        recorder = VideoRecorder(video, frames.fps) if video else None
        if video:
            check_writable(video)
        window = _open_window(args.headless, video)
        ended = run_live(
            frames,
            live,
            recorder,
            window,
            args.frames,
            None if window else _tell,
            frames.fps,
        )
        _tell_summary(ended, live, recorder)
        return _exit_code(ended, frames)


def video_path(
    out: Optional[Path], camera: Optional[int], video: Optional[str]
) -> Optional[Path]:
    """Where the drawn video goes; None if nowhere.

    A camera is recorded only when a place is given: it would fill a card.

    Raises:
        ValueError: if it is no format that can be written, or the very file
            that is read.
    """
    if out is None and camera is not None:
        return None
    out = out or Path('work_dirs/drawn')
    if out.suffix and not out.is_dir():
        if out.suffix.lower() not in CODECS:
            raise ValueError(
                f'{out}: a video must end in one of ' + ', '.join(CODECS)
            )
    else:
        read = Path('camera.mp4' if video is None else video)
        known = read.suffix.lower() in CODECS
        suffix = read.suffix if known else '.mp4'
        out = out / f'{read.stem or "video"}_pose{suffix}'
    if video is not None and os.path.realpath(out) == os.path.realpath(video):
        raise ValueError(f'{out} is the video that is read')
    return out


def _open_window(headless: bool, video: Optional[Path]) -> Optional[Window]:
    reason = 'as asked for' if headless else why_no_window()
    if reason is None:
        return Window('pose: q ends')
    _tell(
        f'no window ({reason}); '
        + (f'recording {video}' if video else 'times only')
        + ('' if video else ': --out me.mp4 records')
    )
    return None


def _tell_summary(
    ended: Ended, live: LivePose, recorder: Optional[VideoRecorder]
) -> None:
    if ended.frames:
        stages = live.times.summaries()
        times = ', '.join(
            f'{name} {s.median:.2f} ({s.p90:.2f})'
            for name, s in stages.items()
        )
        sys.stdout.write(
            f'{ended.frames} frames, {live.times.fps():.1f} fps\n'
            f'median (90th percentile) in ms: {times}\n'
        )
    if recorder and recorder.written:
        sys.stdout.write(f'video: {recorder.path}\n')
    sys.stdout.flush()
    if ended.error:
        sys.stderr.write(f'demo: error: {ended.error}\n')


def _exit_code(ended: Ended, frames: FrameSource) -> int:
    if ended.error:
        return 1
    # A camera has no end: Ctrl-C is how one stops it.
    if ended.interrupted and (not frames.is_camera or not ended.frames):
        return 130
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()
