import pytest

from mmpose_lightkpt.deploy.int8_graph import put_back

SOURCE = """7767517
5 5
Input        in0    0 1 in0
Convolution  conv_0 1 1 in0 a 0=8 1=3 11=3 5=1 6=216 9=2 -23310=2,1e-1,6.0
Reshape      view_0 1 1 a b 12=0 13=0 6="0w,0c,0n"
BinaryOp     add_0  1 1 b c 0=0 1=1 2=1.666667e-01
Gemm         gemm_0 1 1 c out0 5=1 6=1 7=14 8=512 9=48
"""


def int8(*changes):
    """The graph as a tool would write it, with changes of the test."""
    text = SOURCE
    for old, new in (
        (' 11=3', ''),  # its default, which is that of 1
        ('6=216', '6=216 8=2'),
        ('6="0w', '6="0w'),
        ('5=1 6=1 7', '5=1 6=1 18=2 7'),
        *changes,
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def options(text, name):
    line = next(line for line in text.splitlines() if f' {name} ' in line)
    return set(line.split()[6:])


def test_what_was_dropped_is_put_back_and_said():
    text, said = put_back(SOURCE, int8((' 12=0 13=0', '')))
    assert options(text, 'view_0') == options(SOURCE, 'view_0')
    assert said == ['Convolution 11', 'Reshape 12 13']


def test_an_untouched_graph_stays_as_it_is():
    assert put_back(SOURCE, SOURCE) == (
        '\n'.join(SOURCE.splitlines()[:2])
        + '\n'
        + '\n'.join(SOURCE.splitlines()[2:])
        + '\n',
        [],
    )


def test_how_layers_are_quantised_may_change():
    text, said = put_back(SOURCE, int8())
    assert {'8=2', '11=3'} <= options(text, 'conv_0')
    assert '18=2' in options(text, 'gemm_0')
    assert said == ['Convolution 11']


@pytest.mark.parametrize('value', ['1.6666670e-01', '0.16666672'])
def test_a_number_may_be_written_in_another_way(value):
    put_back(SOURCE, int8(('1.666667e-01', value)))


@pytest.mark.parametrize(
    'change, named',
    [
        (('7=14', '7=15'), 'Gemm gemm_0 has 7=15, its source 7=14'),
        (('2,1e-1,6.0', '2,1e-1,5.0'), 'Convolution conv_0 has -23310'),
        (('2,1e-1,6.0', '1,1e-1'), 'Convolution conv_0 has -23310'),
        (('0w,0c', '0w,1c'), 'Reshape view_0 has 6='),
        (('BinaryOp ', 'UnaryOp '), 'has UnaryOp add_0.*BinaryOp add_0'),
        (('1 1 b c', '1 1 a c'), 'has BinaryOp add_0 1 1 a c'),
        (('7767517', '1'), 'must begin with 7767517'),
    ],
)
def test_another_network_is_refused_with_the_layer(change, named):
    with pytest.raises(ValueError, match=named):
        put_back(SOURCE, int8(change))


def test_a_missing_layer_is_refused():
    short = '\n'.join(SOURCE.splitlines()[:-1])
    with pytest.raises(ValueError, match='4 layers, its source 5'):
        put_back(SOURCE, short)
