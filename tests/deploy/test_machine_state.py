"""Readings of made-up machines, and of this one."""

import os

import pytest

from mmpose_lightkpt.deploy import machine_state
from mmpose_lightkpt.deploy.machine_state import difference, read_machine

TICK = os.sysconf('SC_CLK_TCK')


@pytest.fixture
def machine(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace('__', '/').replace('--', '.')
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'{text}\n')
        return tmp_path

    return write


def cpu_line(user, steal):
    # user nice system idle iowait irq softirq steal guest guest_nice
    return f'cpu  {user} 20 30 9999 9999 4 5 {steal} 7 7\ncpu0 1 1'


def test_what_a_machine_does_not_tell_is_none(tmp_path):
    reading = read_machine(tmp_path)
    hidden = ('busy_s', 'steal_s', 'clock_mhz', 'temperature_c', 'throttled')
    assert [getattr(reading, name) for name in hidden] == [None] * 5
    found = difference(reading, read_machine(tmp_path))
    assert found['other_cpu_s'] is found['steal_s'] is None
    assert found['wall_s'] > 0 and found['own_cpu_s'] >= 0


def test_time_of_other_processes_and_of_the_host_is_told(machine):
    root = machine(proc__stat=cpu_line(1000, 50))
    before = read_machine(root)
    machine(proc__stat=cpu_line(1000 + 3 * TICK, 50 + 2 * TICK))
    after = read_machine(root)._replace(own_cpu_s=before.own_cpu_s + 1)
    found = difference(before, after)
    assert found['other_cpu_s'] == pytest.approx(2)
    assert found['steal_s'] == pytest.approx(2)


def test_clocks_and_temperatures_are_in_mhz_and_degrees(machine):
    cores = sorted(os.sched_getaffinity(0))
    for core in cores:
        folder = f'sys__devices__system__cpu__cpu{core}__cpufreq'
        machine(**{f'{folder}__scaling_cur_freq': 1500000})
    root = machine(
        sys__class__thermal__thermal_zone0__temp=41000,
        sys__class__thermal__thermal_zone1__temp=62500,
    )
    reading = read_machine(root)
    assert (reading.clock_mhz, reading.temperature_c) == (1500, 62.5)


def test_a_clock_that_the_kernel_holds_down_is_told(machine):
    device = 'sys__class__thermal__cooling_device'
    root = machine(
        **{
            f'{device}0__type': 'gpio-fan',
            f'{device}0__cur_state': 3,
            f'{device}1__type': 'cpufreq-cpu0',
            f'{device}1__cur_state': 0,
        }
    )
    assert read_machine(root).throttled == 0
    machine(**{f'{device}1__cur_state': 2})
    assert read_machine(root).throttled == 2


@pytest.mark.parametrize(
    'answer, bits',
    [('throttled=0x0', 0), ('throttled=0x50000', 0), ('throttled=0x50004', 4)],
)
def test_a_pi_tells_bits_of_which_only_the_first_are_of_now(
    machine, monkeypatch, answer, bits
):
    root = machine(bin__vcgencmd=f'#!/bin/sh\necho {answer}')
    (root / 'bin/vcgencmd').chmod(0o755)
    monkeypatch.setenv('PATH', str(root / 'bin'), prepend=os.pathsep)
    assert machine_state._firmware_bits() == bits


def test_a_damaged_file_tells_nothing(machine):
    root = machine(
        proc__stat='cpu', sys__class__thermal__thermal_zone0__temp='hot'
    )
    reading = read_machine(root)
    assert reading.busy_s is None and reading.temperature_c is None
