"""Draw skeletons over photographs, and photographs onto a sheet.

Images are uint8 (H, W, 3) in BGR, points are (x, y) with pixel centres at
integers. OpenCV is needed to draw and imported only then.
"""

from typing import Optional, Sequence, Tuple

import numpy as np

Color = Tuple[int, int, int]
LEFT: Color = (80, 127, 255)
"""Orange, in BGR: the left side of the person."""
RIGHT: Color = (255, 144, 30)
"""Blue, in BGR: the right side of the person."""
MIDDLE: Color = (90, 200, 90)
"""Green: joints and limbs of no side."""
_SUB_PIXEL_BITS = 4


def side_color(name: str) -> Color:
    """Return the colour of a joint by its name."""
    if name.startswith('left'):
        return LEFT
    return RIGHT if name.startswith('right') else MIDDLE


def draw_skeleton(
    image: np.ndarray,
    keypoints: np.ndarray,
    scores: np.ndarray,
    links: Sequence[Tuple[int, int]],
    names: Sequence[str],
    score_threshold: float = 0.2,
) -> np.ndarray:
    """Draw one person and return a new image.

    A limb is drawn when both its joints reach the threshold, in the colour
    of their side; between two sides, in the colour of none.

    Args:
        image: uint8 (H, W, 3), left as it is.
        keypoints: (K, 2) in pixels of the image; NaN is not drawn.
        scores: (K,) in [0, 1].
        links: pairs of joint indices.
        names: K joint names; ``left...`` and ``right...`` choose colours.
        score_threshold: joints below it are not drawn.

    Raises:
        ValueError: if the shapes do not fit.
        ImportError: if OpenCV is missing.
    """
    keypoints = np.asarray(keypoints, dtype=np.float64)
    scores = np.asarray(scores, dtype=np.float64)
    expected = (len(names), 2)
    if keypoints.shape != expected or scores.shape != expected[:1]:
        raise ValueError(
            f'draw_skeleton: {len(names)} joints need keypoints of shape '
            f'{expected} and scores of shape {expected[:1]}, got '
            f'{keypoints.shape} and {scores.shape}'
        )
    cv2 = import_cv2()
    canvas = np.array(image, dtype=np.uint8, order='C')
    shown = (scores >= score_threshold) & np.isfinite(keypoints).all(axis=1)
    unit = _line_unit(keypoints[shown], canvas.shape)
    limit = 4 * max(canvas.shape)
    points = np.nan_to_num(keypoints, posinf=0, neginf=0)
    points = np.rint(points.clip(-limit, limit) * 2**_SUB_PIXEL_BITS)
    points = [tuple(int(value) for value in point) for point in points]
    for a, b in links:
        if shown[a] and shown[b]:
            colors = {side_color(names[a]), side_color(names[b])} - {MIDDLE}
            color = colors.pop() if len(colors) == 1 else MIDDLE
            cv2.line(
                canvas,
                points[a],
                points[b],
                color,
                unit,
                cv2.LINE_AA,
                _SUB_PIXEL_BITS,
            )
    for joint in np.flatnonzero(shown):
        for radius, color in (
            (unit + 1, (255, 255, 255)),
            (unit, side_color(names[joint])),
        ):
            cv2.circle(
                canvas,
                points[joint],
                radius << _SUB_PIXEL_BITS,
                color,
                -1,
                cv2.LINE_AA,
                _SUB_PIXEL_BITS,
            )
    return canvas


def contact_sheet(
    images: Sequence[np.ndarray],
    columns: int,
    titles: Optional[Sequence[str]] = None,
    gap: int = 4,
) -> np.ndarray:
    """Lay images out in rows, each centred in a cell of the largest size.

    Args:
        images: at least one uint8 (H, W, 3), of any sizes.
        columns: images per row, >= 1.
        titles: one line of text above each image; needs OpenCV.
        gap: white pixels around every cell.

    Returns:
        uint8 (H, W, 3) on white.
    """
    if not len(images) or columns < 1:
        raise ValueError(
            'contact_sheet: needs at least one image and one '
            f'column, got {len(images)} and {columns}'
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f'contact_sheet: {len(images)} images need as many '
            f'titles, got {len(titles)}'
        )
    height = max(image.shape[0] for image in images)
    width = max(image.shape[1] for image in images)
    bar = 18 if titles is not None else 0
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    sheet = np.full(
        (gap + rows * (bar + height + gap), gap + columns * (width + gap), 3),
        255,
        np.uint8,
    )
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        top = gap + row * (bar + height + gap)
        left = gap + column * (width + gap)
        if titles is not None:
            _write(sheet[top : top + bar, left : left + width], titles[i])
        y = top + bar + (height - image.shape[0]) // 2
        x = left + (width - image.shape[1]) // 2
        sheet[y : y + image.shape[0], x : x + image.shape[1]] = image
    return sheet


def import_cv2():
    """Return OpenCV, or raise an ImportError that says how to get it."""
    try:
        import cv2
    except ImportError as error:
        raise ImportError(
            'reading and drawing pictures needs OpenCV: pip install '
            '"mmpose_lightkpt[image]"'
        ) from error
    return cv2


def _line_unit(points: np.ndarray, shape: Tuple[int, ...]) -> int:
    """Return a line width in pixels that suits the size of the person."""
    extent = np.ptp(points, axis=0).max() if len(points) else 0
    return int(np.clip(round(min(extent, max(shape)) / 90), 1, 12))


def _write(bar: np.ndarray, text: str) -> None:
    """Write one line, shrunk or cut to fit, into a strip of the sheet."""
    cv2 = import_cv2()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.42
    text = text.encode('ascii', 'replace').decode()
    while text and cv2.getTextSize(text, font, scale, 1)[0][0] > bar.shape[1]:
        text = text[:-1]
    strip = np.ascontiguousarray(bar)
    cv2.putText(
        strip,
        text,
        (0, bar.shape[0] - 6),
        font,
        scale,
        (40, 40, 40),
        1,
        cv2.LINE_AA,
    )
    bar[:] = strip
