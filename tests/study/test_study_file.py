"""A study's file says what can be, or which entry cannot."""

from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt import configs_index  # noqa: E402
from mmpose_lightkpt.study import load_study  # noqa: E402
from mmpose_lightkpt.study.overrides import to_words  # noqa: E402
from mmpose_lightkpt.study.prepared import prepare  # noqa: E402

pytestmark = pytest.mark.mmpose
SHIPPED = sorted(configs_index._root().glob('studies/*.py'))
RUNGS = "metric = 'AP'\nrungs = [dict(name='a', config='x', seeds=(3, 5))]\n"
ABLATION = "dict(name='{}', start_from='{}', epochs=4)"


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / 's.py').write_text(text)
        return tmp_path / 's.py'

    return write


def test_each_seed_is_a_run_and_the_first_is_exported(write):
    first, second = load_study(write(RUNGS)).runs
    assert (first.name, first.seed, first.export) == ('a', 3, True)
    assert (second.name, second.seed, second.export) == ('a-seed5', 5, False)
    assert first.rung == second.rung == 'a'


def test_an_ablation_is_its_rung_with_a_change(write):
    text = RUNGS.replace('seeds=(3, 5)', 'options=dict(lr=1, wd=2)')
    text += (
        "ablations = [dict(name='control', start_from='a', epochs=4), "
        "dict(name='b', start_from='a', epochs=4, options=dict(lr=3))]"
    )
    *_, run = load_study(write(text)).runs
    assert (run.config, run.start_from, run.export) == ('x', 'a', False)
    assert run.options == {'lr': 3, 'wd': 2, 'train_cfg.max_epochs': 4}


def test_an_ablation_with_its_own_config_takes_the_weights_alone(write):
    text = RUNGS.replace('seeds=(3, 5)', 'options=dict(lr=1)')
    text += (
        "ablations = [dict(name='control', start_from='a', epochs=4), "
        "dict(name='b', start_from='a', epochs=4, config='y')]"
    )
    *_, run = load_study(write(text)).runs
    assert (run.config, run.start_from) == ('y', 'a')
    assert run.options == {'train_cfg.max_epochs': 4}


def test_an_ablation_like_a_rung_begins_where_the_rung_did(write):
    text = RUNGS.replace('seeds=(3, 5)', 'seeds=(3, 5), options=dict(lr=1)')
    text += "ablations = [dict(name='b', like='a', options=dict(wd=3))]"
    first, _, run = load_study(write(text)).runs
    assert (run.config, run.seed, run.like) == ('x', 3, 'a')
    assert (run.start_from, first.like, run.export) == (None, None, False)
    assert run.options == {'lr': 1, 'wd': 3}
    text += "\nstart_from = 'other'"
    assert load_study(write(text)).runs[-1].start_from == '../other/a'


def test_a_rung_with_a_checkpoint_is_not_trained(write):
    more = "checkpoint='w.pth', options=dict(lr=1), codec=dict(k=2), line='l'"
    text = RUNGS.replace('seeds=(3, 5)', more) + "start_from = 'other'\n"
    (run,) = load_study(write(text)).runs
    assert (run.checkpoint, run.line, run.start_from) == ('w.pth', 'l', None)
    assert (run.options, run.codec, run.export) == ({'lr': 1}, {'k': 2}, True)


@pytest.mark.parametrize(
    'more, model',
    [
        ('', 'x'),
        ("line='l'", 'x'),
        ('options=dict(lr=1)', 'a'),
        ('codec=dict(k=2)', 'a'),
        ("checkpoint='w.pth'", 'a'),
    ],
)
def test_a_rung_that_is_not_its_config_has_its_own_name(write, more, model):
    text = RUNGS.replace("'x'", "'configs/x.py'").replace('seeds=(3, 5)', more)
    for given in ({}, {'lr': 3}):  # of the command line: the same for all
        (run,) = load_study(write(text), given).runs
        assert run.model == model


def test_an_ablation_has_the_codec_of_its_rung(write):
    text = RUNGS.replace('seeds=(3, 5)', "checkpoint='w', codec=dict(k=2)")
    text += f'ablations = [{ABLATION.format("control", "a")}, '
    text += "dict(name='b', start_from='a', epochs=4, codec=dict(j=3))]"
    _, control, run = load_study(write(text)).runs
    assert (control.codec, run.codec) == ({'k': 2}, {'k': 2, 'j': 3})
    assert (run.checkpoint, run.start_from, run.model) == (None, 'a', 'b')


def test_the_reference_is_a_rung_or_the_backbone_of_a_config(write):
    study = load_study(write(RUNGS + "reference = 'a'"))
    assert study.reference is study.run('a')
    reference = load_study(write(RUNGS + "reference = 'x'")).reference
    assert (reference.group, reference.config) == ('reference', 'x')
    assert load_study(write(RUNGS)).reference is None


def test_overrides_of_the_command_line_have_the_last_word(write):
    text = RUNGS + f'ablations = [{ABLATION.format("control", "a")}]'
    given = {'train_cfg': {'max_epochs': 1}}
    for run in load_study(write(text), given).runs:
        assert run.options == {'train_cfg.max_epochs': 1}


@pytest.mark.parametrize(
    'text, named',
    [
        ('rungs = (', 's.py: '),
        ("metric = 'AP'", 'the study lacks rungs'),
        (RUNGS + 'rung = 3', 'the study has an unknown rung'),
        (RUNGS.replace('config', 'cfg'), r'a rung \(a\) lacks config'),
        (RUNGS.replace('(3, 5)', '(3, 3)'), 'seeds must be distinct'),
        (RUNGS.replace('(3, 5)', '()'), 'seeds must be distinct'),
        (RUNGS + 'rungs *= 2', "two of the name 'a'"),
        (RUNGS.replace("'a'", "'study'"), "two of the name 'study'"),
        (RUNGS.replace("'a'", "'../a'"), 'cannot be the name of a folder'),
        (RUNGS.replace("'a'", "''"), 'cannot be the name of a folder'),
        (RUNGS + "start_from = '../b'", 'cannot be the name of a folder'),
        (
            RUNGS + f'ablations = [{ABLATION.format("control", "z")}]',
            "'control' starts from 'z', which is no rung",
        ),
        (
            RUNGS + f'ablations = [{ABLATION.format("b", "a")}]',
            "lack one called 'control'",
        ),
        (
            RUNGS + "ablations = [dict(name='control')]",
            r'an ablation \(control\) lacks epochs, start_from',
        ),
        (
            RUNGS + "ablations = [dict(name='b', like='z')]",
            "'b' is like 'z', which is no rung",
        ),
        (
            RUNGS + "ablations = [dict(name='b', like='a', epochs=3)]",
            r'an ablation \(b\) has an unknown epochs',
        ),
        (
            RUNGS.replace('config', "checkpoint='w', config"),
            "rung 'a': it has a checkpoint .* cannot have seeds",
        ),
        (
            RUNGS.replace('seeds=(3, 5)', "checkpoint='w'")
            + "ablations = [dict(name='b', like='a')]",
            "'b' is like 'a', which has a checkpoint and is not trained",
        ),
        (
            RUNGS + "rungs += [dict(name='b', config='configs/x.py')]",
            "'a' and 'b' would both be exported as x",
        ),
    ],
)
def test_what_cannot_be_is_named(write, text, named):
    with pytest.raises(ValueError, match=named) as error:
        load_study(write(text))
    assert str(error.value).startswith(str(write(text)))


def how_to(number):
    """A study that the how-to shows."""
    page = Path(__file__).parents[2] / 'docs' / 'how_to' / 'run_a_study.md'
    return page.read_text().split('```python\n')[number].split('```')[0]


def test_the_study_of_the_how_to_can_be_run(write):
    study = load_study(write(how_to(1)))
    assert [run.name for run in study.runs] == [
        'ipr',
        'rle',
        'rle-seed1',
        'control',
        'hotter',
        'smaller',
    ]
    for run in (*study.runs, study.reference):
        assert prepare(run).epochs == (4 if run.start_from else 5)


def test_the_study_of_weights_of_the_how_to_can_be_run(write):
    study = load_study(write(how_to(2)))
    assert [run.name for run in study.runs] == ['large', 'small']
    assert study.reference == study.run('large')
    for run in study.runs:
        head = prepare(run).testing['model']['head']
        side = 192 if run.name == 'large' else 128
        assert head['decoder']['input_size'] == [side, side]


def test_a_study_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r'nowhere\.py: no such study'):
        load_study('nowhere.py')


# The studies that come with the package -----------------------------------


def test_there_are_studies():
    names = {path.stem for path in SHIPPED}
    assert names >= {'ladder_lsp', 'ladder_coco', 'lightkpt_coco'}


@pytest.mark.parametrize('path', SHIPPED, ids=lambda path: path.stem)
def test_every_config_of_a_shipped_study_is_there(path):
    study = load_study(path)
    for run in (*study.runs, study.reference):
        ready = prepare(run)
        assert ready.config.startswith('configs/body_2d_keypoint/')
        assert '/' not in run.name and ready.run.model


@pytest.mark.parametrize('path', SHIPPED, ids=lambda path: path.stem)
def test_rungs_of_a_ladder_share_schedule_and_data(path):
    """Else their order would tell of these as well.

    Further seeds of a rung differ in the seed alone.
    """
    runs = load_study(path).select(['rungs'])
    runs = [run for run in runs if run.name == run.rung]
    runs = [run for run in runs if not run.checkpoint]
    common = [
        {
            'epochs': ready.epochs,
            'optimizer': ready.training['optim_wrapper']['optimizer'],
            'scheduler': ready.training['param_scheduler'],
            'batch': ready.training['train_dataloader']['batch_size'],
            'sampler': ready.training['train_dataloader']['sampler'],
            'seed': ready.training['randomness'],
        }
        for ready in map(prepare, runs)
    ]
    assert all(one == common[0] for one in common)


def test_ablations_change_one_thing_of_the_head_or_codec():
    study = load_study(next(p for p in SHIPPED if p.stem == 'ladder_lsp'))
    control = prepare(study.run('control'))
    assert control.options == {'train_cfg.max_epochs': 4}
    for run in study.select(['ablations']):
        ready = prepare(run)
        assert ready.epochs == 4
        assert len(run.options) > 1 or run.codec or run.name == 'control'
        assert to_words(ready.options) == ready.train_words
        if run.codec:
            head = ready.training['model']['head']['decoder']
            steps = ready.training['train_dataloader']['dataset']['pipeline']
            (encode,) = [s for s in steps if s['type'] == 'GenerateTarget']
            (crop,) = [s for s in steps if s['type'] == 'TopdownAffine']
            assert encode['encoder'] == head
            assert crop['input_size'] == head['input_size']
            for key, value in run.codec.items():
                assert head[key] in (value, list(value))


def test_one_checkpoint_is_judged_at_the_size_of_its_name():
    """In the test's crop, the decoder, and the crop that is exported."""
    study = load_study(next(p for p in SHIPPED if p.stem == 'lightkpt_coco'))
    assert study.reference.name == 'lightning-192'
    lines = [run for run in study.runs if run.line]
    assert {run.line for run in lines} == {
        'lightning',
        'finetuned',
        'lightkpt',
    }
    for run in lines:
        if run.line == 'lightkpt':
            continue  # three networks, each of one size
        side = int(run.name.rpartition('-')[2])
        ready = prepare(run)
        assert run.name == f'{run.line}-{side}' == run.model
        steps = ready.testing['test_dataloader']['dataset']['pipeline']
        steps = {step['type']: step for step in steps}
        assert steps['GetBBoxCenterScale']['padding'] == 1.0
        assert steps['TopdownAffine']['input_size'] == [side, side]
        head = ready.testing['model']['head']['decoder']
        assert head['input_size'] == [side, side]
