"""Person boxes as people give them: on a command line or in a COCO file."""

import json
import math
from pathlib import Path
from typing import Dict, List, Sequence, Tuple, Union

Box = Tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the image."""


def parse_box(text: str) -> Box:
    """Return the box of ``x,y,w,h`` in pixels.

    Raises:
        ValueError: if these are not four finite numbers, or w, h <= 0.
    """
    try:
        values = [float(part) for part in text.split(',')]
    except ValueError:
        values = []
    return _corners(values, f'box {text!r}')


def parse_corners(text: str) -> Box:
    """Return the box of ``x1,y1,x2,y2`` in pixels.

    Raises:
        ValueError: if these are not four finite numbers, or x2 <= x1, or
            y2 <= y1.
    """
    try:
        x1, y1, x2, y2 = (float(part) for part in text.split(','))
        return _corners((x1, y1, x2 - x1, y2 - y1), text)
    except ValueError:
        raise ValueError(
            f'box {text!r} must be four numbers x1,y1,x2,y2 in pixels with '
            'x1 < x2 and y1 < y2'
        ) from None


def without_padding(crop: Box, padding: float) -> Box:
    """The box which, enlarged by ``padding``, is ``crop``."""
    x1, y1, x2, y2 = crop
    x, y = (1 - 1 / padding) / 2 * (x2 - x1), (1 - 1 / padding) / 2 * (y2 - y1)
    return x1 + x, y1 + y, x2 - x, y2 - y


def read_coco_boxes(path: Union[str, Path]) -> Dict[str, List[Box]]:
    """Return {file name without folder: boxes} of a COCO annotation file.

    Images without annotations have an empty list.

    Raises:
        ValueError: if the file is missing or not of that form.
    """
    try:
        data = json.loads(Path(path).read_text(encoding='utf-8'))
        names = {
            image['id']: Path(image['file_name']).name
            for image in data['images']
        }
        boxes: Dict[str, List[Box]] = {name: [] for name in names.values()}
        for annotation in data['annotations']:
            where = f'bbox of annotation {annotation.get("id")}'
            boxes[names[annotation['image_id']]].append(
                _corners(annotation['bbox'], where)
            )
    except OSError as error:
        raise ValueError(f'{path}: {error.strerror or error}') from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'{path}: not a COCO annotation file ({error!r}): it '
            'needs images (id, file_name) and annotations '
            '(image_id, bbox)'
        ) from error
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    return boxes


def _corners(values: Sequence[float], where: str) -> Box:
    if (
        len(values) != 4
        or not all(map(math.isfinite, values))
        or min(values[2:]) <= 0
    ):
        raise ValueError(
            f'{where} must be four numbers x,y,w,h in pixels, w and h above 0'
        )
    x, y, width, height = map(float, values)
    return x, y, x + width, y + height
