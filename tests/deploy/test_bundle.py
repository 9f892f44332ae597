import pytest

from mmpose_lightkpt.deploy import open_bundle


def test_an_untouched_bundle_opens(tiny_bundle):
    assert open_bundle(tiny_bundle).name == 'tiny'


@pytest.mark.parametrize('name', ['model.ncnn.param', 'model.ncnn.bin'])
def test_a_changed_file_is_named(tiny_bundle, name):
    with open(tiny_bundle / name, 'ab') as file:
        file.write(b'\n')
    with pytest.raises(ValueError, match=f'{name}.*SHA-256'):
        open_bundle(tiny_bundle)


def test_a_missing_file_is_named(tiny_bundle):
    (tiny_bundle / 'model.ncnn.bin').unlink()
    with pytest.raises(FileNotFoundError, match='model.ncnn.bin'):
        open_bundle(tiny_bundle)


def test_a_spec_cannot_point_out_of_the_bundle(tiny_bundle, tiny_spec):
    tiny_spec(sha256={'../secret': '0' * 64}).save(tiny_bundle)
    with pytest.raises(ValueError, match='not a file of the bundle'):
        open_bundle(tiny_bundle)
