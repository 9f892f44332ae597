import json

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.evaluation.publish import training_hours

pytestmark = pytest.mark.mmpose


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


def test_without_logs_it_is_zero(tmp_path):
    assert training_hours(tmp_path) == 0
