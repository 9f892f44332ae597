"""A frozen network beside the student, read when it is first asked."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from small_networks import (  # noqa: E402
    SIZE,
    images,
    lively,
    network,
    write_teacher,
)

from mmpose_lightkpt.models.distillation.normalisation import (  # noqa: E402
    normalisation_of,
)
from mmpose_lightkpt.models.distillation.resampling import (  # noqa: E402
    resample,
)
from mmpose_lightkpt.models.distillation.teacher import (  # noqa: E402
    Teacher,
)

pytestmark = pytest.mark.mmpose
IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


def given():
    model = MODELS.build(network())
    return normalisation_of(model.data_preprocessor)


def preprocessed(config, pixels):
    """Images as the teacher would have got them from its own loader."""
    data = dict(inputs=list(pixels), data_samples=[PoseDataSample()] * 2)
    return MODELS.build(config['data_preprocessor'])(data)['inputs']


def test_it_sees_the_batch_as_its_own_preprocessor_gives_it(tmp_path):
    config = network(preprocessor=IMAGENET)
    teacher = Teacher(**write_teacher(tmp_path, config))
    pixels = (images() * 40 + 128).clamp(0, 255).round()
    ours = preprocessed(network(), pixels)
    got = teacher.view(ours, given())
    with torch.no_grad():
        want = lively(config)(preprocessed(config, pixels), None)
    for a, b in zip(got.outputs, want):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    'input_size, seen',
    [(None, (128, 192)), (SIZE, SIZE), ((96, 144), (96, 144))],
)
def test_it_sees_the_crop_at_its_own_size_or_the_one_asked_for(
    tmp_path, input_size, seen
):
    config = network(size=(128, 192))
    files = write_teacher(tmp_path, config)
    got = Teacher(**files, input_size=input_size).view(images(), given())
    assert got.crop == (0, 0, *seen)
    assert got.outputs[0].shape[2:] == (seen[1] // 4, seen[0] // 4)
    with torch.no_grad():
        want = lively(config)(resample(images(), seen[::-1]), None)
    torch.testing.assert_close(got.outputs[1], want[1], atol=1e-4, rtol=1e-4)
    # its codec has the size that it sees
    (first, _) = got.head.predict(got.feats, [PoseDataSample()] * 2)
    assert (first.keypoints < seen).all()


def test_a_heatmap_teachers_codec_follows_the_size(tmp_path):
    files = write_teacher(tmp_path, network('heatmap', size=(96, 128)))
    got = Teacher(**files, input_size=SIZE).view(images(), given())
    assert tuple(got.head.decoder.heatmap_size) == (8, 12)
    assert got.outputs.shape[2:] == (12, 8)


def test_a_crop_of_another_shape_is_not_stretched(tmp_path):
    """Black beside it: (64, 96) is seen as (96, 144) of (192, 144)."""
    config = network(size=(192, 144), preprocessor=IMAGENET)
    got = Teacher(**write_teacher(tmp_path, config)).view(images(), given())
    assert got.crop == (48, 0, 96, 144)
    pixels = torch.zeros(2, 3, 144, 192)
    pixels[..., 48:144] = resample(images(), (144, 96)) * 127.5 + 127.5
    bgr = pixels.flip(1)  # the student's are RGB
    with torch.no_grad():
        want = lively(config)(preprocessed(config, bgr), None)
    for a, b in zip(got.outputs, want):
        torch.testing.assert_close(a, b, atol=1e-2, rtol=1e-3)


def test_it_is_frozen(tmp_path):
    got = Teacher(**write_teacher(tmp_path, network())).view(
        images().requires_grad_(), given()
    )
    assert not any(output.requires_grad for output in got.outputs)
    assert not got.head.training
    assert not any(p.requires_grad for p in got.head.parameters())


def test_nothing_is_read_before_it_is_asked():
    Teacher(config='nowhere.py', checkpoint='nowhere.pth')


def test_missing_files_are_named(tmp_path):
    files = write_teacher(tmp_path, network())
    for key in ('config', 'checkpoint'):
        wrong = Teacher(**dict(files, **{key: str(tmp_path / 'none')}))
        with pytest.raises(FileNotFoundError, match=f'none: no such {key}'):
            wrong.view(images(), given())


@pytest.mark.parametrize('kind', ['heatmap', 'bytes', 'narrower'])
def test_another_models_checkpoint_is_refused(tmp_path, kind):
    files = write_teacher(tmp_path, network())
    if kind == 'bytes':
        (tmp_path / 'teacher.pth').write_bytes(b'no checkpoint')
    elif kind == 'heatmap':
        torch.save(lively(network(kind)).state_dict(), files['checkpoint'])
    else:
        other = network()
        other['head']['num_keypoints'] = 3
        torch.save(lively(other).state_dict(), files['checkpoint'])
    with pytest.raises(ValueError, match=r'teacher\.pth: not a checkpoint of'):
        Teacher(**files).view(images(), given())


def test_a_model_of_another_shape_is_refused(tmp_path):
    files = write_teacher(tmp_path, network())
    model = dict(network(), type='BottomupPoseEstimator')
    Config(dict(model=model)).dump(files['config'])
    with pytest.raises(ValueError, match='must be a TopdownPoseEstimator'):
        Teacher(**files).view(images(), given())


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValueError, match='input_size must be two positive'):
        Teacher('a.py', 'b.pth', input_size=(192, 0))


def test_a_config_of_mmpose_may_be_named():
    name = (
        'mmpose::body_2d_keypoint/rtmpose/coco/'
        'rtmpose-t_8xb256-420e_coco-256x192.py'
    )
    teacher = Teacher(name, 'nowhere.pth')
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth'):
        teacher.view(images(), given())
    assert teacher.input_size == (192, 256)
