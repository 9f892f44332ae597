"""Files of a data set: written whole or not at all, and only our own."""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Optional

SPLITS = ('train', 'val')


def write_file(path: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder, then rename.

    Raises:
        OSError: naming ``path``; nothing is left behind then.
    """
    name = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix='.tmp-')
        with os.fdopen(handle, 'wb') as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def image_path(out_dir: Path, split: str, index: int) -> Path:
    """Where a picture is."""
    return out_dir / 'images' / split / f'{index:06d}.jpg'


def index_path(out_dir: Path, split: str) -> Path:
    """Where the annotations of a split are."""
    return out_dir / 'annotations' / f'{split}.json'


def _read_settings(path: Path) -> Optional[dict]:
    """What an annotation file of ours was made with, None if not ours."""
    try:
        return json.loads(path.read_text())['info']['toy_people']
    except (OSError, ValueError, KeyError, TypeError):
        return None


def open_folders(out_dir: Path) -> None:
    """Make the folders of a data set.

    Raises:
        ValueError: files cannot be written there, or the annotations
            there are not of toy people.
    """
    try:
        for split in SPLITS:
            for path in (
                image_path(out_dir, split, 0),
                index_path(out_dir, split),
            ):
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile(
                    dir=path.parent, prefix='.tmp-'
                ):
                    pass
    except OSError as error:
        raise ValueError(
            f'out_dir {str(out_dir)!r} cannot be written to '
            f'({error.strerror}); give a folder where files may be '
            'created'
        ) from error
    for split in SPLITS:
        path = index_path(out_dir, split)
        if path.exists() and _read_settings(path) is None:
            raise ValueError(
                f'{str(path)!r} exists and is not of toy people; give '
                'another out_dir, so that your data are not overwritten'
            )


def is_complete(out_dir: Path, split: str, settings: dict) -> bool:
    """Whether a split made with these settings is all there."""
    return _read_settings(index_path(out_dir, split)) == settings and all(
        image_path(out_dir, split, index).exists()
        for index in range(settings['count'])
    )


def clear(out_dir: Path, split: str, count: int) -> None:
    """Drop what an earlier run left: its index first, then its surplus."""
    index_path(out_dir, split).unlink(missing_ok=True)
    for path in image_path(out_dir, split, 0).parent.iterdir():
        number = re.fullmatch(r'(\d{6})\.jpg', path.name)
        if path.name.startswith('.tmp-') or (
            number and int(number[1]) >= count
        ):
            path.unlink()
