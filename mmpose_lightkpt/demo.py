"""Draw skeletons on photographs, videos and what a camera sees.

``python -m mmpose_lightkpt.demo --help``.

The same as ``tools/demo.py``, for those who installed the package with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from .deploy import PRECISIONS
from .deploy.boxed_model import boxed_bundle
from .deploy.boxes import Box, parse_box, read_coco_boxes
from .deploy.draw import draw_skeleton
from .deploy.image_file import list_images, read_image, write_image
from .deploy.live_demo import draw_live
from .deploy.spec import SPEC_FILE
from .estimators import Estimator, bundle_estimator, checkpoint_estimator

EXAMPLES = """examples:
  # a photograph of one person, with the model that comes with the package
  python tools/demo.py photo.jpg

  # plug in a webcam and see yourself; q, Esc or Ctrl-C ends it
  python tools/demo.py --camera 0 --mirror

  # the same without a screen, recorded, with a model that you exported
  python tools/demo.py --camera 0 --model bundles/movenet --out me.mp4

  # a video; the person is followed, or stays in a box x1,y1,x2,y2
  python tools/demo.py --video walk.mp4 --model bundles/movenet
  python tools/demo.py --video walk.mp4 --model bundles/movenet \\
      --box 80,20,400,470

  # the network's own answers, frame by frame, without smoothing
  python tools/demo.py --video walk.mp4 --model bundles/movenet --no-filter

  # an exported model on a folder of pictures
  python tools/demo.py photos/ --model bundles/movenet --out drawn/

  # a checkpoint, two people given as x,y,w,h
  python tools/demo.py group.jpg --config CONFIG.py --checkpoint best.pth \\
      --boxes 10,20,110,240 150,15,120,250

  # boxes of a COCO annotation file
  python tools/demo.py images/ --model bundles/movenet --boxes-file val.json

Pictures: without boxes one person is looked for in the whole picture, then
looked at more closely where the joints are (a checkpoint takes the whole
picture as the person). A picture that cannot be read is skipped and counted;
the exit code is 1 if none was drawn.

Camera and video: one person is drawn. The first crop is the whole frame, the
next ones come from the joints of the frame before; it starts anew when nobody
is found. Ctrl-C finishes the video that is written. The exit code is 1 if
frames stop with an error, and 130 if Ctrl-C ended a video before its end (a
camera has none: 0).

Without a clone, write `python -m mmpose_lightkpt.demo` for tools/demo.py.
"""
_LIVE_ONLY = ('box', 'frames', 'mirror', 'headless', 'filter')


class Drawn(NamedTuple):
    """What came out of a run."""

    files: List[Path]
    skipped: List[str]
    """One line per picture that was not drawn."""


def draw_images(
    images: Sequence[Path],
    estimator: Estimator,
    boxes: Optional[Dict[str, List[Box]]],
    out: Path,
    score_threshold: float = 0.2,
    verbose: bool = False,
) -> Drawn:
    """Estimate and draw every picture into a folder.

    Args:
        images: picture files.
        estimator: the model.
        boxes: {file name: boxes}; a picture without a box is skipped. None
            takes every picture as a whole.
        out: folder of ``<name>_pose<suffix>``, made when needed.
        score_threshold: joints below it are not drawn.
        verbose: print progress to the standard error.

    Raises:
        OSError: if a drawing cannot be written.
    """
    drawn = Drawn([], [])
    for number, path in enumerate(images, start=1):
        try:
            image = read_image(path)
            own = None if boxes is None else boxes.get(path.name)
            if boxes is not None and not own:
                raise ValueError(f'{path}: no box given for this image')
            canvas = _draw_people(image, estimator, own, score_threshold)
        except ValueError as error:
            drawn.skipped.append(str(error))
            _tell(f'skipped {error}', verbose)
            continue
        target = out / f'{path.stem}_pose{path.suffix}'
        write_image(target, canvas)
        drawn.files.append(target)
        _tell(f'[{number}/{len(images)}] {target}', verbose)
    return drawn


def _draw_people(
    image: np.ndarray,
    estimator: Estimator,
    boxes: Optional[List[Box]],
    score_threshold: float,
) -> np.ndarray:
    for keypoints, scores in estimator.estimate(image, boxes):
        image = draw_skeleton(
            image,
            keypoints,
            scores,
            estimator.links,
            estimator.names,
            score_threshold,
        )
    return image


def _tell(line: str, verbose: bool) -> None:
    if verbose:
        sys.stderr.write(line + '\n')


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='demo.py', epilog=EXAMPLES, allow_abbrev=False,
        description='Draw skeletons on photographs, a video or a camera.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('source', type=Path, metavar='IMAGE|FOLDER', nargs='?',
        help='photograph, or a folder of them')
    add('--camera', type=_number(0), metavar='N',
        help='live from a camera; the first one is 0')
    add('--video', metavar='FILE|URL', help='every frame of a video')
    add('--model', metavar='BUNDLE_DIR',
        help='exported model, from tools/export_ncnn.py (default: the one '
        'that comes with the package)')
    add('--config', help='MMPose config, with --checkpoint')
    add('--checkpoint', metavar='CKPT', help='weights of --config')
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument(
        '--boxes', nargs='+', metavar='X,Y,W,H', default=[],
        help='persons in pixels, the same for every image')
    boxes.add_argument('--boxes-file', metavar='COCO.json',
                       help='persons from a COCO annotation file')
    add('--out', type=Path, metavar='DIR|VIDEO',
        help='folder to write to (default: work_dirs/drawn; a camera is only '
        'recorded if this is given), or a video, .mp4 or .avi')
    add('--score-thr', type=float, default=0.2, metavar='S',
        help='joints below it are not drawn (default: %(default)s)')
    _add_live_options(parser)
    args = parser.parse_args(argv)
    _check_args(parser, args)
    return args


def _add_live_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group('camera and video').add_argument
    add('--box', metavar='X1,Y1,X2,Y2',
        help='look there in every frame instead of following the person')
    add('--filter', action=argparse.BooleanOptionalAction,
        help='smooth the keypoints from frame to frame (default: yes)')
    add('--mirror', action='store_true', default=None,
        help='show it as a mirror would')
    add('--frames', type=_number(1), metavar='N', help='end after N frames')
    add('--headless', action='store_true', default=None,
        help='no window, screen or not')
    add = parser.add_argument_group('exported models').add_argument
    add('--runtime', choices=['ncnn'], default='ncnn',
        help='engine (default: %(default)s)')
    add('--threads', type=_number(1), default=2, metavar='N',
        help='threads of the engine (default: %(default)s)')
    add('--precision', choices=list(PRECISIONS), default='fp32',
        help='arithmetic of the engine (default: %(default)s)')


def _check_args(
    parser: argparse.ArgumentParser, args: argparse.Namespace
) -> None:
    given = (args.source, args.camera, args.video)
    args.live = args.source is None
    if sum(source is not None for source in given) != 1:
        parser.error('give one of IMAGE|FOLDER, --camera and --video')
    if args.live and (args.config or args.checkpoint):
        parser.error('--camera and --video take a bundle: --model BUNDLE_DIR')
    if args.live and (args.boxes or args.boxes_file):
        parser.error('--camera and --video take --box X1,Y1,X2,Y2')
    for name in () if args.live else _LIVE_ONLY:
        if getattr(args, name) is not None:
            parser.error(f'--{name} needs --camera or --video')
    if args.model and (args.config or args.checkpoint):
        parser.error('give either --model or --config with --checkpoint')
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint need each other')
# fmt: on


def _number(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f'must be a whole number of {least} or more, got {text!r}'
            )
        return int(text)

    return parse


def draw_photos(args: argparse.Namespace) -> int:
    """Draw the pictures of the command line; return the exit code."""
    if (args.source / SPEC_FILE).is_file():
        raise ValueError(
            f'{args.source} is a bundle, not a picture: '
            f'demo.py photo.jpg --model {args.source}'
        )
    images = list_images(args.source)
    out = args.out or Path('work_dirs/drawn')
    boxes = None
    if args.boxes:
        given = [parse_box(text) for text in args.boxes]
        boxes = {image.name: given for image in images}
    elif args.boxes_file:
        boxes = read_coco_boxes(args.boxes_file)
    estimator = (
        checkpoint_estimator(args.config, args.checkpoint)
        if args.checkpoint
        else bundle_estimator(
            args.model, args.threads, args.precision, args.score_thr
        )
    )
    drawn = draw_images(
        images, estimator, boxes, out, args.score_thr, verbose=True
    )
    print(
        f'{len(drawn.files)} of {len(images)} images drawn into {out}'
        + (f', {len(drawn.skipped)} skipped' if drawn.skipped else '')
    )
    return int(not drawn.files)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    try:
        if not (args.model or args.checkpoint):
            args.model = boxed_bundle()
        return draw_live(args) if args.live else draw_photos(args)
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'demo: error: {error}\n')
        return 1
    except KeyboardInterrupt:
        sys.stderr.write('demo: interrupted\n')
        return 130


if __name__ == '__main__':
    sys.exit(main())
