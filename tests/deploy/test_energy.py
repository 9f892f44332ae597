"""Counters of made-up processors."""

import pytest

from mmpose_lightkpt.deploy.energy import energy_mj, read_energy_j, used_j


def zone(root, name, text):
    folder = root / 'sys/class/powercap' / name
    folder.mkdir(parents=True)
    (folder / 'energy_uj').write_text(text)


def test_packages_are_summed_and_their_parts_are_not(tmp_path):
    zone(tmp_path, 'intel-rapl:0', '2500000\n')
    zone(tmp_path, 'intel-rapl:0:0', '900000\n')
    zone(tmp_path, 'intel-rapl:1', '1000000\n')
    assert read_energy_j(tmp_path) == 3.5


@pytest.mark.parametrize('text', [None, 'x\n', ''])
def test_what_is_not_told_is_none(tmp_path, text):
    if text is not None:
        zone(tmp_path, 'intel-rapl:0', text)
    assert read_energy_j(tmp_path) is None


def test_a_counter_that_began_anew_tells_nothing():
    assert used_j(10.0, 12.5) == 2.5
    assert used_j(10.0, 1.0) is used_j(None, 1.0) is used_j(1.0, None) is None


def test_five_watts_for_four_milliseconds_are_twenty_millijoules():
    sample = dict(
        reading=dict(energy_j=10.0, wall_s=2.0),
        stages=dict(total=dict(median=4.0)),
    )
    assert energy_mj(sample) == pytest.approx(20)
    assert energy_mj(dict(sample, reading=None)) is None
    assert energy_mj(dict(sample, reading=dict(wall_s=1.0))) is None
