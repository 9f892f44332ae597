"""Points and curves are what the records say."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from study_records import bench, judged  # noqa: E402

from mmpose_lightkpt.evaluation import (  # noqa: E402
    Rung,
    ladder_points,
    reference_ms,
    reference_rung,
    reliability_curves,
)
from mmpose_lightkpt.functional.calibration import reliability  # noqa: E402

pytestmark = pytest.mark.mmpose


def test_a_rung_is_found_in_the_benchmark_by_its_config_or_its_name():
    rungs = [
        Rung('a', [judged('ipr', mean=0.5)]),
        Rung('b', [judged('ipr', mean=0.6)], model='other'),
    ]
    points = ladder_points(rungs, bench(ipr_small=3.0, other=7.0, bare=2.0))
    assert points == [
        ('a', 3.0, (0.5, 0.5, 0.5, 1)),
        ('b', 7.0, (0.6, 0.6, 0.6, 1)),
    ]


def test_seeds_make_one_point_with_their_mean_and_range():
    seeds = [judged(seed=s, mean=m) for s, m in enumerate((0.5, 0.8, 0.5))]
    (point,) = ladder_points([Rung('a', seeds)], bench(ipr_small=3.0))
    assert point.value == (pytest.approx(0.6), 0.5, 0.8, 3)


def test_what_lacks_a_time_or_the_metric_is_no_point():
    rungs = [
        Rung('slow', [judged('slow', mean=0.5)]),
        Rung('other metric', [judged(ap=0.5)]),
        Rung('not judged', model='ipr_small'),
        Rung('nothing'),
    ]
    assert ladder_points(rungs, bench(ipr_small=3.0)) == []
    assert ladder_points([Rung('a', [judged(mean=0.5)])], None) == []


def test_stage_threads_and_precision_can_be_chosen():
    rungs, record = [Rung('a', [judged(mean=0.5)])], bench(ipr_small=3.0)
    for more, ms in (
        (dict(), 3.0),
        (dict(threads=2), 1.5),
        (dict(precision='fp16'), 9.0),
        (dict(stage='total'), 3.75),
    ):
        assert ladder_points(rungs, record, **more)[0].ms == ms


def test_the_reference_is_the_one_of_the_benchmark():
    assert reference_ms(bench(bare=2.0, ipr_small=3.0)) == 2.0
    assert reference_ms(bench(bare=2.0), stage='decode') == 0.5
    assert reference_ms(bench(reference=None, bare=2.0)) is None
    assert reference_ms(None) is None


def test_the_reference_may_be_a_rung():
    rungs = [Rung('a', [judged('ipr')]), Rung('b', model='other')]
    assert reference_rung(rungs, bench(reference='ipr_small')) == 'a'
    assert reference_rung(rungs, bench(reference='other')) == 'b'
    assert reference_rung([*rungs, Rung('no record')], bench('bare')) is None
    assert reference_rung([Rung('c')], bench(reference=None)) is None
    assert reference_rung(rungs, None) is None


def stored(bins):
    """Bins as a record holds them."""
    return {
        key: [None if np.isnan(v) else v for v in values.tolist()]
        for key, values in bins._asdict().items()
    }


def test_the_curve_of_several_seeds_is_that_of_all_their_joints():
    rng = np.random.default_rng(0)
    draws = [
        (rng.uniform(low, high, num), rng.uniform(0, 1, num) < 0.4)
        for low, high, num in ((0, 0.6, 50), (0.3, 0.7, 20))
    ]
    records = [judged(calibration=stored(reliability(*d))) for d in draws]
    (curve,) = reliability_curves([Rung('a', records), Rung('b', [judged()])])
    together = reliability(*(np.concatenate(part) for part in zip(*draws)))
    assert curve.label == 'a'
    for own, expected in zip(curve.bins, together):
        np.testing.assert_allclose(own, expected)
    assert np.isnan(curve.bins.scores[-1])
    assert curve.bins.ece == pytest.approx(together.ece)


def test_seeds_with_different_bins_are_refused():
    records = [
        judged(calibration=stored(reliability([0.5], [True], num)))
        for num in (5, 10)
    ]
    with pytest.raises(ValueError, match='records of a have different bins'):
        reliability_curves([Rung('a', records)])
