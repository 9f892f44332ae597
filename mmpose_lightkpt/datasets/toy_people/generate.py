"""Draw a data set of toy people into a folder, in COCO's format."""

import json
from pathlib import Path
from typing import Callable, List, Optional, Tuple, Union

import cv2
import numpy as np

from .annotations import annotate_all, collect
from .files import (
    SPLITS,
    clear,
    image_path,
    index_path,
    is_complete,
    open_folders,
    write_file,
)
from .scene import draw_scene
from .workers import open_mapper

#: Raised when a change of the code changes the pictures of a seed.
VERSION = 4
MIN_SIZE = 64
JPEG_QUALITY = 92


def scene_rng(seed: int, split: str, index: int) -> np.random.Generator:
    """The random stream of one picture, whoever draws it."""
    return np.random.default_rng(
        np.random.SeedSequence([seed, SPLITS.index(split), index])
    )


def _draw_one(task: tuple) -> List[dict]:
    """Draw and write one picture; its annotations."""
    out_dir, split, index, settings = task
    image, people = draw_scene(
        scene_rng(settings['seed'], split, index), *settings['image_size']
    )
    _, jpeg = cv2.imencode(
        '.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    write_file(image_path(out_dir, split, index), jpeg.tobytes())
    return annotate_all(people)


def _check(num_train, num_val, seed, image_size, workers) -> None:
    for name, value in (
        ('num_train', num_train),
        ('num_val', num_val),
        ('workers', workers),
    ):
        if value < 1:
            raise ValueError(f'{name} must be at least 1, got {value}')
    if seed < 0:
        raise ValueError(f'seed must not be negative, got {seed}')
    if len(image_size) != 2 or min(image_size) < MIN_SIZE:
        raise ValueError(
            f'image_size must be (width, height), each at least {MIN_SIZE} '
            f'pixels so that a face can be told, got {image_size}'
        )


def make_toy_people(
    out_dir: Union[str, Path],
    num_train: int = 2000,
    num_val: int = 200,
    seed: int = 0,
    image_size: Tuple[int, int] = (256, 256),
    workers: int = 2,
    progress: Optional[Callable[[str, int, int], None]] = None,
) -> None:
    """Draw toy people into ``images/{train,val}`` and ``annotations``.

    The files depend on all arguments but ``workers``. A split that is
    complete is left as it is; one that was interrupted is drawn again.
    The annotation file comes last: where it exists, its pictures do too.
    With several workers, call this from under ``if __name__ ==
    '__main__'``, since processes are spawned.

    Args:
        num_train, num_val: pictures (people are about a quarter more).
        image_size: (width, height) in pixels.
        workers: processes that draw.
        progress: called as ``progress(split, done, total)``.

    Raises:
        ValueError: a number is too small, or ``out_dir`` cannot be
            written to or holds somebody else's annotations.
        OSError: a file could not be written; the error names it.
    """
    _check(num_train, num_val, seed, image_size, workers)
    out_dir = Path(out_dir)
    open_folders(out_dir)
    with open_mapper(workers) as run:
        for split, count in zip(SPLITS, (num_train, num_val)):
            settings = dict(
                version=VERSION,
                seed=int(seed),
                count=int(count),
                image_size=[int(side) for side in image_size],
            )
            if is_complete(out_dir, split, settings):
                continue
            clear(out_dir, split, count)
            drawn = []
            for people in run(
                _draw_one,
                [(out_dir, split, index, settings) for index in range(count)],
            ):
                drawn.append(people)
                if progress is not None:
                    progress(split, len(drawn), count)
            content = json.dumps(collect(split, drawn, settings))
            write_file(index_path(out_dir, split), content.encode())
