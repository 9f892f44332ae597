import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec, PosePipeline, open_bundle

pytest.importorskip('pnnx')
pytest.importorskip('ncnn')
torch = pytest.importorskip('torch')
pytest.importorskip('mmpose.models')
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose]

from mmpose.registry import MODELS  # noqa: E402

from mmpose_lightkpt.deploy import export  # noqa: E402
from mmpose_lightkpt.deploy.export import LOG_FILE, export_ncnn  # noqa: E402
from mmpose_lightkpt.deploy.parity import (  # noqa: E402
    ParityCase,
    measure_parity,
)
from mmpose_lightkpt.deploy.source_model import (  # noqa: E402
    build_model,
    read_config,
    sample_crops,
)
from mmpose_lightkpt.models import MoveNetHead  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
(MOVENET,) = CONFIGS.glob(
    'body_2d_keypoint/movenet/coco/movenet_shufflenetv2-0.75_*-192x192.py'
)
DATA = os.environ.get('LIGHTKPT_DATA', '')
FILES = [
    'model.fp16.ncnn.bin',
    'model.ncnn.bin',
    'model.ncnn.param',
    'parity.npz',
    'spec.json',
]


def write_config(folder, extra=''):
    path = folder / 'changed.py'
    path.write_text(f'_base_ = [{str(MOVENET)!r}]\n{extra}\n')
    return path


def livelier(model, seed=11):
    """Statistics and outputs as of a trained network: folding BatchNorm is
    tested in earnest and the maps have peaks."""
    rng = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if 'running_mean' in name:
            tensor.normal_(0, 0.1, generator=rng)
        elif 'running_var' in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
    for branch, gain in (('center', 10), ('heatmap', 10), ('regression', 10)):
        getattr(model.head, branch)[-1].weight.mul_(gain)
    return model


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'epoch_1.pth'
    model = livelier(build_model(read_config(MOVENET)))
    torch.save(dict(state_dict=model.state_dict(), meta=dict(epoch=1)), path)
    return path


@pytest.fixture(scope='module')
def no_data(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv('LIGHTKPT_DATA', str(tmp_path_factory.mktemp('empty')))
    yield
    patch.undo()


@pytest.fixture(scope='module')
def bundle(tmp_path_factory, checkpoint, no_data):
    out = tmp_path_factory.mktemp('exported') / 'new' / 'folder'
    return export_ncnn(MOVENET, checkpoint, out, num_crops=5)


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_bundle_is_five_files(bundle):
    assert files(bundle) == FILES
    open_bundle(bundle)


def test_the_spec_says_what_config_and_model_say(bundle):
    spec = ModelSpec.load(bundle)
    model = build_model(read_config(MOVENET))
    assert spec.name == MOVENET.stem and spec.config == MOVENET.name
    assert spec.input_size == (192, 192) and spec.padding == 1.25
    assert spec.mean == spec.std == (127.5, 127.5, 127.5)
    assert spec.channel_order == 'rgb'
    assert spec.decoder == model.head.decoder.decode_spec
    assert spec.params == sum(p.numel() for p in model.parameters())
    # COCO's order of joints and its 19 links.
    assert spec.keypoint_names[0] == 'nose'
    assert spec.keypoint_names[-2:] == ('left_ankle', 'right_ankle')
    assert spec.flip_indices[:5] == (0, 2, 1, 4, 3)
    assert len(spec.skeleton_links) == 19
    assert spec.output_shapes == (
        (1, 48, 48),
        (17, 48, 48),
        (34, 48, 48),
        (34, 48, 48),
    )
    assert spec.versions['torch'] == torch.__version__
    assert spec.license == 'Apache-2.0'


def test_no_path_of_this_machine_is_in_the_bundle(bundle):
    text = (bundle / 'spec.json').read_text()
    assert str(Path.cwd()) not in text and str(CONFIGS) not in text
    assert os.sep not in json.loads(text)['config']


def test_macs_are_those_of_the_convolutions(bundle):
    """pnnx counts other layers as well, which adds a few per cent."""
    total = 0

    def count(module, _, out):
        nonlocal total
        kernel = module.weight[0].numel()  # in / groups * kh * kw
        total += kernel * out.numel()

    model = build_model(read_config(MOVENET))
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, 3, 192, 192), None, mode='tensor')
    assert total <= ModelSpec.load(bundle).macs <= 1.1 * total


@pytest.mark.parametrize('precision', ['fp32', 'fp16', 'fp16-weights', 'bf16'])
def test_ncnn_agrees_with_torch_in_pixels(bundle, precision):
    case = ParityCase.load(bundle)
    result = measure_parity(
        PosePipeline.from_bundle(bundle, 1, precision), case
    )
    assert result.passed, str(result)
    # ncnn computes fp16 as fp32 on x86, but not on every ARM.
    limit = 1e-4 if precision == 'fp32' else 0.1
    assert max(result.max_error.values()) < limit
    assert result.num_judged > 40 or precision != 'fp32'  # of 85
    assert result.close_over <= 1
    assert case.scores.max() - case.scores.min() > 0.2  # maps have peaks


def test_the_fp16_file_is_half_the_other_and_rounds_the_weights(bundle):
    half, full = (
        (bundle / name).stat().st_size
        for name in ('model.fp16.ncnn.bin', 'model.ncnn.bin')
    )
    # Biases and short arrays, of which a ShuffleNet has many, stay in float32.
    assert 0.5 * full <= half <= 0.6 * full
    case = ParityCase.load(bundle)
    errors = [
        max(measure_parity(pipeline, case).max_error.values())
        for pipeline in (
            PosePipeline.from_bundle(bundle, 1, precision)
            for precision in ('fp32', 'fp16-weights')
        )
    ]
    assert errors[1] > 10 * errors[0]


def test_a_bundle_from_before_the_fp16_file_runs_in_fp32(bundle, tmp_path):
    old = tmp_path / 'old'
    old.mkdir()
    spec = ModelSpec.load(bundle)
    kept = {k: v for k, v in spec.sha256.items() if 'fp16' not in k}
    for name in kept:
        (old / name).write_bytes((bundle / name).read_bytes())
    dataclasses.replace(spec, sha256=kept).save(old)
    case = ParityCase.load(old)
    assert measure_parity(PosePipeline.from_bundle(old), case).passed
    with pytest.raises(FileNotFoundError, match='fp16.*export again'):
        PosePipeline.from_bundle(old, 1, 'fp16-weights')


def test_the_record_is_what_mmpose_predicts(bundle, checkpoint):
    from mmpose.apis import inference_topdown, init_model

    model = init_model(str(MOVENET), str(checkpoint), device='cpu')
    model.test_cfg['flip_test'] = False
    pose = PosePipeline.from_bundle(bundle)
    image = np.random.default_rng(17).integers(
        0, 256, (97, 131, 3), dtype=np.uint8
    )
    box = (13, 7, 111, 89)
    (sample,) = inference_topdown(model, image, np.float32([box]))
    keypoints, scores = pose(image, box)
    theirs = sample.pred_instances
    close = np.abs(theirs.keypoints[0] - keypoints).max(-1) < 0.01
    assert close.mean() > 0.9  # an argmax may fall either way
    np.testing.assert_allclose(
        theirs.keypoint_scores[0][close], scores[close], atol=1e-4
    )


def test_the_same_weights_give_the_same_files(
    tmp_path, bundle, checkpoint, no_data
):
    again = export_ncnn(MOVENET, checkpoint, tmp_path, num_crops=5)
    for name in FILES:
        assert (again / name).read_bytes() == (bundle / name).read_bytes()


def test_crops_are_those_of_the_validation_set(monkeypatch):
    if not (Path(DATA) / 'coco_person/annotations/val.json').is_file():
        pytest.skip('LIGHTKPT_DATA holds no coco_person')
    monkeypatch.setenv('LIGHTKPT_DATA', DATA)  # other tests hide it
    crops, source = sample_crops(read_config(MOVENET), (192, 192), 7)
    assert source == 'coco_person/val.json'
    assert crops.shape == (7, 192, 192, 3) and crops.dtype == np.uint8
    assert len({crop.tobytes() for crop in crops}) == 7


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere.py'):
        export_ncnn(tmp_path / 'nowhere.py', None, tmp_path / 'out')
    with pytest.raises(FileNotFoundError, match='lost.pth'):
        export_ncnn(MOVENET, tmp_path / 'lost.pth', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('content', [b'', b'no checkpoint', b'PK\x03\x04'])
def test_a_damaged_checkpoint_is_named(tmp_path, content):
    path = tmp_path / 'damaged.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='damaged.pth'):
        export_ncnn(MOVENET, path, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_mismatched_checkpoint_is_refused_by_key(tmp_path, checkpoint):
    state = torch.load(checkpoint)['state_dict']
    state['head.heatmap.2.weight'] = torch.zeros(14, 96, 1, 1)
    state['head.other'] = state.pop('head.center.2.bias')
    path = tmp_path / 'other.pth'
    torch.save(dict(state_dict=state), path)
    with pytest.raises(ValueError) as error:
        export_ncnn(MOVENET, path, tmp_path / 'out')
    for part in (
        'other.pth',
        '1 keys missing: head.center.2.bias',
        '1 keys not in the model: head.other',
        'head.heatmap.2.weight (14, 96, 1, 1) instead of (17, 96, 1, 1)',
    ):
        assert part in str(error.value)


@MODELS.register_module()
class ArgmaxHead(MoveNetHead):
    """Decodes inside of the graph, which ncnn cannot."""

    def forward(self, feats):
        center, heatmap, regression, offset = super().forward(feats)
        mask = (heatmap > 0.5).to(heatmap.dtype)
        return center, heatmap * mask, regression, offset


def test_a_layer_ncnn_cannot_load_is_named_and_the_log_kept(tmp_path, no_data):
    config = write_config(
        tmp_path, "model = dict(head=dict(type='ArgmaxHead'))"
    )
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'spec.json').write_text('of an older bundle')
    with pytest.raises(ValueError, match=r'line \d+: torch.gt'):
        export_ncnn(config, None, out, num_crops=1)
    assert files(out) == [LOG_FILE, 'spec.json']
    assert (out / 'spec.json').read_text() == 'of an older bundle'
    assert 'torch.gt' in (out / LOG_FILE).read_text()


@pytest.mark.parametrize(
    'extra, message',
    [
        (
            "codec = dict(type='UDPHeatmap', input_size=(192, 192), "
            'heatmap_size=(48, 48), sigma=2)\n'
            "model = dict(head=dict(_delete_=True, type='HeatmapHead', "
            'in_channels=24, out_channels=17, deconv_out_channels=None, '
            "loss=dict(type='KeypointMSELoss'), decoder=codec))",
            'HeatmapHead.*UDPHeatmap.*decode_spec',
        ),
        (
            'model = dict(head=dict(num_keypoints=13))',
            '13 keypoints, its dataset has 17',
        ),
        (
            'model = dict(data_preprocessor=dict(bgr_to_rgb=False, '
            'rgb_to_bgr=True))',
            'rgb_to_bgr',
        ),
        (
            'val_dataloader = dict(dataset=dict(pipeline=[dict('
            "type='TopdownAffine', input_size=(192, 192), use_udp=True)]))",
            'use_udp',
        ),
        (
            'val_dataloader = dict(dataset=dict(pipeline=[dict('
            "type='TopdownAffine', input_size=(128, 192))]))",
            r'\(128, 192\).*\(192, 192\)',
        ),
    ],
)
def test_what_a_board_cannot_do_is_refused(tmp_path, no_data, extra, message):
    config = write_config(tmp_path, extra)
    with pytest.raises(ValueError, match=message):
        export_ncnn(config, None, tmp_path / 'out', num_crops=1)
    assert not (tmp_path / 'out').exists() or not files(tmp_path / 'out')


def test_a_full_disk_leaves_nothing_behind(
    tmp_path, checkpoint, no_data, monkeypatch
):
    def full(*_, **__):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np, 'savez_compressed', full)
    with pytest.raises(OSError, match='No space'):
        export_ncnn(MOVENET, checkpoint, tmp_path / 'out', num_crops=1)
    assert files(tmp_path / 'out') == []


def test_an_old_ncnn_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(
        export,
        '_version',
        lambda package: {'pnnx': '20261020', 'ncnn': '1.0.20260526'}.get(
            package, '1'
        ),
    )
    with pytest.raises(ValueError, match='older than the pnnx'):
        export_ncnn(MOVENET, None, tmp_path / 'out')


def test_no_crop_at_all_is_refused(tmp_path):
    with pytest.raises(ValueError, match='num_crops'):
        export_ncnn(MOVENET, None, tmp_path / 'out', num_crops=0)
