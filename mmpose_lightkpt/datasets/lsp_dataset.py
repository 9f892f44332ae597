"""Leeds Sports Pose: 14 joints, named from the person's own left and right.

Johnson and Everingham, "Clustered Pose and Nonlinear Appearance Models for
Human Pose Estimation", BMVC 2010, with annotations in COCO's form.
"""

from pathlib import Path

from mmpose.registry import DATASETS

from .people_dataset import PeopleDataset


@DATASETS.register_module()
class LspDataset(PeopleDataset):
    """:class:`PeopleDataset` with the 14 joints of LSP and LSP Extended.

    The metadata come with this package and are found from any folder.
    """

    METAINFO: dict = dict(
        from_file=str(Path(__file__).parent / 'metainfo' / 'lsp.py')
    )
