import pytest

from mmpose_lightkpt.deploy import pnnx

pytest.importorskip('pnnx')
pytestmark = pytest.mark.ncnn


def conversion(log):
    return pnnx.Conversion(None, None, log)


@pytest.mark.parametrize(
    'text, macs',
    [
        ('278.725M', 139362500),
        ('1.5G', 750000000),
        ('12.5K', 6250),
        ('640', 320),
    ],
)
def test_macs_are_half_of_the_flops_in_the_log(text, macs):
    log = f'pass_ncnn\nFLOPS = {text}\nmemory OPS = 11.466M\n'
    assert conversion(log).macs == macs


def test_macs_are_unknown_without_flops():
    assert conversion('pass_ncnn\nmemory OPS = 1M\n').macs is None


def test_a_file_that_is_no_network_is_an_error_with_the_log(tmp_path):
    file = tmp_path / 'model.pt'
    file.write_bytes(b'no torchscript')
    with pytest.raises(ValueError, match='pnnx failed with exit code'):
        pnnx.convert(file, (6, 4))


def test_a_missing_pnnx_is_named_with_the_remedy(monkeypatch):
    def missing(name):
        raise pnnx.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(pnnx.importlib.metadata, 'version', missing)
    with pytest.raises(ImportError, match='pip install --no-deps pnnx'):
        pnnx.find_binary()
