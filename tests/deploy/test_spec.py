import json

import pytest

from mmpose_lightkpt.deploy import ModelSpec


def saved(folder, make_spec, **changes):
    """Folder whose spec.json was changed behind the spec's back."""
    data = json.loads(make_spec().save(folder).read_text())
    data.update(changes)
    (folder / 'spec.json').write_text(json.dumps(data))
    return folder


def test_a_saved_spec_is_read_back_equal(tmp_path, tiny_spec):
    spec = tiny_spec(params=11, macs=13, versions=dict(torch='2.0'))
    spec.save(tmp_path)
    assert ModelSpec.load(tmp_path) == spec


def test_nothing_but_the_spec_is_left_in_the_folder(tmp_path, tiny_spec):
    tiny_spec().save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['spec.json']


def test_a_failed_save_leaves_the_old_spec(tmp_path, tiny_spec, monkeypatch):
    tiny_spec(name='old').save(tmp_path)

    def full_disk(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('os.replace', full_disk)
    with pytest.raises(OSError, match='No space'):
        tiny_spec(name='new').save(tmp_path)
    assert ModelSpec.load(tmp_path).name == 'old'
    assert len(list(tmp_path.iterdir())) == 1


def test_a_spec_cannot_be_changed(tiny_spec):
    with pytest.raises(AttributeError):
        tiny_spec().name = 'other'


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='spec.json'):
        ModelSpec.load(tmp_path)


@pytest.mark.parametrize('text', ['', '{', '[1]', '"x"', '\x00'])
def test_what_is_no_json_object_is_refused_naming_the_file(tmp_path, text):
    (tmp_path / 'spec.json').write_text(text)
    with pytest.raises(ValueError, match='spec.json'):
        ModelSpec.load(tmp_path)


def test_a_newer_version_is_refused_before_its_new_keys(tmp_path, tiny_spec):
    saved(tmp_path, tiny_spec, version=2, new_key=1)
    with pytest.raises(ValueError, match='version 2 .*update'):
        ModelSpec.load(tmp_path)


@pytest.mark.parametrize('key', ['version', 'input_size', 'decoder'])
def test_a_missing_key_is_named(tmp_path, tiny_spec, key):
    path = tiny_spec().save(tmp_path)
    data = json.loads(path.read_text())
    del data[key]
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=key):
        ModelSpec.load(tmp_path)


def test_an_unknown_key_is_named(tmp_path, tiny_spec):
    with pytest.raises(ValueError, match='colour'):
        ModelSpec.load(saved(tmp_path, tiny_spec, colour='red'))


@pytest.mark.parametrize(
    'key, value',
    [
        ('name', ''),
        ('name', 3),
        ('input_size', [52]),
        ('input_size', [52, 28.0]),
        ('input_size', [52, 0]),
        ('input_size', 'ab'),
        ('input_size', [True, 3]),
        ('mean', [0, 0]),
        ('mean', [0, 0, '0']),
        ('mean', [0, 0, float('nan')]),
        ('std', [1, 1, 0]),
        ('channel_order', 'RGB'),
        ('padding', 0),
        ('padding', None),
        ('outputs', []),
        ('outputs', ['a', 'a', 'b', 'c']),
        ('decoder', {}),
        ('decoder', 'movenet'),
        ('keypoint_names', []),
        ('keypoint_names', [1]),
        ('skeleton_links', [[0, 1]]),
        ('skeleton_links', [[0]]),
        ('flip_indices', []),
        ('flip_indices', [1]),
        ('output_shapes', [[1, 7, 13]]),
        ('params', -1),
        ('macs', 1.5),
        ('versions', {'torch': 2}),
        ('license', None),
    ],
)
def test_a_wrong_value_is_refused_by_key(tmp_path, tiny_spec, key, value):
    with pytest.raises(ValueError, match=key):
        ModelSpec.load(saved(tmp_path, tiny_spec, **{key: value}))


def test_flip_indices_must_be_their_own_inverse(tiny_spec):
    with pytest.raises(ValueError, match='own inverse'):
        tiny_spec(keypoint_names=('a', 'b', 'c'), flip_indices=(1, 2, 0))
