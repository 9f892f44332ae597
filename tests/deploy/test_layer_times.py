import numpy as np
import pytest

from mmpose_lightkpt.deploy import PosePipeline
from mmpose_lightkpt.deploy.bare_graph import bundle_of_graph
from mmpose_lightkpt.deploy.cases import Case
from mmpose_lightkpt.deploy.layer_times import (
    format_layers,
    layer_failures,
    profile,
    profile_all,
    time_layers,
)
from mmpose_lightkpt.deploy.timing import TimingPlan

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

PLAN = TimingPlan(loops=3, seconds=0, warmup_loops=1, warmup_seconds=0)
GRAPH = """7767517
4 4
Input       in0   0 1 in0
Convolution small 1 1 in0 a 0=1 1=1 6=3
Convolution large 1 1 a b 0=64 1=7 4=3 6=3136
ReLU        relu  1 1 b out0
"""


@pytest.fixture
def graph_case(tmp_path):
    path = tmp_path / 'graph.param'
    path.write_text(GRAPH)
    folder = bundle_of_graph(path, (53, 47), tmp_path / 'bundle')
    return Case('graph', folder, 1, 'fp32', zero_weights=True)


def test_every_layer_but_the_input_has_a_time(graph_case):
    found = profile(graph_case, PLAN)
    layers = {layer['name']: layer for layer in found['layers']}
    assert list(layers) == ['small', 'large', 'relu']
    assert layers['relu']['type'] == 'ReLU'
    assert all(layer['ms'] > 0 for layer in found['layers'])
    assert found['whole_ms'] > 0


class Clock:
    """Passes only when a layer is computed."""

    now = 0.0

    def perf_counter(self):
        return self.now


class ToyNet:
    """Two layers, of which the second takes 20 ms of a clock."""

    clock = Clock()

    class Layer:
        def __init__(self, name, top):
            self.name, self.type, self.tops = name, name.upper(), [top]

    def layers(self):
        return [self.Layer('fast', 0), self.Layer('slow', 1)]

    def output_names(self):
        return ['out0']

    def create_extractor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def set_light_mode(self, on):
        assert on is False

    def input(self, name, mat):
        return 0

    def extract(self, blob, out=None, kind=0):
        self.clock.now += {0: 0.001, 1: 0.02}.get(blob, 0.03)
        return 0 if blob != 7 else -1


def test_each_call_is_charged_to_the_layer_that_it_asks_for(monkeypatch):
    monkeypatch.setattr(f'{profile_all.__module__}.time', ToyNet.clock)
    x = np.zeros((3, 5, 7), np.float32)
    layers, whole = time_layers(ToyNet(), x, 3)
    assert [layer['name'] for layer in layers] == ['fast', 'slow']
    assert layers[0]['ms'] == pytest.approx(1)
    assert layers[1]['ms'] == pytest.approx(20)
    assert whole == pytest.approx(30)


def test_a_layer_that_fails_is_named():
    class Broken(ToyNet):
        def layers(self):
            return [self.Layer('good', 0), self.Layer('bad', 7)]

    with pytest.raises(ValueError, match='compute bad'):
        time_layers(Broken(), np.zeros((3, 5, 7), np.float32), 1)


def test_the_table_gives_shares_by_type_that_add_up():
    layers = [
        dict(name='a', type='Convolution', ms=1.0),
        dict(name='b', type='ReLU', ms=0.5),
        dict(name='c', type='Convolution', ms=2.5),
    ]
    case = dict(model='m', precision='bf16', threads=2)
    text = format_layers([dict(case, layers=layers, whole_ms=3.5)])
    assert '| m | bf16 | 2 | Convolution | 2 | 87.5% |' in text
    assert '| m | bf16 | 2 | ReLU | 1 | 12.5% |' in text
    assert 'slowest c (Convolution) 62.5%, a (Convolution) 25.0%' in text
    assert 'one by one take 4.00 ms, the whole 3.50 ms' in text


def test_a_model_that_cannot_be_loaded_costs_its_own_line(
    graph_case, tmp_path
):
    said = []
    gone = graph_case._replace(model='gone', folder=tmp_path / 'gone')
    found = profile_all([gone, graph_case], PLAN, said.append)
    assert 'spec.json' in found[0]['error'] and 'layers' in found[1]
    assert said[0].startswith('gone fp32 threads=1') and len(said) == 2
    assert 'gone' not in format_layers(found)
    assert format_layers(found[:1]) == ''
    (failure,) = layer_failures(found)
    assert failure['model'] == 'gone' and 'spec.json' in failure['reason']


def test_ctrl_c_keeps_the_layers_of_the_models_before(graph_case, monkeypatch):
    def interrupted(case, plan):
        if case.model == 'second':
            raise KeyboardInterrupt
        return dict(layers=[])

    module = profile_all.__module__
    monkeypatch.setattr(f'{module}.profile', interrupted)
    second = graph_case._replace(model='second')
    assert len(profile_all([graph_case, second, graph_case], PLAN, print)) == 1


def test_the_layers_are_of_the_weights_that_are_there(tiny_bundle):
    net = PosePipeline.from_bundle(tiny_bundle).runtime.net
    layers, _ = time_layers(net, np.zeros((3, 28, 52), np.float32), 1)
    assert [one['name'] for one in layers] == [
        'pool', 'copy', 'first', 'again'
    ]  # fmt: skip
