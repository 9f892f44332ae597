"""The curve shows what MMEngine has written."""

import json

import cv2
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.visualization.training_curve import (  # noqa: E402
    read_history,
    training_curve,
)

pytestmark = pytest.mark.mmpose


def write(work_dir, run, *rows, end=''):
    """Write one run as MMEngine's local visualiser does."""
    file = work_dir / run / 'vis_data' / 'scalars.json'
    file.parent.mkdir(parents=True)
    file.write_text('\n'.join(map(json.dumps, rows)) + '\n' + end)


def train(step, loss):
    return dict(
        lr=1e-3,
        loss=loss,
        loss_center=loss / 2,
        time=0.1,
        epoch=1,
        iter=step,
        memory=7,
        step=step,
        data_time=0.0,
    )


def val(epoch, pck):
    return {
        'PixelPCK': pck,
        'coco/AP': pck / 2,
        'step': epoch,
        'time': 1.0,
        'data_time': 0.1,
    }


def test_losses_and_metrics_are_told_apart(tmp_path):
    write(tmp_path, '1', train(20, 3.0), train(40, 2.0), val(1, 0.25))
    history = read_history(tmp_path)
    assert history.losses == {
        'loss': [(20, 3.0), (40, 2.0)],
        'loss_center': [(20, 1.5), (40, 1.0)],
    }
    assert history.metrics == {
        'PixelPCK': [(1, 0.25)],
        'coco/AP': [(1, 0.125)],
    }


def test_a_resumed_run_goes_over_the_first(tmp_path):
    write(
        tmp_path,
        '20260101_1',
        train(20, 3.0),
        train(40, 9.0),
        end='{"lr": 0.1, "lo',
    )  # killed in the middle of a line
    write(tmp_path, '20260101_2', train(40, 2.0), train(60, 1.0))
    assert read_history(tmp_path).losses['loss'] == [
        (20, 3.0),
        (40, 2.0),
        (60, 1.0),
    ]


def test_the_picture_is_written(tmp_path):
    pytest.importorskip('matplotlib')
    write(tmp_path, '1', train(20, 3.0), train(40, 2.0), val(1, 0.25))
    out = training_curve(tmp_path, tmp_path / 'plots' / 'curve.png')
    picture = cv2.imread(str(out))
    assert picture.std() > 5
    assert [file.name for file in out.parent.iterdir()] == ['curve.png']


def test_without_known_metrics_all_are_drawn(tmp_path):
    pytest.importorskip('matplotlib')
    write(tmp_path, '1', dict(mine=0.5, step=1))
    assert training_curve(tmp_path, tmp_path / 'curve.png').is_file()


def test_a_folder_without_values_is_refused(tmp_path):
    with pytest.raises(ValueError, match='no values in 0 files'):
        training_curve(tmp_path, tmp_path / 'curve.png')
    write(tmp_path, '1', dict(a=1))
    with pytest.raises(ValueError, match='no values in 1 files'):
        training_curve(tmp_path, tmp_path / 'curve.png')
    assert not (tmp_path / 'curve.png').exists()
