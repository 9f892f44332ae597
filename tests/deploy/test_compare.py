"""What is slower is told; what is of another machine is refused."""

import pytest

from mmpose_lightkpt.deploy.compare import compare, format_changes

PI = dict(board='Raspberry Pi 5', cpu='0x41/0xd0b', machine='aarch64')


def row(model, ms, threads=1, flags=None):
    stages = dict(forward=dict(median=ms))
    found = dict(model=model, precision='fp32', threads=threads, stages=stages)
    return found if flags is None else dict(found, flags=flags)


def record(*rows, **device):
    return dict(rows=list(rows), device=dict(PI, **device))


def test_only_what_both_have_is_compared_and_only_beyond_the_threshold():
    old = record(row('a', 10.0), row('b', 10.0), row('b', 4.0, 2), row('c', 1))
    new = record(row('b', 11.1), row('b', 4.3, 2), row('a', 5.0), row('d', 1))
    found = compare(new, old, 0.1)
    assert [(c.model, c.threads, c.slower) for c in found] == [
        ('b', 1, True),
        ('b', 2, False),
        ('a', 1, False),
    ]
    assert [c.ratio for c in found] == pytest.approx([1.11, 1.075, 0.5])
    assert not any(c.slower for c in compare(new, old, 0.12))


def test_a_flag_is_shown_and_is_no_excuse():
    flags = {'other load': '0.5 cores busy', 'virtual machine': True}
    (change,) = compare(
        record(row('a', 2.0, flags=flags)), record(row('a', 1))
    )
    assert change.slower and change.doubt == 'new: other load'
    text = format_changes([change], 0.1)
    assert '| a | fp32 | 1 | 1.00 | 2.00 | 2.00 | SLOWER; new: other' in text
    assert text.endswith('\n\n1 of 1 slower by more than 10%.')


@pytest.mark.parametrize(
    'new, old, words',
    [
        (record(row('a', 1), cpu='x'), record(row('a', 1)), 'two machines'),
        (record(row('a', 1)), record(row('a', 1), emulated=True), 'emulated'),
        (record(row('a', 1)), record(row('b', 1)), 'old one has b'),
    ],
)
def test_what_cannot_be_compared_is_refused(new, old, words):
    with pytest.raises(ValueError, match=words):
        compare(new, old)
    with pytest.raises(ValueError, match='threshold.*got 0'):
        compare(new, old, 0)


def test_an_engine_is_compared_with_itself_and_without_a_name_it_is_ncnn():
    old = record(row('a', 10.0), dict(row('a', 3.0), runtime='mnn'))
    new = record(
        dict(row('a', 3.1), runtime='mnn'),
        dict(row('a', 10.1), runtime='ncnn'),
        dict(row('a', 1.0), runtime='openvino'),
    )
    found = compare(new, old, 0.1)
    assert [(c.runtime, c.old_ms) for c in found] == [
        ('mnn', 3.0),
        ('ncnn', 10.0),
    ]
    lines = format_changes(found, 0.1).splitlines()
    assert '| fp32, mnn |' in lines[2] and '| fp32 |' in lines[3]
