"""Transforms MMPose lacks, registered in ``mmpose.registry.TRANSFORMS``."""

from .information_drop import InformationDrop
from .people_in_crop import PeopleInCrop
from .scale_aware_crop import ScaleAwareCrop

__all__ = ['InformationDrop', 'PeopleInCrop', 'ScaleAwareCrop']
