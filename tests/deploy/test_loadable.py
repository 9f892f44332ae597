import pytest

from mmpose_lightkpt.deploy.loadable import (
    check_loadable,
    first_rejected_line,
)

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

GOOD = """7767517
3 3
Input   in0  0 1 in0
Pooling pool 1 1 in0 a 0=0 1=2 2=2
ReLU    relu 1 1 a out0
"""
# A layer that ncnn has, wired as it cannot be (max with values and indices).
TWO_OUTPUTS = """7767517
4 5
Input     in0  0 1 in0
Pooling   pool 1 1 in0 a 0=0 1=2 2=2
Reduction max  1 2 a out0 out1 0=4 1=0
ReLU      relu 1 1 out1 out2
"""


def write(folder, text, weights=b''):
    param, bin_file = folder / 'm.ncnn.param', folder / 'm.ncnn.bin'
    param.write_text(text)
    bin_file.write_bytes(weights)
    return param, bin_file


def test_a_good_graph_has_no_rejected_line(tmp_path):
    assert first_rejected_line(GOOD) is None
    check_loadable(*write(tmp_path, GOOD), input_size=(6, 4))


@pytest.mark.parametrize('number', [4, 5])
def test_the_line_of_a_foreign_layer_is_found(tmp_path, number):
    lines = GOOD.splitlines()
    lines[number - 1] = 'torch.argmax ' + lines[number - 1].split(None, 1)[1]
    text = '\n'.join(lines) + '\n'
    assert first_rejected_line(text) == number
    with pytest.raises(ValueError, match=rf'line {number}: torch.argmax'):
        check_loadable(*write(tmp_path, text), input_size=(6, 4))


def test_a_known_layer_that_cannot_load_is_named(tmp_path):
    assert first_rejected_line(TWO_OUTPUTS) == 5
    with pytest.raises(ValueError, match='line 5: Reduction max') as error:
        check_loadable(*write(tmp_path, TWO_OUTPUTS), input_size=(6, 4))
    assert 'one_blob_only' in str(error.value)  # ncnn's own words


def test_missing_weights_are_named(tmp_path):
    text = GOOD.replace(
        'Pooling pool 1 1 in0 a 0=0 1=2 2=2',
        'Convolution conv 1 1 in0 a 0=5 1=1 5=1 6=15',
    )
    with pytest.raises(ValueError, match='weights in m.ncnn.bin'):
        check_loadable(*write(tmp_path, text), input_size=(6, 4))


def test_a_crash_of_ncnn_is_an_error_like_others(tmp_path, monkeypatch):
    code = 'import os; os.kill(os.getpid(), 11)'
    monkeypatch.setattr('mmpose_lightkpt.deploy.loadable._CHILD', ['-c', code])
    with pytest.raises(ValueError, match='ncnn crashed'):
        check_loadable(*write(tmp_path, GOOD), input_size=(6, 4))
