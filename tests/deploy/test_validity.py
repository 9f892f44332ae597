"""Each flag alone, and its limit."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.machine_state import difference, read_machine
from mmpose_lightkpt.deploy.validity import SHORTEST_S, find_flags

QUIET = dict(
    wall_s=2.0,
    own_cpu_s=2.0,
    involuntary_switches=9,
    other_cpu_s=0.05,
    steal_s=0.0,
    clock_mhz=[1500.0, 1500.0],
    temperature_c=[40.0, 45.0],
    throttled=0,
)
EVEN = (5.0, 5.1, 5.2, 5.0, 5.1)


def test_a_quiet_board_has_no_flag():
    assert find_flags([QUIET] * 5, EVEN, {}) == {}


def test_a_machine_that_tells_nothing_has_no_flag():
    silent = dict.fromkeys(QUIET, None) | dict(
        wall_s=2.0, clock_mhz=[None, None], temperature_c=[None, None]
    )
    assert find_flags([silent, None], EVEN, {}) == {}


@pytest.mark.parametrize(
    'change, flag, text',
    [
        (dict(other_cpu_s=0.6), 'other load', '0.3 cores busy'),
        (dict(steal_s=0.1), 'time stolen by the host', '5%'),
        (dict(involuntary_switches=500), 'switched out', '250 times a second'),
        (dict(clock_mhz=[1500.0, 1200.0]), 'clock moved', '1200 to 1500 MHz'),
        (
            dict(throttled=4, temperature_c=[70.0, 84.6]),
            'throttled',
            'at 85 C',
        ),
    ],
)
def test_one_bad_repeat_is_enough(change, flag, text):
    readings = [QUIET, QUIET | change, QUIET]
    assert find_flags(readings, EVEN, {}) == {flag: text}


def test_a_counter_that_ticks_too_slowly_proves_nothing():
    short = QUIET | dict(wall_s=0.01, other_cpu_s=0.01, steal_s=0.01)
    assert find_flags([short], EVEN, {}) == {}


def test_repeats_are_compared_by_their_clocks_too():
    slow = QUIET | dict(clock_mhz=[1000.0, 1000.0])
    assert 'clock moved' in find_flags([QUIET, slow], EVEN, {})


@pytest.mark.parametrize(
    'medians, text',
    [
        ((3.5, 8.8, 3.6, 8.7, 3.5), '3.60 and 8.70 ms'),
        ((3.5, 8.8, 3.6, 3.7, 3.5), None),  # one is an accident
        ((3.0, 3.5, 4.0, 4.5, 5.0), None),  # a drift
        ((3.5,), None),
        ((), None),
    ],
)
def test_two_groups_of_repeats_are_told(medians, text):
    found = find_flags([], medians, {})
    assert found.get('two kinds of repeats') == text


def test_a_machine_that_is_none_is_told():
    device = dict(emulated=True, virtual=True)
    assert find_flags([], EVEN, device) == {
        'emulated': 'not a latency',
        'virtual machine': True,
    }


@pytest.mark.skipif(
    not Path('/proc/stat').is_file(), reason='this system tells no load'
)
def test_a_neighbour_that_never_rests_is_seen():
    busy = [sys.executable, '-c', 'print(flush=True)\nwhile True: pass']
    with subprocess.Popen(busy, stdout=subprocess.PIPE) as neighbour:
        neighbour.stdout.readline()
        before = read_machine()
        time.sleep(2 * SHORTEST_S)
        reading = difference(before, read_machine())
        neighbour.kill()
    assert 'other load' in find_flags([reading], EVEN, {})
