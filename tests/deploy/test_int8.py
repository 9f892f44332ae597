import sys
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec, preprocess
from mmpose_lightkpt.deploy.bundle import add_files, open_bundle
from mmpose_lightkpt.deploy.parity_case import ParityCase

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')

from mmpose_lightkpt.deploy.int8 import (  # noqa: E402
    last_layers,
    quantise,
    quantise_bundle,
    read_facts,
)
from mmpose_lightkpt.deploy.runtimes.engines import (  # noqa: E402
    ENGINES,
    open_runtime,
)

sys.path.insert(0, str(Path(__file__).parent / 'runtimes'))
from onnx_bundles import (  # noqa: E402
    SHAPE,
    convolved,
    two_outputs,
    write_network,
)

CROPS = 3


@pytest.fixture
def bundle(tmp_path, tiny_spec):
    folder = tmp_path / 'bundle'
    folder.mkdir()
    write_network(tmp_path / 'model.onnx')
    two_outputs(tiny_spec).save(folder)
    rng = np.random.default_rng(5)
    ParityCase(
        crops=rng.integers(0, 256, (CROPS, 28, 52, 3), dtype=np.uint8),
        outputs=(np.zeros((1, *SHAPE)),) * 2,
        keypoints=np.zeros((CROPS, 1, 2)),
        scores=np.zeros((CROPS, 1)),
        margins=np.ones((CROPS, 1)),
        source='noise',
    ).save(folder)
    add_files(folder, {'model.onnx': (tmp_path / 'model.onnx').read_bytes()})
    return folder


@pytest.fixture
def seen(monkeypatch):
    """Every input that calibration asks for."""
    from onnxruntime import quantization

    def spy(source, target, reader, **options):
        given = iter(reader.get_next, None)
        inputs = [dict(batch) for batch in given]
        spy.inputs += inputs
        replay = iter(inputs)
        reader.get_next = lambda: next(replay, None)
        real(source, target, reader, **options)

    real, spy.inputs = quantization.quantize_static, []
    monkeypatch.setattr(quantization, 'quantize_static', spy)
    return spy.inputs


def weights_in(path):
    return {t.name: t for t in onnx.load(path).graph.initializer}


def test_calibration_sees_exactly_the_crops_of_the_parity_case(bundle, seen):
    facts = quantise_bundle(bundle)
    spec, case = ModelSpec.load(bundle), ParityCase.load(bundle)
    assert [list(batch) for batch in seen] == [['in0']] * CROPS
    for batch, crop in zip(seen, case.crops):
        wanted = preprocess.to_input(crop, spec)[None]
        np.testing.assert_array_equal(batch['in0'], wanted)
    assert facts['crops'] == CROPS and facts['judged_by_them'] is True
    assert 'noise' in facts['calibration']


def test_or_exactly_the_images_of_a_folder(bundle, seen, tmp_path, photograph):
    cv2 = pytest.importorskip('cv2')
    folder = tmp_path / 'photos'
    folder.mkdir()
    for i in range(5):
        cv2.imwrite(str(folder / f'{i}.png'), np.roll(photograph, 7 * i, 0))
    (folder / 'notes.txt').write_text('no image')
    facts = quantise_bundle(bundle, folder, max_images=3)
    spec = ModelSpec.load(bundle)
    for batch, i in zip(seen, (0, 2, 4)):
        image = np.roll(photograph, 7 * i, 0)
        wanted, _ = preprocess.preprocess(image, spec)
        np.testing.assert_array_equal(batch['in0'], wanted[None])
    assert len(seen) == facts['crops'] == 3
    assert facts['judged_by_them'] is False
    assert facts['calibration'] == '3 crops of the folder photos'


@pytest.mark.parametrize('name', ['onnxruntime', 'openvino'])
def test_int8_computes_the_convolution_to_a_step_of_the_grid(bundle, name):
    pytest.importorskip(ENGINES[name].package)
    quantise_bundle(bundle)
    spec, case = open_bundle(bundle), ParityCase.load(bundle)
    runtime = open_runtime(name, bundle, spec, 1, 'int8')
    assert runtime.info['precision'] == 'int8'
    x = preprocess.to_input(case.crops[0], spec)
    maps, negative = runtime.run(x)
    wanted = convolved(x)
    step = np.ptp(wanted) / 255
    error = np.abs(maps - wanted).max()
    # Not fp32 in disguise, and not far off: input and weights are rounded
    # as well, 27 products to a sum.
    assert step / 100 < error < 4 * step
    np.testing.assert_allclose(negative, -maps, atol=2 * step)


def test_weights_are_int8_with_a_scale_for_each_channel(bundle):
    quantise_bundle(bundle)
    tensors = weights_in(bundle / 'model.int8.onnx')
    quantised = tensors['weight_quantized']
    assert quantised.data_type == onnx.TensorProto.INT8
    assert list(quantised.dims) == [5, 3, 3, 3]
    assert list(tensors['weight_scale'].dims) == [5]


def test_the_last_layers_may_stay_in_float(bundle):
    facts = quantise_bundle(bundle, float_outputs=True)
    assert facts['float_layers'] == ['conv']
    tensors = weights_in(bundle / 'model.int8.onnx')
    assert tensors['weight'].data_type == onnx.TensorProto.FLOAT


def test_last_layers_are_those_that_no_other_follows():
    make = onnx.helper.make_node
    nodes = [
        make('Conv', ['x', 'w'], ['a'], name='first'),
        make('Relu', ['a'], ['b'], name='relu'),
        make('Conv', ['b', 'v'], ['c'], name='left'),
        make('Gemm', ['b', 'u'], ['d'], name='right'),
        make('Sigmoid', ['d'], ['e'], name='sigmoid'),
    ]
    value = onnx.helper.make_tensor_value_info
    outputs = [value(n, onnx.TensorProto.FLOAT, None) for n in ('c', 'e')]
    graph = onnx.helper.make_graph(nodes, 'g', [], outputs)
    assert last_layers(onnx.helper.make_model(graph)) == ['left', 'right']


def test_the_bundle_stays_whole_and_says_what_was_done(bundle):
    assert read_facts(bundle, ModelSpec.load(bundle)) == {}
    facts = quantise_bundle(bundle)
    spec = open_bundle(bundle)
    assert {'model.int8.onnx', 'model.int8.json'} <= set(spec.sha256)
    assert read_facts(bundle, spec) == facts
    assert str(bundle) not in (bundle / 'model.int8.json').read_text()


def test_the_same_crops_give_the_same_network(bundle):
    spec, case = ModelSpec.load(bundle), ParityCase.load(bundle)
    inputs = [preprocess.to_input(crop, spec) for crop in case.crops]
    source = bundle / 'model.onnx'
    made = [quantise(source, inputs, False)[0] for _ in range(2)]
    assert made[0] == made[1]


def test_a_bundle_without_onnx_is_told_how_to_get_it(tmp_path, tiny_spec):
    tiny_spec().save(tmp_path)
    with pytest.raises(FileNotFoundError, match='model.onnx.*--onnx'):
        quantise_bundle(tmp_path)


def test_a_folder_without_images_is_named_and_changes_nothing(
    bundle, tmp_path
):
    before = sorted(bundle.iterdir())
    (tmp_path / 'none').mkdir()
    for folder in ('none', 'nowhere'):
        with pytest.raises(ValueError, match=folder):
            quantise_bundle(bundle, tmp_path / folder)
    assert sorted(bundle.iterdir()) == before


def test_a_missing_package_is_named(bundle, monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(ImportError, match='pip install "onnx"'):
        quantise_bundle(bundle)
