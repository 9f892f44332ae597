import numpy as np

from mmpose_lightkpt.functional.bin_peaks import decode, decode_margins


def rows(peaks, length):
    """(1, K, length): value v at bin b, a smaller rival at bin 0."""
    bins = np.zeros((1, len(peaks), length), np.float32)
    for k, (place, value) in enumerate(peaks):
        bins[0, k, 0] = value - 0.125
        bins[0, k, place] = value
    return bins


def test_bin_i_is_at_i_over_r():
    x, y = rows([(6, 0.5), (3, 0.75)], 13), rows([(4, 0.25), (9, 1.0)], 17)
    keypoints, scores = decode(x, y, split_ratio=2)
    assert keypoints.tolist() == [[[[3, 2], [1.5, 4.5]]]]
    assert scores.tolist() == [[[0.25, 0.75]]]


def test_scores_above_one_are_clipped_and_none_is_mmposes_minus_one():
    x, y = rows([(6, 3.0), (3, -0.5)], 13), rows([(4, 2.0), (9, 1.0)], 17)
    keypoints, scores = decode(x, y, split_ratio=2)
    assert keypoints.tolist() == [[[[3, 2], [-0.5, -0.5]]]]
    assert scores.tolist() == [[[1, 0]]]


def test_margins_are_the_closest_decision():
    x, y = rows([(6, 3.0), (3, 0.0625)], 13), rows([(4, 2.0), (9, 1.0)], 17)
    assert decode_margins(x, y, 2).tolist() == [[0.125, 0.0625]]
