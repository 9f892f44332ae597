"""Small students and teachers of every kind of head."""

import copy

import numpy as np
import torch
from mmengine.config import Config
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import nn

from mmpose_lightkpt.models.distillation.view import View

K = 5
SIZE = (64, 96)  # w, h
KINDS = ('movenet', 'heatmap', 'simcc', 'rle', 'ipr')
RGB = dict(mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True)


def head(kind, size):
    """A head on a backbone whose last map has 192 channels, stride 16."""
    cells = size[0] // 16, size[1] // 16
    maps = size[0] // 8, size[1] // 8
    if kind == 'movenet':
        codec = dict(type='MoveNetLabel', input_size=size)
        return dict(
            type='MoveNetHead',
            in_channels=16,
            num_keypoints=K,
            hidden_channels=8,
            decoder=codec,
        )
    if kind == 'heatmap':
        codec = dict(
            type='MSRAHeatmap', input_size=size, heatmap_size=maps, sigma=1
        )
        return dict(
            type='HeatmapHead',
            in_channels=192,
            out_channels=K,
            deconv_out_channels=(16,),
            deconv_kernel_sizes=(4,),
            loss=dict(type='KeypointMSELoss', use_target_weight=True),
            decoder=codec,
        )
    if kind == 'simcc':
        return dict(
            type='LightSimCCHead',
            in_channels=192,
            num_keypoints=K,
            in_featuremap_size=cells,
            decoder=dict(type='LightSimCCLabel', input_size=size),
        )
    if kind == 'rle':
        return dict(
            type='LightRLEHead',
            in_channels=192,
            num_keypoints=K,
            decoder=dict(type='RegressionLabel', input_size=size),
        )
    codec = dict(type='IntegralRLELabel', input_size=size, heatmap_size=cells)
    return dict(
        type='IPRHead',
        in_channels=192,
        num_keypoints=K,
        sigma='gap',
        decoder=codec,
    )


def network(kind='movenet', size=SIZE, preprocessor=RGB):
    """The config of a whole model."""
    necks = dict(
        movenet=dict(
            type='LightFPN',
            in_channels=(48, 96, 192),
            widths=(48, 96),
            out_channels=16,
        ),
        rle=dict(type='GlobalAveragePooling'),
    )
    return dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(type='PoseDataPreprocessor', **preprocessor),
        backbone=dict(type='LightShuffleNetV2', arch='0.5'),
        neck=necks.get(kind),
        head=head(kind, size),
        test_cfg=dict(flip_test=False),
    )


def lively(config, seed=0):
    """A model whose answers depend on the image and are far from flat."""
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy(config))
    for module in model.head.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.weight, std=0.3)
    return model.eval()


def write_teacher(folder, config):
    """Files of a lively model, as arguments of a ``Teacher``."""
    paths = folder / 'teacher.py', folder / 'teacher.pth'
    Config(dict(model=copy.deepcopy(config))).dump(paths[0])
    torch.save(dict(state_dict=lively(config).state_dict()), paths[1])
    return dict(config=str(paths[0]), checkpoint=str(paths[1]))


def student(config, teacher, distill, **kwargs):
    """The config of a student."""
    return dict(
        copy.deepcopy(config),
        type='DistilledPoseEstimator',
        teacher=teacher,
        distill=distill,
        **kwargs,
    )


def images(num=2, size=SIZE, seed=0):
    """Normalised images that are smooth, as photographs are."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(num, 3, 4, 4, generator=generator)
    return nn.functional.interpolate(coarse, size[::-1], mode='bicubic')


def points(num=2, size=SIZE, seed=0):
    """Keypoints (N, K, 2) well inside of the frame."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.2, 0.8, (num, K, 2)) * size


def samples(codec, people, visible=None):
    """Packed samples of people (N, K, 2), one each."""
    if isinstance(codec, dict):
        codec = KEYPOINT_CODECS.build(codec)
    if visible is None:
        visible = np.ones(people.shape[:2], np.float32)
    packed = []
    for person, shown in zip(people, visible):
        data = dict(codec.encode(person[None], shown[None]))
        for name in ('field', 'label', 'instance'):
            table = getattr(codec, f'{name}_mapping_table', None)
            if table:
                data[f'{name}_mapping_table'] = table
        data.update(img=np.zeros((2, 2, 3), np.uint8), input_size=SIZE)
        packed.append(PackPoseInputs()(data)['data_samples'])
    return packed


def view(model, inputs, outputs=None):
    """What a model sees, and says unless it is told to say something."""
    feats = model.extract_feat(inputs)
    if outputs is None:
        outputs = model.head.forward(feats)
    return View(model.head, feats, outputs, (0, 0, *inputs.shape[:1:-1]))
