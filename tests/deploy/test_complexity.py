import pytest

from mmpose_lightkpt.deploy.complexity import count_graph

pytestmark = pytest.mark.ncnn
pytest.importorskip('ncnn')

# A 3x3 stride-2 convolution 3 -> 8, a depthwise 3x3, a 1x1 to 12, a grouped
# 3x3 (4 groups), a transposed 4x4 stride-2 to 5 and a bilinear doubling.
GRAPH = """7767517
8 9
Input in0 0 1 in0
Convolution a 1 1 in0 1 0=8 1=3 11=3 12=1 13=2 14=1 2=1 3=2 4=1 5=1 6=216 9=1
ConvolutionDepthWise b 1 1 1 2 0=8 1=3 11=3 13=1 3=1 4=1 5=0 6=72 7=8
Convolution c 1 1 2 3 0=12 1=1 11=1 4=0 5=1 6=96
ConvolutionDepthWise d 1 1 3 4 0=12 1=3 11=3 3=1 4=1 5=1 6=324 7=4
Split s 1 2 4 5 6
Deconvolution e 1 1 6 out0 0=5 1=4 11=4 13=2 14=1 2=1 3=2 4=1 5=1 6=960 9=4
Interp f 1 1 5 out1 0=2 1=2.0 2=2.0 6=0
"""
PRODUCTS = """7767517
7 8
Input in0 0 1 in0
Convolution a 1 1 in0 1 0=5 1=1 11=1 4=0 5=1 6=15
Split s 1 2 1 2 3
Reshape r 1 1 3 4 0=1536 1=5
Gemm g 1 1 4 out0 10=4 2=0 3=1 4=0 5=1 6=1 7=5 8=7 9=1536
Reduction m 1 1 2 6 0=3 1=0 -23303=2,1,2 4=0 5=1
InnerProduct l 1 1 6 out1 0=3 1=1 2=15
"""


def write(folder, text):
    path = folder / 'model.ncnn.param'
    path.write_text(text)
    return path


def test_convolutions_are_counted_by_their_formula(tmp_path):
    # Per layer: weights = out * in / groups * k^2, one MAC per weight and
    # position; a transposed convolution slides over its input.
    half = 16 * 24
    a, b, c, d = 8 * 3 * 9, 8 * 9, 12 * 8, 12 * 12 // 4 * 9
    e = 5 * 12 * 16
    found = count_graph(write(tmp_path, GRAPH), (48, 32))
    assert found.params == a + 8 + b + c + 12 + d + 12 + e + 5
    assert found.macs == (a + b + c + d + e) * half


def test_matrix_products_are_counted_by_their_formula(tmp_path):
    found = count_graph(write(tmp_path, PRODUCTS), (48, 32))
    assert found.params == (15 + 5) + (1536 * 7 + 7) + (5 * 3 + 3)
    assert found.macs == 15 * 48 * 32 + 5 * 1536 * 7 + 5 * 3


def test_macs_grow_with_the_area_and_parameters_do_not(tmp_path):
    path = write(tmp_path, GRAPH)
    small, large = count_graph(path, (24, 32)), count_graph(path, (48, 64))
    assert large.macs == 4 * small.macs
    assert large.params == small.params


@pytest.mark.parametrize(
    'text, named',
    [
        ('', 'first line'),
        ('hello\n', 'first line'),
        (GRAPH.replace('1 1 2 3 0=12', '1 x 2 3 0=12'), 'line 6'),
        (GRAPH.replace('0 1 in0', '0 1'), 'line 3'),
        (GRAPH.replace('Interp', 'torch.argmax'), 'cannot load'),
        (GRAPH.replace('Interp', 'LSTM'), 'LSTM'),
    ],
)
def test_what_cannot_be_counted_is_named(tmp_path, text, named):
    with pytest.raises(ValueError, match=named) as error:
        count_graph(write(tmp_path, text), (48, 32))
    assert 'model.ncnn.param' in str(error.value)
