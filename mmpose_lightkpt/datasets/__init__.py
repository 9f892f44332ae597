"""Person crops for MMPose: data sets, sampler, transforms, metadata.

Without MMPose (see :data:`mmpose_lightkpt.MMPOSE_READY`) nothing is imported
here, so that :mod:`.toy_people` works with numpy and OpenCV alone.
"""

from .. import MMPOSE_READY

__all__ = []

if MMPOSE_READY:
    from .epoch_sampler import EpochSampler
    from .lsp_as_coco_dataset import LspAsCocoDataset
    from .lsp_dataset import LspDataset
    from .people_dataset import PeopleDataset
    from .transforms import InformationDrop, PeopleInCrop, ScaleAwareCrop
    from .unlabelled_images_dataset import UnlabelledImagesDataset

    __all__ += [
        'EpochSampler',
        'InformationDrop',
        'LspAsCocoDataset',
        'LspDataset',
        'PeopleDataset',
        'PeopleInCrop',
        'ScaleAwareCrop',
        'UnlabelledImagesDataset',
    ]
