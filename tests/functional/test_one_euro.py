"""The three formulas of the filter."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.one_euro import (
    OneEuro,
    smoothing_factor,
    soft_step,
)


def test_a_cut_off_is_where_a_slow_low_pass_halves_the_power():
    """The gain of y += alpha (x - y) at f Hz, from its transfer function
    alpha / (1 - (1 - alpha) / z), is 1 / sqrt(2) at the cut-off as long as
    it is far below the rate of frames."""
    interval, cutoff = 1e-4, 2.5
    alpha = smoothing_factor(cutoff, interval)
    z = np.exp(2j * np.pi * cutoff * interval)
    gain = abs(alpha / (1 - (1 - alpha) / z))
    assert gain == pytest.approx(np.sqrt(0.5), rel=1e-3)


def test_the_factor_of_tfjs_at_rest_and_thirty_frames():
    # 1 / (1 + 30 / (2 pi 2.5)) = 1 / 2.90986
    assert smoothing_factor(OneEuro().min_cutoff_hz, 1 / 30) == pytest.approx(
        0.343659, abs=1e-6
    )


def test_a_step_is_limited_softly():
    steps = np.array([-1e6, -1e-4, 0, 1e-4, 1e6])
    limited = soft_step(steps, np.array(0.5))
    np.testing.assert_allclose(limited, -limited[::-1])
    assert limited[3] == pytest.approx(1e-4, rel=1e-7)
    # asinh(u) is almost log(2 u) for large u.
    assert limited[4] == pytest.approx(0.5 * np.log(4e6), rel=1e-9)
