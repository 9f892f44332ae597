"""People of whom nobody has labelled a joint, to be shown to a teacher."""

from pathlib import Path
from typing import List, Optional, Tuple

from mmpose.registry import DATASETS
from PIL import Image

from .people_dataset import WHERE_DATA_ARE, PeopleDataset

SUFFIXES = frozenset(('.bmp', '.jpeg', '.jpg', '.png', '.webp'))
PERSON = 1  # COCO's category
KEPT = ('id', 'image_id', 'category_id', 'bbox', 'iscrowd')
ORIENTATION = 0x0112  # EXIF's tag; from 5 on the picture lies on its side


@DATASETS.register_module()
class UnlabelledImagesDataset(PeopleDataset):
    """Crops without labels: all joints at 0 and invisible.

    Without ``ann_file`` it is every image of the folder
    ``data_prefix['img']`` and of those in it, each whole. With a COCO file it
    is the boxes of its persons (category 1); keypoints, if it has any, are
    dropped.

    ``dict(type='UnlabelledImagesDataset', ...)`` may stand in ``also`` of a
    :class:`PeopleDataset`, or in MMPose's ``CombinedDataset``, beside people
    with labels, and goes through the same pipeline.

    Args:
        others: of :class:`PeopleDataset`; ``metainfo`` names the joints of
            the labelled data, COCO's by default.

    Raises:
        FileNotFoundError: there is no such folder or file.
        ValueError: the folder has no image, or the file no person.
    """

    _sought = 'person'

    @property
    def _source(self) -> str:
        return self.ann_file or self.data_prefix['img']

    def _read_people(self) -> List[dict]:
        if self.data_mode != 'topdown':
            raise ValueError(
                f"{type(self).__name__}: data_mode must be 'topdown', "
                f'got {self.data_mode!r}'
            )
        if self.ann_file:
            return super()._read_people()
        folder = Path(self.data_prefix['img'])
        if not folder.is_dir():
            raise FileNotFoundError(
                f'{folder}: no such folder of images; {WHERE_DATA_ARE}'
            )
        paths = sorted(
            p for p in folder.rglob('*') if p.suffix.lower() in SUFFIXES
        )
        wholes = map(self._whole_image, range(1, len(paths) + 1), paths)
        return self._get_topdown_data_infos([w for w in wholes if w])

    def _whole_image(self, number: int, path: Path) -> Optional[dict]:
        """An image as one person's box; None, and counted, if it is none."""
        try:
            width, height = _size(path)
        except OSError:
            self._left_out['a file that is not an image'] += 1
            return None
        image = dict(width=width, height=height, img_path=str(path))
        annotation = dict(
            id=number,
            image_id=number,
            category_id=PERSON,
            bbox=[0, 0, width, height],
        )
        return self.parse_data_info(
            dict(raw_ann_info=annotation, raw_img_info=image)
        )

    def parse_data_info(self, raw_data_info: dict) -> Optional[dict]:
        """Parse one box, with joints that nobody has labelled."""
        given = raw_data_info['raw_ann_info']
        if given.get('category_id') != PERSON:
            return None
        annotation = {k: given[k] for k in KEPT if k in given}
        num_joints = self._metainfo['num_keypoints']
        annotation.update(keypoints=[0.0] * 3 * num_joints, num_keypoints=0)
        return super().parse_data_info(
            dict(raw_data_info, raw_ann_info=annotation)
        )

    @staticmethod
    def _is_valid_instance(data_info: dict) -> bool:
        return not data_info['iscrowd']


def _size(path: Path) -> Tuple[int, int]:
    """Width and height as an image is loaded: upright, as its EXIF says.

    Raises:
        OSError: it is not an image.
    """
    with Image.open(path) as image:
        size = image.size
        lies = image.getexif().get(ORIENTATION, 1) >= 5
    return size[::-1] if lies else size
