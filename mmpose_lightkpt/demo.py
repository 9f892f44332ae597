"""Draw skeletons on photographs: ``python -m mmpose_lightkpt.demo --help``.

The same as ``tools/demo.py``, for those who installed the package with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from .deploy.boxes import Box, parse_box, read_coco_boxes
from .deploy.draw import draw_skeleton
from .deploy.image_file import list_images, read_image, write_image
from .estimators import Estimator, bundle_estimator, checkpoint_estimator

EXAMPLES = """examples:
  # an exported model on a folder; every picture is taken as one person
  python tools/demo.py photos/ --model bundles/movenet --out drawn/

  # a checkpoint, two people given as x,y,w,h
  python tools/demo.py group.jpg --config CONFIG.py --checkpoint best.pth \\
      --boxes 10,20,110,240 150,15,120,250

  # boxes of a COCO annotation file
  python tools/demo.py images/ --model bundles/movenet --boxes-file val.json

Without boxes the whole picture is one person. A picture that cannot be read
is skipped and counted; the exit code is 1 if none could be drawn.
Without a clone, write `python -m mmpose_lightkpt.demo` for tools/demo.py.
"""


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
        description='Draw skeletons on a photograph or a folder of them.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('source', type=Path, metavar='IMAGE|FOLDER',
        help='photograph, or a folder of them')
    add('--model', metavar='BUNDLE_DIR',
        help='exported model, from tools/export_ncnn.py')
    add('--config', help='MMPose config, with --checkpoint')
    add('--checkpoint', metavar='CKPT', help='weights of --config')
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument(
        '--boxes', nargs='+', metavar='X,Y,W,H', default=[],
        help='persons in pixels, the same for every image')
    boxes.add_argument('--boxes-file', metavar='COCO.json',
                       help='persons from a COCO annotation file')
    add('--out', type=Path, metavar='DIR', default='work_dirs/drawn',
        help='folder to write to (default: %(default)s)')
    add('--score-thr', type=float, default=0.2, metavar='S',
        help='joints below it are not drawn (default: %(default)s)')
    args = parser.parse_args(argv)
    if bool(args.model) == bool(args.config or args.checkpoint):
        parser.error('give either --model or --config with --checkpoint')
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint need each other')
    return args
# fmt: on


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    try:
        images = list_images(args.source)
        boxes = None
        if args.boxes:
            given = [parse_box(text) for text in args.boxes]
            boxes = {image.name: given for image in images}
        elif args.boxes_file:
            boxes = read_coco_boxes(args.boxes_file)
        estimator = (
            bundle_estimator(args.model)
            if args.model
            else checkpoint_estimator(args.config, args.checkpoint)
        )
        drawn = draw_images(
            images, estimator, boxes, args.out, args.score_thr, verbose=True
        )
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'demo: error: {error}\n')
        return 1
    print(
        f'{len(drawn.files)} of {len(images)} images drawn into {args.out}'
        + (f', {len(drawn.skipped)} skipped' if drawn.skipped else '')
    )
    return int(not drawn.files)


if __name__ == '__main__':
    sys.exit(main())
