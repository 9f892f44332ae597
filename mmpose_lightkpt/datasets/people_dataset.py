"""COCO-style people, one crop each, that know who else is in the picture."""

from collections import Counter
from itertools import groupby
from logging import WARNING
from pathlib import Path
from typing import Any, List, Optional, Sequence, Union

import mmpose
import numpy as np
from mmengine.dataset import force_full_init
from mmengine.fileio import exists
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from .annotation_check import find_fault
from .bad_image import BadImageError, is_loader, load_image
from .seeding import SampleKey, seeded
from .skip_counter import SkipCounter

WHERE_DATA_ARE = (
    'set LIGHTKPT_DATA to the folder that holds the data sets, or correct '
    'data_root, ann_file and data_prefix in the config'
)


def _coco_metainfo() -> str:
    """MMPose's own file: a relative name would first be sought in the cwd."""
    name = 'configs/_base_/datasets/coco.py'
    packaged = Path(mmpose.__file__).parent / '.mim' / name
    return str(packaged) if packaged.is_file() else name


@DATASETS.register_module()
class PeopleDataset(BaseCocoStyleDataset):
    """People with keypoints from a COCO-style file; COCO's 17 by default.

    Unlike MMPose's ``CocoDataset``:

    - in top-down mode each sample also carries the other people of its image,
      ``other_keypoints`` (Q, K, 2) and ``other_boxes`` (Q, 4; x1, y1, x2, y2)
      in image pixels and ``other_visible`` (Q, K) in {0, 1}, for
      :class:`PeopleInCrop`;
    - annotations that cannot be used are left out and counted in one warning;
    - an image that is missing, cut off or not decodable is skipped in
      training, logged once and counted in ``skips``; in test mode it raises;
    - it takes a :class:`SampleKey` as index, and then draws the augmentation
      from that key alone.

    Args:
        also: more files with the same joints, to be read after the first;
            each a dict of ``data_root``, ``ann_file`` and ``data_prefix``,
            and of a ``type`` if another data set reads it.
            MMPose's ``CombinedDataset`` would lose the joints' names and the
            care for bad images.

    The others are those of MMPose's ``BaseCocoStyleDataset``.

    Raises:
        FileNotFoundError: if the annotation file, or all images looked for,
            do not exist.
        ValueError: if the annotation file is empty, is not COCO or holds no
            person with labelled keypoints.
    """

    METAINFO: dict = dict(from_file=_coco_metainfo())
    takes_sample_keys = True
    _sought = 'person with labelled keypoints'

    def __init__(self, *args, also: Sequence[dict] = (), **kwargs):
        self.also = tuple(also)
        self._given_metainfo = kwargs.get('metainfo')
        super().__init__(*args, **kwargs)

    def __getitem__(self, key: Union[int, SampleKey]) -> dict:
        """Return one processed sample; redraws if its image is bad."""
        if isinstance(key, SampleKey):
            with seeded(key):
                return super().__getitem__(key.index)
        return super().__getitem__(key)

    @force_full_init
    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline; None in training if the image is bad."""
        data = self.get_data_info(idx)
        path = data['img_path']
        data['dataset'] = self
        try:
            for transform in self.pipeline.transforms:
                if is_loader(transform):
                    data = load_image(transform, data)
                else:
                    data = transform(data)
                if data is None:
                    return None
        except BadImageError as error:
            if self.test_mode:
                raise
            if self.skips.add(path):
                print_log(f'Skipping a bad image: {error}', 'current', WARNING)
            return None
        return data

    def load_data_list(self) -> List[dict]:
        """Read the annotation file, and refuse one that gives nothing."""
        self._left_out = Counter()
        data_list = self._read_people()
        left_out = self._describe_left_out()
        if not data_list:
            raise ValueError(
                f'{self._source} holds no {self._sought}'
                f'{left_out and ": " + left_out}'
            )
        if left_out:
            print_log(f'{self._source}: {left_out}', 'current', WARNING)
        paths = list(dict.fromkeys(data['img_path'] for data in data_list))
        self._check_folder(paths)
        for source in self.also:
            data_list += self._load_other(source)
        self.skips = SkipCounter(
            list(dict.fromkeys(data['img_path'] for data in data_list))
        )
        return data_list

    @property
    def _source(self) -> str:
        """Where the people come from, for messages."""
        return self.ann_file

    def _read_people(self) -> List[dict]:
        """The usable people of the annotation file."""
        if not exists(self.ann_file):
            raise FileNotFoundError(
                f'{self.ann_file}: no such annotation file; {WHERE_DATA_ARE}'
            )
        try:
            return super().load_data_list()
        except (
            AssertionError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            raise ValueError(
                f'{self.ann_file} is not a COCO keypoint file '
                f'({type(error).__name__}: {error})'
            ) from error

    def _load_other(self, source: dict) -> List[dict]:
        """The people of another file, by a data set of the same kind."""
        common = dict(
            type=type(self),
            metainfo=self._given_metainfo,
            data_mode=self.data_mode,
            test_mode=self.test_mode,
            serialize_data=False,
        )
        other = DATASETS.build(common | source)
        self._check_joints(other)
        self._check_folder([data['img_path'] for data in other.data_list])
        return other.data_list

    def _check_joints(self, other: 'PeopleDataset') -> None:
        """Refuse people whose joints are not ours."""
        ours, theirs = (
            data._metainfo['keypoint_id2name'] for data in (self, other)
        )
        if ours != theirs:
            raise ValueError(
                f'{type(self).__name__}: {other.ann_file} in `also` has the '
                f'joints {", ".join(theirs.values())}, expected '
                f'{", ".join(ours.values())}; give it a `type` that maps them'
            )

    def parse_data_info(self, raw_data_info: dict) -> Optional[dict]:
        """Parse one annotation; None, and counted, if it is unusable."""
        annotation = raw_data_info['raw_ann_info']
        if 'keypoints' in annotation and not annotation.get('iscrowd'):
            fault = find_fault(
                annotation,
                raw_data_info['raw_img_info'],
                self._metainfo['num_keypoints'],
            )
            if fault:
                self._left_out[fault] += 1
                return None
        return super().parse_data_info(raw_data_info)

    @staticmethod
    def _is_valid_instance(data_info: dict) -> bool:
        visible = data_info.get('keypoints_visible')
        if visible is not None and not (visible > 0).any():
            return False
        return BaseCocoStyleDataset._is_valid_instance(data_info)

    def _get_topdown_data_infos(self, instance_list: List[dict]) -> List[dict]:
        people = super()._get_topdown_data_infos(instance_list)
        for _, group in groupby(people, lambda person: person['img_id']):
            _attach_others(list(group))
        return people

    def _describe_left_out(self) -> str:
        reasons = ', '.join(
            f'{count} for {fault}'
            for fault, count in self._left_out.most_common()
        )
        total = sum(self._left_out.values())
        return reasons and f'{total} annotations left out ({reasons})'

    def _check_folder(self, paths: List[str], num_looked_for: int = 20):
        """Raise if images are to be loaded and none of some exists."""
        if not any(is_loader(t) for t in self.pipeline.transforms):
            return
        some = paths[:: max(1, len(paths) // num_looked_for)]
        if not any('://' in path or exists(path) for path in some):
            raise FileNotFoundError(
                f'{some[0]}: no such image, nor any of {len(some)} that '
                f'{self.ann_file} names; {WHERE_DATA_ARE}'
            )


def _attach_others(people: List[dict]) -> None:
    """Give each person of one image the others' keypoints and boxes."""
    keypoints = np.concatenate([person['keypoints'] for person in people])
    visible = np.concatenate(
        [person['keypoints_visible'] for person in people]
    )
    boxes = np.concatenate([person['bbox'] for person in people])
    for own, person in enumerate(people):
        others = np.arange(len(people)) != own
        person['other_keypoints'] = keypoints[others]
        person['other_visible'] = (visible[others] > 0).astype(np.float32)
        person['other_boxes'] = boxes[others]
