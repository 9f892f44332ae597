"""MeanOKS against COCO's own evaluation."""

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose_lightkpt.evaluation import MeanOKS  # noqa: E402

pytestmark = pytest.mark.mmpose

SIGMAS = [0.026, 0.079, 0.107, 0.087, 0.089]


def sample(pred, gt, visible, area, image='a.jpg'):
    """One person in the form of ``PoseDataSample.to_dict()``."""
    return dict(
        id=7,
        img_path=image,
        raw_ann_info=dict(area=area),
        pred_instances=dict(keypoints=np.asarray(pred)[None]),
        gt_instances=dict(
            keypoints=np.asarray(gt)[None],
            keypoints_visible=np.asarray(visible)[None],
        ),
    )


def evaluate(*samples, sigmas=SIGMAS):
    """Run the metric over batches of one."""
    metric = MeanOKS()
    metric.dataset_meta = dict(sigmas=np.array(sigmas))
    for one in samples:
        metric.process([{}], [one])
    return metric.evaluate(len(samples))


def people(num, seed):
    """Persons with some labels, and predictions a few pixels away."""
    rng = np.random.default_rng(seed)
    gt = rng.uniform(0, 90, (num, 5, 2))
    visible = rng.integers(0, 3, (num, 5))
    visible[:, 3] = 2
    pred = gt + rng.normal(0, 4, gt.shape)
    return pred, gt, visible, rng.uniform(500, 9000, num)


def test_it_is_the_mean_of_what_coco_computes_for_each_person():
    coco = pytest.importorskip('xtcocotools.coco')
    cocoeval = pytest.importorskip('xtcocotools.cocoeval')
    pred, gt, visible, area = people(7, 0)
    ids = list(range(1, 8))
    data = coco.COCO()
    data.dataset = dict(
        images=[dict(id=n) for n in ids],
        categories=[dict(id=1, name='person', keypoints=list('k' * 5))],
        annotations=[
            dict(
                id=n,
                image_id=n,
                category_id=1,
                iscrowd=0,
                area=area[n - 1],
                bbox=[0, 0, 90, 90],
                num_keypoints=int((visible[n - 1] > 0).sum()),
                keypoints=np.c_[gt[n - 1], visible[n - 1]].ravel().tolist(),
            )
            for n in ids
        ],
    )
    data.createIndex()
    found = data.loadRes(
        [
            dict(
                image_id=n,
                category_id=1,
                score=0.5,
                keypoints=np.c_[pred[n - 1], np.ones(5)].ravel().tolist(),
            )
            for n in ids
        ]
    )
    evaluation = cocoeval.COCOeval(
        data, found, 'keypoints', np.array(SIGMAS), True
    )
    evaluation.params.imgIds = ids
    evaluation._prepare()
    expected = np.mean([evaluation.computeOks(n, 1) for n in ids])
    metrics = evaluate(*map(sample, pred, gt, visible, area))
    assert metrics == {'MeanOKS': pytest.approx(expected, rel=1e-9)}


def test_every_person_counts_the_same_however_many_joints_are_labelled():
    gt = np.zeros((5, 2))
    # d^2 = 2 * 500 * (2 * 0.079)^2 * ln 2 makes the second joint's OKS 1/2
    pred = gt.copy()
    pred[1, 0] = np.sqrt(2 * 500 * 0.158**2 * np.log(2))
    metrics = evaluate(
        sample(pred, gt, [0, 1, 0, 0, 0], 500.0),
        sample(gt, gt, [1, 1, 1, 1, 1], 500.0),
    )
    assert metrics == {'MeanOKS': pytest.approx(0.75)}


def test_a_person_without_labels_is_left_out():
    pred, gt, visible, area = people(2, 1)
    one = sample(pred[0], gt[0], visible[0], area[0])
    none = sample(pred[1], gt[1], np.zeros(5), area[1])
    assert evaluate(one, none) == evaluate(one)
    with pytest.raises(ValueError, match='none of the 1 evaluated samples'):
        evaluate(none)


def test_several_persons_of_an_image_have_an_annotation_each():
    pred, gt, visible, area = people(3, 2)
    singly = evaluate(*map(sample, pred, gt, visible, area))
    together = sample(pred[0], gt[0], visible[0], area[0])
    together['raw_ann_info'] = [dict(area=a) for a in area]
    together['pred_instances'] = dict(keypoints=pred)
    together['gt_instances'] = dict(keypoints=gt, keypoints_visible=visible)
    assert evaluate(together) == pytest.approx(singly)


@pytest.mark.parametrize(
    'annotation', [None, {}, dict(area=0), dict(area=np.nan), []]
)
def test_a_person_without_area_is_named(annotation):
    one = sample(*(x[0] for x in people(1, 3)), image='photo.jpg')
    one['raw_ann_info'] = annotation
    with pytest.raises(ValueError, match=r'photo.jpg \(annotation 7\).*area'):
        evaluate(one)


def test_sigmas_must_be_those_of_the_joints():
    one = sample(*(x[0] for x in people(1, 4)))
    with pytest.raises(ValueError, match='must give 5 sigmas'):
        evaluate(one, sigmas=SIGMAS[:4])
    metric = MeanOKS()
    metric.process([{}], [one])
    with pytest.raises(ValueError, match='must give 5 sigmas'):
        metric.evaluate(1)
