"""Targets drawn over the crop that they belong to.

Images are uint8 (H, W, 3) in BGR; maps are (C, h, w) on a grid whose cell j
lies at pixel j * stride, vectors (2K, h, w) as x0, y0, x1, y1, ... in cells.
Colours tell the side of the person: orange left, blue right, green neither.
"""

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from mmpose_lightkpt.deploy.draw import import_cv2, side_color

IGNORED = (60, 60, 220)
"""Red, in BGR: cells that no loss looks at."""


def heatmap_panel(
    crop: np.ndarray,
    maps: np.ndarray,
    names: Sequence[str],
    weights: Optional[np.ndarray] = None,
) -> np.ndarray:
    """Draw maps over a darkened crop, each in the colour of its joint.

    Args:
        crop: (H, W, 3).
        maps: (C, h, w) in [0, 1].
        names: C names; they choose the colours.
        weights: (C, h, w); where it is 0 the panel turns red, the more the
            more channels ignore the cell.
    """
    light = np.zeros(crop.shape, np.float32)
    for channel, name in zip(maps, names):
        spread = _enlarge(channel, crop.shape)[..., None]
        np.maximum(light, spread * np.float32(side_color(name)), out=light)
    canvas = crop * np.float32(0.45) + light * 0.8
    if weights is not None:
        ignored = _enlarge((weights == 0).mean(axis=0), crop.shape)[..., None]
        canvas += 0.5 * ignored * (np.float32(IGNORED) - canvas)
    return canvas.clip(0, 255).astype(np.uint8)


def vector_panel(
    crop: np.ndarray,
    vectors: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray,
    zoom: int = 2,
) -> np.ndarray:
    """Draw an arrow from every weighted cell to where it points.

    Args:
        crop: (H, W, 3).
        vectors: (2K, h, w) in cells.
        names: K joint names.
        weights: (K, h, w); cells of weight 0 are left out.
        zoom: the panel is this many times as large as the crop.
    """
    cv2 = import_cv2()
    canvas = cv2.resize((crop * 0.45).astype(np.uint8), None, fx=zoom, fy=zoom)
    grid = np.array(vectors.shape[:0:-1])
    stride = np.array(crop.shape[1::-1]) / grid
    for k, name in enumerate(names):
        y, x = np.nonzero(weights[k])
        start = np.stack([x, y], axis=1)
        end = start + vectors[2 * k : 2 * k + 2, y, x].T
        for a, b in zip(start * stride * zoom, end * stride * zoom):
            tip = 4 / max(np.hypot(*(b - a)), 8)
            cv2.arrowedLine(
                canvas,
                np.rint(a).astype(int).tolist(),
                np.rint(b).astype(int).tolist(),
                side_color(name),
                1,
                cv2.LINE_AA,
                tipLength=tip,
            )
    return canvas


def target_panels(
    crop: np.ndarray,
    encoded: Dict[str, np.ndarray],
    keys: Iterable[str],
    names: Sequence[str],
) -> List[Tuple[str, np.ndarray]]:
    """Draw each kind of target that a codec has encoded.

    Args:
        crop: (H, W, 3).
        encoded: what the codec returned, or a sample that holds it.
        keys: the codec's ``field_mapping_table``: its maps by name. One
            that ends in ``weights`` or ``mask`` belongs to the map whose
            name it starts with, in singular or plural.
        names: K joint names.

    Returns:
        Title and panel of each kind.
    """
    maps = {
        key: np.asarray(encoded[key])
        for key in keys
        if np.ndim(encoded.get(key)) == 3
    }
    panels = []
    for key, value in maps.items():
        if key.endswith(('weights', 'mask')):
            continue
        weights = maps.get(f'{key}_weights', maps.get(f'{key[:-1]}_weights'))
        if len(value) == 2 * len(names) and weights is not None:
            panel = vector_panel(crop, value, names, weights)
        else:
            titles = names if len(value) == len(names) else [''] * len(value)
            panel = heatmap_panel(crop, value, titles, weights)
        panels.append((key, panel))
    return panels


def _enlarge(cells: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """Bring (h, w) to the size of the crop, cell j at pixel j * stride."""
    height, width = cells.shape
    scale = np.array([[shape[1] / width, 0, 0], [0, shape[0] / height, 0]])
    cv2 = import_cv2()
    return cv2.warpAffine(
        np.float32(cells),
        scale,
        shape[1::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
