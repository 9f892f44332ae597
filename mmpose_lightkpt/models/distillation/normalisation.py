"""From one network's normalisation of images to another's."""

from __future__ import annotations

from typing import NamedTuple, Optional

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

__all__ = ['Normalisation', 'black', 'normalisation_of', 'renormalise']


class Normalisation(NamedTuple):
    """What a data preprocessor does to an image: swap, then (x - m) / s.

    Attributes:
        swapped: whether the order of the channels is turned round.
        mean: m, (1 or 3, 1, 1), after the swap; None is 0.
        std: s, likewise; None is 1.
    """

    swapped: bool
    mean: Optional[Tensor]
    std: Optional[Tensor]

    def equals(self, other: Normalisation) -> bool:
        """Whether both do the same."""
        if self.swapped != other.swapped:
            return False
        return all(
            (a is None and b is None)
            or (a is not None and b is not None and torch.equal(a, b.to(a)))
            for a, b in zip(self[1:], other[1:])
        )


def normalisation_of(preprocessor: BaseDataPreprocessor) -> Normalisation:
    """Read what an ``ImgDataPreprocessor``, or MMPose's, does."""
    return Normalisation(
        getattr(preprocessor, '_channel_conversion', False),
        getattr(preprocessor, 'mean', None),
        getattr(preprocessor, 'std', None),
    )


def renormalise(
    images: Tensor, given: Normalisation, wanted: Normalisation
) -> Tensor:
    """Images as another network's preprocessor would have given them.

    Args:
        images: (N, C, H, W), normalised as ``given`` says.
        given: of the images.
        wanted: of the result.

    Returns:
        (N, C, H, W); the images themselves where the two are equal.
    """
    if given.equals(wanted):
        return images
    if given.mean is not None:
        images = images * given.std.to(images) + given.mean.to(images)
    if given.swapped != wanted.swapped:
        images = images.flip(1)
    if wanted.mean is not None:
        images = (images - wanted.mean.to(images)) / wanted.std.to(images)
    return images


def black(wanted: Normalisation) -> Tensor:
    """A black pixel (1, 3, 1, 1), as a preprocessor gives it."""
    plain = Normalisation(wanted.swapped, None, None)
    return renormalise(torch.zeros(1, 3, 1, 1), plain, wanted)
