"""Tell a bad image from a bug in the pipeline."""

from typing import Any

from mmcv.transforms import LoadImageFromFile


class BadImageError(ValueError):
    """An image file that is missing, cut off or cannot be decoded."""


def is_loader(transform: Any) -> bool:
    """Whether this transform of a pipeline reads the image file."""
    return isinstance(transform, LoadImageFromFile)


def load_image(loader: LoadImageFromFile, data: dict) -> dict:
    """Run MMPose's loader, with one kind of error for all that can happen.

    A JPEG that was cut off counts as not decodable, for
    ``cv2.imdecode`` returns nothing (``cv2.imread``, which the loader does
    not use, would fill the rest with grey and return it).

    Raises:
        BadImageError: naming the file.
    """
    path = data['img_path']
    try:
        loaded = loader(data)
    except FileNotFoundError as error:
        raise BadImageError(f'{path}: no such file') from error
    except Exception as error:
        raise BadImageError(f'{path}: cut off or not an image') from error
    if loaded is None:  # the loader's ignore_empty=True
        raise BadImageError(f'{path}: missing, empty or not an image')
    return loaded
