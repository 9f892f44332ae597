"""What a loss has to know of a data set's keypoints."""

from __future__ import annotations

from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

__all__ = ['dataset_meta']


def dataset_meta(owner: object, dataset: str) -> dict:
    """Read the metainfo of a registered data set's class.

    Args:
        owner: the loss that asks.
        dataset: its type, such as ``'CocoDataset'``.

    Returns:
        What MMPose's ``parse_pose_metainfo`` gives: ``sigmas`` (K,),
        ``skeleton_links`` as pairs of indices, ...

    Raises:
        ValueError: it is not registered, or has no metainfo.
    """
    found = DATASETS.get(dataset)
    meta = getattr(found, 'METAINFO', None)
    if not meta:
        raise ValueError(
            f'{type(owner).__name__}: dataset must be a registered data set '
            f'with METAINFO, got {dataset!r}'
        )
    return parse_pose_metainfo(dict(meta))
