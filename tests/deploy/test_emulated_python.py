"""What can be said of emulation without emulating; see tests/deploy/arm."""

import pytest

from mmpose_lightkpt.deploy import arm_system
from mmpose_lightkpt.deploy.arm_system import ARCHITECTURES, find_missing
from mmpose_lightkpt.deploy.emulated_python import EmulatedPython


@pytest.mark.parametrize('machine', ARCHITECTURES)
def test_a_missing_qemu_is_named_in_one_line_with_the_remedy(
    machine, tmp_path, monkeypatch
):
    monkeypatch.setenv('PATH', str(tmp_path))
    python = EmulatedPython(tmp_path / 'arm', machine)
    assert 'qemu-user-static' in python.missing
    assert machine in python.missing and '\n' not in python.missing
    with pytest.raises(OSError, match='apt-get install qemu-user-static'):
        python.prepare()


def test_nothing_is_missing_where_all_programs_are(tmp_path, monkeypatch):
    arch = ARCHITECTURES['aarch64']
    for name in (arch.qemu, 'apt-get', 'dpkg'):
        (tmp_path / name).write_text('')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.setattr(arm_system, 'KEYRING', str(tmp_path / 'dpkg'))
    assert find_missing(arch) is None


def test_what_cannot_be_fetched_costs_one_line(tmp_path, monkeypatch):
    arch = ARCHITECTURES['aarch64']
    for name in (arch.qemu, 'apt-get', 'dpkg'):
        (tmp_path / name).write_text(
            '#!/bin/sh\necho "no network" >&2\nexit 9'
        )
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:/bin')
    monkeypatch.setattr(arm_system, 'KEYRING', str(tmp_path / 'dpkg'))
    pytest.importorskip('ncnn')
    with pytest.raises(OSError, match='apt-get ended with code 9: no network'):
        EmulatedPython(tmp_path / 'arm').prepare()
    assert not (tmp_path / 'arm/aarch64/ready').exists()


def test_an_unknown_machine_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown machine 'mips'.*aarch64"):
        EmulatedPython(tmp_path, 'mips')


def test_the_emulated_python_sees_no_module_of_this_one(tmp_path, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', 'mine')
    monkeypatch.setenv('PYTHONHOME', 'mine')
    python = EmulatedPython(tmp_path, 'armv7l', 'cortex-a15')
    found = python.environment()
    assert 'mine' not in found['PYTHONPATH'] + found['PYTHONHOME']
    assert found['QEMU_CPU'] == 'cortex-a15'
