"""Overrides come out of a command line as they went in."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from argparse import ArgumentParser  # noqa: E402

from mmengine.config import Config, DictAction  # noqa: E402

from mmpose_lightkpt.study.overrides import (  # noqa: E402
    codec_overrides,
    flatten,
    to_words,
)

pytestmark = pytest.mark.mmpose
CODEC = dict(type='Codec', input_size=(192, 256), sigma=2)


def parse(words):
    parser = ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args(['--cfg-options', *words]).cfg_options


@pytest.mark.parametrize(
    'value',
    [
        3,
        -0.25,
        1e-7,
        True,
        False,
        None,
        'paper',
        'a/path.pth',
        (96, 128),
        (3,),
        [],
        [1, [2.5, 'x'], (None, True)],
    ],
)
def test_a_value_is_read_back_as_it_was(value):
    (read,) = parse(to_words({'a.b': value})).values()
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    'value', ['3', 'true', 'None', '1,2', 'a b', "'quoted'", [{'a': 1}], '(,']
)
def test_a_value_that_would_be_read_as_another_is_refused(value):
    with pytest.raises(ValueError, match=r'a\.b: .* command line'):
        to_words({'a.b': value})


@pytest.mark.parametrize('value', [1.0, True, 1])
def test_numbers_keep_their_kind(value):
    """Though 1 == 1.0 == True."""
    (read,) = parse(to_words({'a': value})).values()
    assert type(read) is type(value)


def test_nested_options_become_dotted():
    nested = {'model': {'head': {'temperature': 1.0}}, 'a.b': {'c': 2}}
    assert flatten(nested) == {'model.head.temperature': 1.0, 'a.b.c': 2}


def config():
    return Config(
        dict(
            codec=CODEC,
            model=dict(head=dict(decoder=CODEC, input_size=(9, 9))),
            steps=[
                dict(type='Crop', input_size=(192, 256)),
                dict(type='Encode', encoder=CODEC),
                dict(type='Blur', sigma=3),
            ],
        )
    )


def test_a_codec_is_changed_wherever_it_is_used():
    """In its copies, and where its old value is repeated; nowhere else."""
    changed = config()
    options = codec_overrides(
        changed.to_dict(), dict(input_size=(96, 128), target='rounded')
    )
    changed.merge_from_dict(parse(to_words(options)))
    new = dict(CODEC, input_size=(96, 128), target='rounded')
    assert changed.codec == new
    assert changed.model.head.decoder == new
    assert changed.steps[1].encoder == new
    assert changed.steps[0] == dict(type='Crop', input_size=(96, 128))
    assert changed.model.head.input_size == (9, 9)
    assert changed.steps[2].sigma == 3


def test_a_config_without_a_codec_is_refused():
    with pytest.raises(ValueError, match='no codec'):
        codec_overrides({}, dict(input_size=(96, 128)))
