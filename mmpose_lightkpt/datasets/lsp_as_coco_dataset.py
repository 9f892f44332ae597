"""LSP's people with the joints of COCO, to train and test COCO's models on."""

from functools import cache
from typing import Dict, Optional

import numpy as np
from mmpose.registry import DATASETS

from .lsp_dataset import LspDataset
from .people_dataset import PeopleDataset


@DATASETS.register_module()
class LspAsCocoDataset(PeopleDataset):
    """LSP or LSP Extended under COCO's 17 names.

    The 12 joints that both name alike keep their labels. COCO's face has
    none, so it is ignored and never a negative; neck and top of the head are
    dropped. Unlike MMPose's ``KeypointConverter``, joints are matched by
    name, before anything is flipped, and other people's as well.

    ``dict(type='LspAsCocoDataset', ...)`` may stand in ``also`` of a
    :class:`PeopleDataset`.
    """

    def parse_data_info(self, raw_data_info: dict) -> Optional[dict]:
        """Parse one annotation of 14 joints as one of 17."""
        annotation = dict(raw_data_info['raw_ann_info'])
        if 'keypoints' in annotation:
            source = _lsp_joints()
            if len(annotation['keypoints']) != 3 * len(source):
                fault = f'a keypoint list that is not 3 x {len(source)} long'
                self._left_out[fault] += 1
                return None
            annotation['keypoints'] = self._renamed(
                annotation['keypoints'], source
            )
        return super().parse_data_info(
            dict(raw_data_info, raw_ann_info=annotation)
        )

    def _renamed(self, keypoints: list, source: Dict[str, int]) -> list:
        """Move 14 x (x, y, v) to their places among the 17."""
        target = self._metainfo['keypoint_name2id']
        triples = np.zeros((len(target), 3))
        given = np.reshape(keypoints, (-1, 3))
        for name in set(source) & set(target):
            triples[target[name]] = given[source[name]]
        return triples.ravel().tolist()


@cache
def _lsp_joints() -> Dict[str, int]:
    """Names of LSP's 14 joints; reading them for each person takes minutes."""
    return LspDataset(lazy_init=True).metainfo['keypoint_name2id']
