"""A rung whose weights are there is judged and timed, and not trained."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.study import run_study  # noqa: E402

pytestmark = pytest.mark.mmpose
STUDY = """
metric = 'PixelPCK'
reference = 'large'
_given = dict(config='configs/a.py', checkpoint='given.pth', line='given')
rungs = [
    dict(_given, name='large'),
    dict(_given, name='small', codec=dict(input_size=(96, 128))),
    dict(name='b', config='configs/b.py'),
]
ablations = [dict(name='control', start_from='small', epochs=1)]
"""
SMALL = [
    f'{place}.input_size=(96,128)'
    for place in (
        'codec',
        'steps.0',
        'steps.1.encoder',
        'model.head.decoder',
        'test_dataloader.dataset.pipeline.0',
        'test_dataloader.dataset.pipeline.1.encoder',
    )
]


@pytest.fixture
def shop(workshop):
    workshop.study.write_text(STUDY)
    (workshop.root / 'given.pth').write_text('weights of others')
    return workshop


def run(shop, only=None, steps=('train', 'test', 'export', 'benchmark')):
    """Run the study: what it could not do."""
    return run_study(shop.study, shop.out, only, steps, say=len)


def test_given_weights_are_tested_exported_and_timed(shop):
    assert run(shop, ['rungs']) == []
    assert shop.what() == [
        ('test', 'large'),
        ('export_ncnn', 'large'),
        ('test', 'small'),
        ('export_ncnn', 'small'),
        ('train', 'b'),
        ('test', 'b'),
        ('export_ncnn', 'b'),
        ('benchmark_ncnn', ''),
    ]
    assert run(shop, ['rungs']) == [] and shop.what() == []
    (shop.root / 'given.pth').write_text('others')
    run(shop, ['small'])
    assert [tool for tool, _ in shop.what()] == [
        'test',
        'export_ncnn',
        'benchmark_ncnn',
    ]


def test_all_steps_use_the_given_file_at_the_rungs_size(shop):
    run(shop, ['small'])
    test, export, _ = shop.calls()
    weights = str(shop.root / 'given.pth')
    assert test[1:3] == ['configs/a.py', weights]
    assert sorted(test[test.index('--cfg-options') + 1 :]) == sorted(SMALL)
    # the config that the test kept, with its changes
    config = f'{shop.out}/small/test/a.py'
    assert export[1:5] == [config, weights, '--name', 'small']
    run(shop, ['large'])
    test, export, _ = shop.calls()
    assert '--cfg-options' not in test
    assert export[1:5] == ['configs/a.py', weights, '--name', 'large']


def test_a_changed_config_is_written_by_the_test_before_the_export(shop):
    problems = run(shop, ['small'], ['export'])
    assert problems == [
        '[1/1] small: export has to wait for the test, which writes the '
        'changed config'
    ]
    run(shop, ['small'], ['test', 'export'])
    shop.calls()
    (shop.out / 'small' / 'test' / 'a.py').unlink()
    (shop.out / 'small' / 'bundle' / 'spec.json').unlink()
    assert run(shop, ['small'], ['test', 'export']) == []
    assert shop.what() == [('test', 'small'), ('export_ncnn', 'small')]


def test_weights_that_are_not_there_are_named_and_the_others_go_on(shop):
    (shop.root / 'given.pth').unlink()
    problems = run(shop, ['large', 'b'], ['train', 'test'])
    assert problems == [
        f'[1/2] large: there is no checkpoint {shop.root}/given.pth: put the '
        "weights there, or change 'given.pth' in the study; it is relative "
        'to the folder that the study is started in'
    ]
    assert shop.what() == [('train', 'b'), ('test', 'b')]


def test_weights_may_lie_anywhere(shop, tmp_path):
    path = tmp_path / 'elsewhere.pth'
    path.write_text('weights')
    shop.edit('s.py', "'given.pth'", repr(str(path)))
    assert run(shop, ['small'], ['test']) == []
    assert shop.calls()[0][2] == str(path)


def test_an_ablation_starts_from_given_weights(shop):
    assert run(shop, ['control'], ['train']) == []
    (train,) = shop.calls()
    assert train[-1] == f'load_from={shop.root}/given.pth'
    assert set(SMALL) < set(train)
    assert any(word.startswith('train_dataloader') for word in train)


def test_times_are_relative_to_a_whole_rung(shop):
    run(shop, ['rungs'])
    words = ' '.join(shop.calls()[-1])
    assert 'small/bundle b/bundle --vs large/bundle --threads' in words
    assert not (shop.out / 'reference').exists()
    shop.edit('s.py', "reference = 'large'", "reference = 'b'")
    run(shop, ['rungs'])
    (call,) = shop.calls()
    assert call[1:5] == ['large/bundle', 'small/bundle', '--vs', 'b/bundle']


def test_a_reference_alone_is_timed(shop):
    assert run(shop, ['large']) == []
    assert shop.calls()[-1][1:3] == ['large/bundle', '--threads']
