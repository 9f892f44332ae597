"""PCK@0.2 of the Leeds Sports Pose literature."""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmengine.logging import MMLogger
from mmpose.registry import METRICS

from mmpose_lightkpt.functional import pck

from .joint_groups import joint_groups
from .keypoint_metric import KeypointMetric


@METRICS.register_module()
class TorsoPCK(KeypointMetric):
    r"""PCK with the torso as its unit, averaged over joints.

    A joint is right when its error is at most ``threshold`` times the
    distance from the left shoulder to the right hip. Only labelled joints
    (v > 0) count; the result is the mean of the per-joint shares. Persons
    whose shoulder or hip is unlabelled, or whose torso has no length, are
    left out and counted in the log.

    MMPose's ``PCKAccuracy(norm_item='torso')`` measures between joints 4 and
    5 whatever they are (on LSP a knee and an ankle); here they are arguments.

    The key says over how many joints the mean goes: ``TorsoPCK/mean14``, or
    ``TorsoPCK/mean12`` with ``joints=range(12)``, the joints LSP shares with
    COCO (use ``save_best='TorsoPCK/mean12', rule='greater'``). With
    ``per_joint`` there is ``TorsoPCK/<joint>`` as well; the table of all
    joints is logged either way. With ``groups`` there is
    ``TorsoPCK/group/<name>``, the mean of the per-joint shares of head,
    shoulders, elbows, wrists, hips, knees and ankles, left and right
    together, which the tables of the LSP papers have. The standard error of
    the mean over persons is in ``details['standard_error']``.

    Args:
        torso: indices of the left shoulder and the right hip; LSP's (9, 2)
            by default, (5, 12) in COCO's order.
        joints: indices of the joints to average over; all when None.
        threshold: share of the torso.
        per_joint: also return one key per joint that is labelled anywhere.
        groups: also return one key per group of joints, by the names of the
            dataset's metainfo; of the joints averaged over, so that the
            mean of the groups, each weighted by its joints, is the total.
        collect_device: as in MMEngine.
        prefix: put before each key with a slash; none by default.

    Raises:
        ValueError: on indices that are negative, repeated or beyond the
            joints of the dataset, or a threshold that is not positive.
    """

    def __init__(
        self,
        torso: Tuple[int, int] = (9, 2),
        joints: Optional[Sequence[int]] = None,
        threshold: float = 0.2,
        per_joint: bool = False,
        groups: bool = False,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not threshold > 0:
            raise ValueError(
                'TorsoPCK: threshold must be a positive share '
                f'of the torso, got {threshold}'
            )
        if len(torso) != 2:
            raise ValueError(
                'TorsoPCK: torso takes the indices of the left '
                f'shoulder and the right hip, got {torso}'
            )
        for name, indices in (('torso', torso), ('joints', joints)):
            if indices is None:
                continue
            if (
                not len(indices)
                or min(indices) < 0
                or len(set(indices)) != len(indices)
            ):
                raise ValueError(
                    f'TorsoPCK: {name} must be different joint '
                    f'indices from 0 up, got {list(indices)}'
                )
        self.torso = tuple(torso)
        self.joints = None if joints is None else tuple(joints)
        self.threshold = threshold
        self.per_joint = per_joint
        self.groups = groups

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Check the indices against the joints that there are."""
        result = super().read(sample)
        num_joints = result['gt'].shape[1]
        largest = max(self.torso + (self.joints or ()))
        if largest >= num_joints:
            raise ValueError(
                f'TorsoPCK: joint {largest} was asked for, but the dataset '
                f'has {num_joints} (0 to {num_joints - 1}); set torso and '
                'joints for its order'
            )
        return result

    def judge(self, results: List[dict]) -> Tuple[np.ndarray, np.ndarray]:
        """Say which joints are right; those of persons with a torso count."""
        pred, gt, visible = (
            self.stack(results, key) for key in ('pred', 'gt', 'visible')
        )
        usable = visible[:, self.torso].all(axis=1)
        usable &= pck.torso_lengths(gt, self.torso) > 0
        if not usable.any():
            raise ValueError(
                f'TorsoPCK: none of {len(usable)} persons has both torso '
                f'joints {self.torso} labelled and apart; check torso'
            )
        hits = pck.torso_hits(pred, gt, self.torso, self.threshold)
        return hits, visible & usable[:, None]

    def compute_metrics(self, results: list) -> Dict[str, float]:
        """Average the per-joint shares of all persons with a torso."""
        hits, counted = self.judge(results)
        labelled = self.stack(results, 'visible').any(axis=1)
        left_out = labelled & ~counted.any(axis=1)
        if left_out.any():
            MMLogger.get_current_instance().warning(
                f'TorsoPCK left out {left_out.sum()} of {len(left_out)} '
                'persons: torso joints unlabelled or in one point'
            )
        metrics = self.summarise(pck.per_joint(hits, counted), counted)
        joints = list(self.joints or range(hits.shape[1]))
        error = pck.standard_error(hits[:, joints], counted[:, joints])
        self.details['standard_error'] = {
            f'TorsoPCK/mean{len(joints)}': round(error, 6)
        }
        return metrics

    def summarise(
        self, shares: np.ndarray, visible: np.ndarray
    ) -> Dict[str, float]:
        """Log the table and build the keys."""
        names = self.joint_names(len(shares))
        joints = self.joints or tuple(range(len(shares)))
        missing = [names[k] for k in joints if np.isnan(shares[k])]
        if missing:
            raise ValueError(
                f'TorsoPCK: nobody has {", ".join(missing)} labelled, so the '
                f'mean over {len(joints)} joints does not exist; leave them '
                'out with the argument joints'
            )
        total = float(shares[list(joints)].mean())
        metrics = {f'TorsoPCK/mean{len(joints)}': total}
        self.log_table(
            f'TorsoPCK@{self.threshold:g}, mean of {len(joints)} joints: '
            f'{total:.4f}',
            names,
            shares,
            visible,
        )
        if self.per_joint:
            metrics.update(
                (f'TorsoPCK/{name}', float(share))
                for name, share in zip(names, shares)
                if not np.isnan(share)
            )
        if self.groups:
            metrics.update(self.group(shares, joints))
        return metrics

    def group(
        self, shares: np.ndarray, joints: Sequence[int]
    ) -> Dict[str, float]:
        """Average the shares in groups, whose joints go into the details."""
        names = (self.dataset_meta or {}).get('keypoint_id2name')
        if not names:
            raise ValueError(
                'TorsoPCK: groups=True needs the names of the joints, which '
                'the metainfo of the dataset lacks (keypoint_id2name)'
            )
        found = joint_groups([names[k] for k in joints])
        members = {
            group: [joints[i] for i in chosen]
            for group, chosen in found.items()
        }
        self.details['joint_groups'] = {
            group: [names[k] for k in chosen]
            for group, chosen in members.items()
        }
        return {
            f'TorsoPCK/group/{group}': float(shares[chosen].mean())
            for group, chosen in members.items()
        }
