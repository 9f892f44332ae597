"""WholeImageAP against COCO's own evaluation."""

import json

import numpy as np
import pytest

pytest.importorskip('mmpose')
coco = pytest.importorskip('xtcocotools.coco')
cocoeval = pytest.importorskip('xtcocotools.cocoeval')
from mmpose.evaluation.metrics import CocoMetric  # noqa: E402

from mmpose_lightkpt.evaluation import WholeImageAP  # noqa: E402

pytestmark = pytest.mark.mmpose
K = 17
SIGMAS = np.linspace(0.03, 0.1, K)


def scene(num=12, seed=0):
    """{image: (P, K, 2)} of people far apart, and their labels."""
    rng = np.random.default_rng(seed)
    images = {}
    for image in range(1, num + 1):
        people = rng.uniform(0, 90, (rng.integers(1, 4), K, 2))
        people[..., 0] += 300 * np.arange(len(people))[:, None]
        visible = rng.integers(0, 3, people.shape[:2])
        visible[:, 0] = 2
        images[image] = people, visible
    return images


@pytest.fixture
def file(tmp_path):
    """Write a scene as a COCO file; people without labels have none."""

    def write(images):
        annotations = []
        for image, (people, visible) in images.items():
            for joints, v in zip(people, visible):
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image,
                        category_id=1,
                        iscrowd=0,
                        area=5000.0,
                        bbox=[*joints.min(0), *np.ptp(joints, axis=0)],
                        num_keypoints=int((v > 0).sum()),
                        keypoints=np.c_[joints, v].ravel().tolist(),
                    )
                )
        path = tmp_path / 'truth.json'
        content = dict(
            images=[dict(id=image) for image in images],
            categories=[dict(id=1, name='person', keypoints=['k'] * K)],
            annotations=annotations,
        )
        path.write_text(json.dumps(content))
        return path

    return write


def near(images, seed=1, spread=4):
    """A detection of each person, some pixels off, with a score."""
    rng = np.random.default_rng(seed)
    return {
        image: (
            people + rng.normal(0, spread, people.shape),
            rng.uniform(0.1, 1, len(people)),
        )
        for image, (people, _) in images.items()
    }


def evaluate(metric, found):
    metric.dataset_meta = dict(sigmas=SIGMAS, num_keypoints=K)
    for image, (keypoints, scores) in found.items():
        # COCO's code takes a detection's area from its box, or from this.
        boxes = np.concatenate([keypoints.min(1), keypoints.max(1)], axis=1)
        instances = dict(
            keypoints=keypoints,
            keypoint_scores=np.ones((len(scores), K)),
            bboxes=boxes,
            bbox_scores=scores,
        )
        sample = dict(
            id=[1], img_id=image, pred_instances=instances, gt_instances={}
        )
        metric.process([{}], [sample])
    return metric.evaluate(len(found))


def by_coco(path, found):
    """AP and AR by xtcocotools alone."""
    truth = coco.COCO(str(path))
    results = [
        dict(
            image_id=image,
            category_id=1,
            score=float(score),
            keypoints=np.c_[points, np.ones(K)].ravel().tolist(),
        )
        for image, people in found.items()
        for points, score in zip(*people)
    ]
    judged = cocoeval.COCOeval(
        truth, truth.loadRes(results), 'keypoints', SIGMAS, True
    )
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    return judged.stats


def test_where_nothing_is_discarded_it_is_cocos(file):
    images = scene()
    found, path = near(images), file(images)
    metric = WholeImageAP(str(path))
    got = evaluate(metric, found)
    np.testing.assert_allclose(list(got.values()), by_coco(path, found))
    assert 0.1 < got['whole/AP'] < 0.9
    total = sum(len(scores) for _, scores in found.values())
    assert metric.details['detections'] == dict(all=total, discarded=0)
    theirs = CocoMetric(str(path), score_mode='bbox', nms_mode='none')
    other = evaluate(theirs, found)
    assert list(other.values()) == list(got.values())
    assert [k.replace('coco/', 'whole/') for k in other] == list(got)


def beside(found, score=1.0):
    """As well as these, somebody far from everybody in each image."""
    return {
        image: (
            np.concatenate([people, people[:1] + [5000, 0]]),
            np.append(scores, score),
        )
        for image, (people, scores) in found.items()
    }


def test_a_detection_of_nobody_labelled_changes_nothing(file):
    images = scene()
    found, path = near(images), file(images)
    metric = WholeImageAP(str(path))
    got = evaluate(metric, beside(found))
    assert got == evaluate(WholeImageAP(str(path)), found)
    assert metric.details['detections']['discarded'] == len(images)
    counted = by_coco(path, beside(found))
    assert counted[0] < got['whole/AP'] - 0.1


def test_a_second_detection_of_somebody_is_an_error(file):
    images = scene()
    found, path = near(images), file(images)
    double = {
        image: (np.concatenate([p, p]), np.concatenate([s + 1, s]))
        for image, (p, s) in found.items()
    }
    assert evaluate(WholeImageAP(str(path)), double)['whole/AP'] == (
        pytest.approx(by_coco(path, double)[0])
    )


def test_who_resembles_the_unlabelled_alone_is_discarded(file):
    """Their coordinates are in the file, but nothing is known of them."""
    images = scene()
    people, visible = images[3]
    found = near(images)
    images[3] = people, np.zeros_like(visible)
    metric = WholeImageAP(str(file(images)))
    evaluate(metric, found)
    assert metric.details['detections']['discarded'] == len(people)


@pytest.mark.parametrize('similarity, discarded', [(0.099, 1), (0.101, 0)])
def test_the_rule_is_an_oks_of_a_tenth(file, similarity, discarded):
    """d^2 = -ln(s) 2 area (2 sigma)^2 gives each joint the OKS s."""
    images = scene(1)
    (people, _), path = images[1], file(images)
    reach = np.sqrt(-np.log(similarity) * 2 * 5000) * 2 * SIGMAS
    moved = people[:1] + np.stack([reach, 0 * reach], -1)
    metric = WholeImageAP(str(path))
    evaluate(metric, {1: (moved, np.ones(1))})
    assert metric.details['detections'] == dict(all=1, discarded=discarded)


@pytest.mark.parametrize('nobody', ['none found', 'all discarded'])
def test_nothing_left_is_an_ap_of_zero(file, nobody):
    images = scene(3)
    far = {i: (p + 9000, s) for i, (p, s) in near(images).items()}
    none = {i: (np.zeros((0, K, 2)), np.zeros(0)) for i in images}
    found = dict(zip(('none found', 'all discarded'), (none, far)))[nobody]
    got = evaluate(WholeImageAP(str(file(images))), found)
    assert len(got) == 10 and set(got.values()) == {0.0}


def test_images_of_nobody_do_not_disturb(file):
    images = scene()
    found, path = near(images), file(images)
    found[2] = np.zeros((0, K, 2)), np.zeros(0)
    got = evaluate(WholeImageAP(str(path)), found)
    np.testing.assert_allclose(list(got.values()), by_coco(path, found))


@pytest.mark.parametrize('value', [-0.1, 1.5])
def test_a_similarity_that_cannot_be_is_refused(file, value):
    with pytest.raises(ValueError, match=f'min_oks.*{value}'):
        WholeImageAP(str(file(scene(1))), min_oks=value)
