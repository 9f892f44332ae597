"""Transforms MMPose lacks, registered in ``mmpose.registry.TRANSFORMS``."""

from .people_in_crop import PeopleInCrop

__all__ = ['PeopleInCrop']
