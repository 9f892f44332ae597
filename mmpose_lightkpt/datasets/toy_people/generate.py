"""Write a data set of toy people in COCO's format."""

import json
import multiprocessing
import os
import re
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, List, Optional, Tuple, Union

import cv2
import numpy as np

from .annotations import annotate_all
from .keypoints import category
from .scene import draw_scene

#: Raised when a change of the code changes the pictures of a seed.
VERSION = 1
MIN_SIZE = 64
JPEG_QUALITY = 92
SPLITS = ('train', 'val')


def write_file(path: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder, then rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix='.tmp-')
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def scene_rng(seed: int, split: str, index: int) -> np.random.Generator:
    """The random stream of one picture, whoever draws it."""
    return np.random.default_rng(
        np.random.SeedSequence([seed, SPLITS.index(split), index]))


def _draw_one(task: tuple) -> List[dict]:
    """Draw and write one picture; its annotations."""
    folder, seed, split, index, (width, height) = task
    image, people = draw_scene(scene_rng(seed, split, index), width, height)
    _, jpeg = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY,
                                           JPEG_QUALITY])
    write_file(Path(folder) / f'{index:06d}.jpg', jpeg.tobytes())
    return annotate_all(people)


def _check(num_train, num_val, seed, image_size, workers) -> None:
    for name, value in (('num_train', num_train), ('num_val', num_val),
                        ('workers', workers)):
        if value < 1:
            raise ValueError(f'{name} must be at least 1, got {value}')
    if seed < 0:
        raise ValueError(f'seed must not be negative, got {seed}')
    if len(image_size) != 2 or min(image_size) < MIN_SIZE:
        raise ValueError(
            'image_size must be (width, height), each at least '
            f'{MIN_SIZE} pixels so that faces can be told, got {image_size}')


def _open_folder(out_dir: Path) -> None:
    """Make the folders; refuse those that are not ours to write in."""
    try:
        for folder in ('annotations', *(f'images/{s}' for s in SPLITS)):
            (out_dir / folder).mkdir(parents=True, exist_ok=True)
            write_file(out_dir / folder / '.writable', b'')
            (out_dir / folder / '.writable').unlink()
    except OSError as error:
        raise ValueError(
            f'out_dir {out_dir} cannot be written to ({error.strerror}); '
            'give a folder where you may create files') from error
    for split in SPLITS:
        path = out_dir / 'annotations' / f'{split}.json'
        if path.exists() and _read_info(path) is None:
            raise ValueError(
                f'{path} exists and is not of toy people; give another '
                'out_dir, so that your data are not overwritten')


def _read_info(path: Path) -> Optional[dict]:
    """The settings that an annotation file of ours was made with."""
    try:
        return json.loads(path.read_text())['info']['toy_people']
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _runner(workers: int):
    """A lazy, ordered map: in this process, or in several others."""
    if workers == 1:
        yield map
        return
    before = os.environ.get('LIGHTKPT_REGISTER')
    os.environ['LIGHTKPT_REGISTER'] = '0'  # workers need no MMPose
    context = multiprocessing.get_context('spawn')
    try:
        with ProcessPoolExecutor(workers, context, cv2.setNumThreads,
                                 (1,)) as pool:
            yield lambda *args: pool.map(*args, chunksize=8)
    finally:
        if before is None:
            del os.environ['LIGHTKPT_REGISTER']
        else:
            os.environ['LIGHTKPT_REGISTER'] = before


def _collect(split: str, drawn: list, info: dict) -> dict:
    """The COCO dictionary of a split."""
    width, height = info['image_size']
    images, annotations = [], []
    for index, people in enumerate(drawn):
        images.append(dict(id=index + 1, width=width, height=height,
                           file_name=f'{split}/{index:06d}.jpg'))
        for person in people:
            annotations.append(dict(id=len(annotations) + 1,
                                    image_id=index + 1, **person))
    return dict(
        info=dict(description='Toy people of mmpose_lightkpt',
                  toy_people=info),
        licenses=[dict(id=1, name='CC0-1.0')], images=images,
        annotations=annotations, categories=[category()])


def _is_complete(out_dir: Path, split: str, info: dict) -> bool:
    folder = out_dir / 'images' / split
    return (_read_info(out_dir / 'annotations' / f'{split}.json') == info
            and all((folder / f'{index:06d}.jpg').exists()
                    for index in range(info['count'])))


def _clear(out_dir: Path, split: str, count: int) -> None:
    """Drop what an earlier run left: its index first, then its surplus."""
    (out_dir / 'annotations' / f'{split}.json').unlink(missing_ok=True)
    for path in (out_dir / 'images' / split).iterdir():
        number = re.fullmatch(r'(\d{6})\.jpg', path.name)
        if path.name.startswith('.tmp-') or (
                number and int(number[1]) >= count):
            path.unlink()


def make_toy_people(
        out_dir: Union[str, Path], num_train: int = 2000,
        num_val: int = 200, seed: int = 0,
        image_size: Tuple[int, int] = (256, 256), workers: int = 2,
        progress: Optional[Callable[[str, int, int], None]] = None) -> None:
    """Draw toy people into ``images/{train,val}`` and ``annotations``.

    The files depend on the arguments only, not on ``workers``. A split
    that is complete is left alone; one that was interrupted is drawn
    again. The annotation file is written last, so where it exists its
    pictures do too. With several workers, call this from under ``if
    __name__ == '__main__'`` (processes are spawned).

    Args:
        image_size: (width, height) in pixels.
        progress: called as ``progress(split, done, total)``.

    Raises:
        ValueError: a number is too small, or ``out_dir`` cannot be
            written to or holds somebody else's annotations.
    """
    _check(num_train, num_val, seed, image_size, workers)
    out_dir = Path(out_dir)
    _open_folder(out_dir)
    with _runner(workers) as run:
        for split, count in zip(SPLITS, (num_train, num_val)):
            info = dict(version=VERSION, seed=int(seed), count=int(count),
                        image_size=[int(side) for side in image_size])
            if _is_complete(out_dir, split, info):
                continue
            _clear(out_dir, split, count)
            folder, drawn = str(out_dir / 'images' / split), []
            tasks = [(folder, seed, split, index, tuple(info['image_size']))
                     for index in range(count)]
            for people in run(_draw_one, tasks):
                drawn.append(people)
                if progress is not None:
                    progress(split, len(drawn), count)
            content = json.dumps(_collect(split, drawn, info))
            write_file(out_dir / 'annotations' / f'{split}.json',
                       content.encode())
