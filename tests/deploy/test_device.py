import getpass
import json
import os
import platform

import pytest

from mmpose_lightkpt.deploy.device import (
    UNREADABLE,
    cpu_model,
    describe_device,
    is_emulated,
    is_virtual,
)

X86 = """processor : 0
vendor_id\t: GenuineIntel
model name\t: Some CPU @ 3.00GHz
flags\t\t: fpu vme {extra}
"""
ARM = """processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd03
processor\t: 1
CPU implementer\t: 0x41
CPU part\t: 0xd03
processor\t: 2
CPU implementer\t: 0x41
CPU part\t: 0xd09
"""


@pytest.fixture(autouse=True)
def without_qemu(monkeypatch):
    for name in [n for n in os.environ if n.startswith('QEMU_')]:
        monkeypatch.delenv(name)


def make_root(folder, cpuinfo, **files):
    (folder / 'proc/device-tree').mkdir(parents=True)
    (folder / 'proc/cpuinfo').write_text(cpuinfo)
    for name, text in files.items():
        (folder / 'proc' / name).write_text(text)
    return folder


def test_the_record_names_no_host_no_user_and_no_path():
    text = json.dumps(describe_device())
    for secret in (platform.node(), os.getcwd(), os.path.expanduser('~')):
        if len(secret) > 3:
            assert secret not in text
    assert f'"{getpass.getuser()}"' not in text


def test_a_board_is_known_by_its_device_tree(tmp_path):
    root = make_root(tmp_path, ARM, loadavg='0.50 0.25 0.75 1/99 1234\n')
    model = root / 'proc/device-tree/model'
    model.write_bytes(b'Raspberry Pi 4 Model B Rev 1.4\0')
    found = describe_device(root)
    assert found['board'] == 'Raspberry Pi 4 Model B Rev 1.4'
    assert found['load_average'] == [0.5, 0.25, 0.75]
    assert found['virtual'] is False


def test_what_cannot_be_read_is_none(tmp_path):
    found = describe_device(tmp_path)
    for key in ('board', 'cpu', 'governor', 'load_average'):
        assert found[key] is None


def test_a_governor_that_one_may_not_read_is_told(tmp_path, monkeypatch):
    def forbidden(path, *args, **kwargs):
        raise PermissionError(13, 'Permission denied', str(path))

    monkeypatch.setattr('pathlib.Path.read_text', forbidden)
    assert describe_device(tmp_path)['governor'] == UNREADABLE
    assert describe_device(tmp_path)['board'] is None


def test_arm_cores_are_listed_once_per_kind():
    assert cpu_model(ARM) == 'ARM 0x41/0xd03, 0x41/0xd09'
    assert cpu_model(X86) == 'Some CPU @ 3.00GHz'
    assert cpu_model('') is None


def test_a_hypervisor_flag_means_virtual(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'b').mkdir()
    assert is_virtual(
        make_root(tmp_path / 'a', X86.format(extra='hypervisor'))
    )
    assert not is_virtual(make_root(tmp_path / 'b', X86.format(extra='sse')))


@pytest.mark.parametrize(
    'cpuinfo, machine, emulated',
    [
        (X86, 'aarch64', True),
        (X86, 'armv7l', True),
        (X86, 'x86_64', False),
        (ARM, 'aarch64', False),
    ],
)
def test_arm_code_on_an_x86_processor_is_emulated(cpuinfo, machine, emulated):
    assert is_emulated(cpuinfo, machine) is emulated


def test_a_qemu_variable_means_emulated(monkeypatch):
    monkeypatch.setenv('QEMU_CPU', 'cortex-a76')
    assert is_emulated('', 'aarch64')
