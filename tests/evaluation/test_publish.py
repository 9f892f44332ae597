"""A record holds a test's figures, its baseline, and explanations."""

import json

import pytest
import torch

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.config import Config  # noqa: E402
from mmengine.evaluator import Evaluator  # noqa: E402

from mmpose_lightkpt.evaluation import PixelPCK, read_record  # noqa: E402
from mmpose_lightkpt.evaluation.publish import (  # noqa: E402
    details_of,
    publish_evaluation,
    training_hours,
)

pytestmark = pytest.mark.mmpose


@pytest.fixture
def publish(draw_people, tmp_path, monkeypatch):
    """Publish the figures of a checkpoint that was tested on five people."""
    people = draw_people([2, 1, 2])
    dataset = dict(
        type='PeopleDataset',
        data_root=str(people),
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/'),
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=(48, 64)),
            dict(type='PackPoseInputs'),
        ],
    )
    config = dict(
        default_scope='mmpose',
        train_cfg=dict(max_epochs=7),
        train_dataloader=dict(dataset=dataset),
        val_dataloader=None,
        val_evaluator=None,
        test_dataloader=dict(dataset=dict(dataset, test_mode=True)),
        test_evaluator=[dict(type='PixelPCK', threshold=30.0)],
    )
    monkeypatch.chdir(tmp_path)
    Config(config).dump('small.py')
    checkpoint = tmp_path / 'epoch_3.pth'
    meta = dict(epoch=3, iter=9, seed=5)
    torch.save(dict(state_dict={}, meta=meta), checkpoint)

    def run(source=None, trained_with=None, **more):
        if source:  # an import has no epochs
            meta = dict(source=source)
            torch.save(dict(state_dict={}, meta=meta), checkpoint)
        if trained_with:
            changed = Config(dict(config, **trained_with))
            meta = dict(epoch=3, iter=9, seed=5, cfg=changed.pretty_text)
            torch.save(dict(state_dict={}, meta=meta), checkpoint)
        publish_evaluation(
            'a.json', 'small.py', str(checkpoint), {'AP': 0.5}, 'test', **more
        )
        return read_record('a.json')

    return run


def test_a_record_tells_what_was_trained_and_tested(publish):
    record = publish()
    assert record['metrics'] == {'AP': 0.5}
    assert record['data'].count('(3 images, 5 persons)') == 2
    assert record['details'] == dict(
        epochs=3,
        planned_epochs=7,
        iterations=9,
        seed=5,
        training_hours=0.0,
        input='64x48',
        padding=1.25,
    )


def test_imported_weights_are_not_said_to_be_trained_here(publish):
    record = publish(source='theirs.tflite, sha256 1234')
    assert record['data'].startswith(
        'not trained here: weights imported from theirs.tflite, sha256 1234; '
        'tested on '
    )
    assert record['details'] == dict(
        source='theirs.tflite, sha256 1234', input='64x48', padding=1.25
    )
    assert record['baseline']['PixelPCK'] > 0


def test_what_a_training_started_from_is_told(publish):
    record = publish(options={'load_from': 'folder/theirs.pth'})
    assert record['data'].startswith('trained from theirs.pth on ')


def test_a_checkpoint_knows_best_how_it_was_trained(publish):
    record = publish(
        trained_with=dict(
            load_from='/elsewhere/begun.pth', train_cfg=dict(max_epochs=4)
        )
    )
    assert record['data'].startswith('trained from begun.pth on ')
    assert record['details']['planned_epochs'] == 4
    assert 'options' not in record['details']


def test_a_file_that_is_read_twice_is_named_once(publish):
    again = dict(ann_file='annotations/train.json')
    also = {'train_dataloader.dataset.also': [again, again]}
    data = publish(options=also)['data'].partition('; tested on ')[0]
    assert data.count('annotations/train.json') == 1
    assert data.endswith('(3 images, 5 persons) 3 times')


def test_a_test_on_whole_images_has_neither_boxes_nor_a_mean_pose(publish):
    record = publish(
        options={
            'test_dataloader.dataset.data_mode': 'bottomup',
            'test_dataloader.dataset.pipeline': [
                dict(type='BottomupResize', input_size=(64, 32))
            ],
        }
    )
    assert record['data'].endswith('(3 images, 5 persons), whole images')
    assert record['baseline'] is None
    assert record['details']['input'] == '32x64'
    assert 'padding' not in record['details']


def test_the_crop_of_the_test_is_in_the_record(publish):
    step = 'test_dataloader.dataset.pipeline'
    details = publish(
        options={f'{step}.1.padding': 1, f'{step}.2.input_size': (32, 40)}
    )['details']
    assert (details['input'], details['padding']) == ('40x32', 1.0)


def test_the_baseline_is_of_the_test_and_its_options(publish):
    near = publish()['baseline']['PixelPCK']
    assert 0 < near < 1
    assert publish(options={'test_evaluator.0.threshold': 1e4})[
        'baseline'
    ] == {'PixelPCK': 1.0}


def test_options_are_kept_without_folders_of_this_machine(publish):
    options = {'train_cfg.max_epochs': 9, 'load_from': '/tmp/mine/a.pth'}
    details = publish(options=options)['details']
    assert details['planned_epochs'] == 9
    assert details['options'] == {
        'train_cfg.max_epochs': 9,
        'load_from': 'a.pth',
    }


def test_options_of_a_loaders_speed_make_no_ablation(publish):
    options = {'test_dataloader.num_workers': 0}
    assert 'options' not in publish(options=options)['details']


def test_details_of_the_metrics_get_into_the_record(publish):
    details = dict(calibration=dict(counts=[1, 2]))
    assert publish(details=details)['details']['calibration'] == {
        'counts': [1, 2]
    }


def test_details_of_several_metrics_are_told_apart_by_their_prefix():
    metrics = [PixelPCK(), PixelPCK(prefix='val'), dict(type='PCKAccuracy')]
    metrics[0].details = dict(bins=1)
    metrics[1].details = dict(bins=2)
    assert details_of(Evaluator(metrics)) == {'bins': 1, 'val/bins': 2}


def write(folder, rows):
    folder.mkdir(parents=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / 'scalars.json').write_text('\n'.join(lines))


def test_hours_are_iterations_times_their_median_time(tmp_path):
    rows = [dict(lr=1, step=s, time=2.0) for s in (600, 1200, 1800)]
    write(tmp_path / 'one' / 'vis_data', rows)
    assert training_hours(tmp_path) == pytest.approx(1800 * 2 / 3600)


def test_neither_a_pause_nor_the_validation_counts(tmp_path):
    rows = [dict(lr=1, step=s, time=2.0) for s in (600, 1200, 1800)]
    rows[1]['time'] = 900.0
    rows.append(dict(PixelPCK=0.5, step=3, time=50.0))
    write(tmp_path / 'one' / 'vis_data', rows)
    assert training_hours(tmp_path) == pytest.approx(1.0)


def test_a_resumed_run_goes_on_and_a_cut_line_is_left_out(tmp_path):
    write(tmp_path / 'a' / 'vis_data', [dict(lr=1, step=900, time=4.0), '{"l'])
    write(tmp_path / 'b' / 'vis_data', [dict(lr=1, step=1800, time=4.0)])
    assert training_hours(tmp_path) == pytest.approx(2.0)


def test_trainings_in_folders_beside_it_do_not_count(tmp_path):
    """A checkpoint that was copied to where work directories lie."""
    row = dict(lr=1, step=1800, time=2.0)
    write(tmp_path / 'work_dirs' / 'other' / 'one' / 'vis_data', [row])
    assert training_hours(tmp_path) == 0


def test_without_logs_it_is_zero(tmp_path):
    assert training_hours(tmp_path) == 0
