"""Is an image file whole?

OpenCV decodes a JPEG that was cut off without complaint: what is missing
becomes grey, and the labels lying there teach nonsense. A cut file shows in
its bytes: the mark that ends it is not there.
"""

import os
from typing import Optional

JPEG_START, JPEG_SCAN, JPEG_END = b'\xff\xd8', b'\xda', b'\xff\xd9'
PNG_START, PNG_END = b'\x89PNG\r\n\x1a\n', b'IEND\xaeB`\x82'


class BadImageError(ValueError):
    """An image file that is missing, cut off or cannot be decoded."""


def find_damage(data: bytes) -> Optional[str]:
    """Say what is wrong with the bytes of an image file, if anything.

    Args:
        data: the whole file. Formats other than JPEG and PNG are only
            checked for being empty.

    Returns:
        A few words such as ``'cut off'``, or None for a file that looks whole.
    """
    if not data:
        return 'empty file'
    if data.startswith(JPEG_START):
        end = data.find(JPEG_END, _find_jpeg_scan(data))
        return 'cut off: a JPEG without its end mark' if end < 0 else None
    if data.startswith(PNG_START) and PNG_END not in data:
        return 'cut off: a PNG without its end mark'
    return None


def check_image_file(path: str) -> None:
    """Raise :class:`BadImageError` if a local file is missing or damaged.

    Args:
        path: file to read. Addresses with a scheme (``s3://...``) are left
            to the loader.
    """
    if '://' in path:
        return
    if not os.path.isfile(path):
        raise BadImageError(f'{path}: no such file')
    with open(path, 'rb') as file:
        damage = find_damage(file.read())
    if damage:
        raise BadImageError(f'{path}: {damage}')


def _find_jpeg_scan(data: bytes) -> int:
    """Position where the pixels of a JPEG start; its length if nowhere.

    Segments before it are stepped over, since a thumbnail among them brings
    an end mark of its own. In the pixels themselves 0xff is escaped.
    """
    position = len(JPEG_START)
    while position + 4 <= len(data):
        marker = data[position + 1 : position + 2]
        if marker == JPEG_SCAN:
            return position
        if marker == b'\xff':  # fill byte before a marker
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], 'big')
        position += 2 + length
    return len(data)
