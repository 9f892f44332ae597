"""Read and write picture files, whole or not at all.

OpenCV decodes half a JPEG to a picture whose rest is grey, without an error:
the end of the file is looked for here.
"""

from pathlib import Path
from typing import List, Union

import numpy as np

from .draw import import_cv2
from .results import write_atomically

SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp')
_JPEG, _PNG = b'\xff\xd8', b'\x89PNG'
_JPEG_SCAN, _JPEG_END = b'\xff\xda', b'\xff\xd9'


def list_images(path: Union[str, Path]) -> List[Path]:
    """Return the picture itself, or those right in a folder, by name.

    Raises:
        ValueError: if there is nothing of that name, or no picture in it.
    """
    path = Path(path)
    if not path.is_dir():
        if not path.exists():
            raise ValueError(f'{path}: no such image or folder')
        return [path]
    found = sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not found:
        raise ValueError(
            f'{path}: no image in this folder, looked for '
            + ', '.join(SUFFIXES)
        )
    return found


def read_image(path: Union[str, Path]) -> np.ndarray:
    """Return a picture as uint8 (H, W, 3) in BGR.

    Raises:
        ValueError: if the file is missing, truncated or no picture.
    """
    cv2 = import_cv2()
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f'{path}: {error.strerror or error}') from error
    if is_truncated(data):
        raise ValueError(f'{path}: the file is truncated')
    image = None
    if data:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f'{path}: not an image that can be read')
    return image


def write_image(path: Union[str, Path], image: np.ndarray) -> None:
    """Write a picture in the format of its suffix, whole or not at all.

    Raises:
        ValueError: if there is no such format.
        OSError: if it cannot be written.
    """
    cv2 = import_cv2()
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f'{path}: the suffix must be one of ' + ', '.join(SUFFIXES)
        )
    _, data = cv2.imencode(suffix, image)
    write_atomically(path, data.tobytes())


def is_truncated(data: bytes) -> bool:
    """Whether a JPEG or PNG ends before its end mark.

    Some cameras append data after the mark, and a thumbnail inside the
    header has a mark of its own: a whole JPEG has one after its last scan.
    """
    if data.startswith(_JPEG):
        return data.rfind(_JPEG_END) <= data.rfind(_JPEG_SCAN)
    return data.startswith(_PNG) and b'IEND' not in data
