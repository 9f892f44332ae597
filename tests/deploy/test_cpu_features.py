"""Real processors' lines, and what they mean for a precision."""

import platform

import pytest

from mmpose_lightkpt.deploy.cpu_features import cpu_features, precision_note
from mmpose_lightkpt.deploy.device import describe_device

PI_4 = 'Features\t: fp asimd evtstrm crc32 cpuid'
PI_5 = 'Features\t: fp asimd crc32 atomics fphp asimdhp cpuid asimddp'
ZEN_4 = 'flags\t\t: fpu fma avx f16c avx2 avx512f avx512_bf16 hypervisor'


def device(cpuinfo, machine='aarch64', **more):
    return dict(features=cpu_features(cpuinfo), machine=machine, **more)


def test_features_are_told_in_the_same_order_everywhere():
    assert cpu_features(PI_4) == ['asimd']
    assert cpu_features(PI_5) == ['asimd', 'asimdhp', 'asimddp']
    assert cpu_features(ZEN_4)[-1] == 'avx512_bf16'
    assert cpu_features('Processor : unknown') == []


@pytest.mark.parametrize(
    'precision, described, words',
    [
        ('fp16', device(PI_4), 'no such arithmetic (asimdhp)'),
        ('fp16', device(PI_5), None),
        ('fp16-storage', device(PI_4), None),
        ('fp16', device(ZEN_4, 'x86_64'), 'on x86 ncnn stores in it'),
        ('bf16', device(PI_5), 'bf16: this processor has no'),
        ('bf16', device(ZEN_4, 'x86_64'), None),
        ('fp32', device(PI_4), None),
        ('fp16', device(''), None),
        ('fp16', device(PI_4, emulated=True), None),
    ],
)
def test_a_precision_that_is_not_what_it_says_is_told(
    precision, described, words
):
    note = precision_note(precision, described)
    assert note is words is None or words in note


def test_an_emulator_does_not_boast_of_its_host(tmp_path, monkeypatch):
    (tmp_path / 'proc').mkdir()
    (tmp_path / 'proc/cpuinfo').write_text(ZEN_4)
    monkeypatch.setenv('QEMU_CPU', 'cortex-a76')
    assert describe_device(tmp_path)['features'] == []


def test_this_machine_tells_its_features():
    if platform.system() != 'Linux':
        pytest.skip('there is no /proc/cpuinfo here')
    assert isinstance(describe_device()['features'], list)
