"""What the documentation names is there, and what it shows as code runs."""

import json
import re
import shlex
import sys
import types
from pathlib import Path
from typing import Iterator, List, NamedTuple

import pytest

from mmpose_lightkpt import MMPOSE_READY

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / 'README.md').is_file():
    pytest.skip('needs the sources', allow_module_level=True)

PAGES = [
    ROOT / name for name in ('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md')
]
PAGES += sorted((ROOT / 'docs').rglob('*.md'))
PAGES += sorted((ROOT / 'configs').rglob('*.md'))
TOPS = 'mmpose_lightkpt configs tools tests docs requirements benchmarks'
FILE = re.compile(rf'(?<![\w./-])(?:{TOPS.replace(" ", "|")})/[\w./*-]*')
EACH_PAGE = pytest.mark.parametrize(
    'page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)
needs_mmpose = pytest.mark.skipif(not MMPOSE_READY, reason='needs MMPose')


class Fence(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str


def fences(page: Path) -> List[Fence]:
    found = re.findall(r'^```(\w*)\n(.*?)^```$', page.read_text(), re.M | re.S)
    return [Fence(*block) for block in found]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    text = page.read_text()
    return re.sub(r'^```.*?^```$', '', text, flags=re.M | re.S)


def commands(page: Path) -> Iterator[List[str]]:
    """The words of each shell command, in fences and in backticks."""
    shell = [f.text for f in fences(page) if f.language == 'bash']
    lines = '\n'.join(shell).replace('\\\n', ' ').splitlines()
    for line in lines + re.findall(r'`([^`\n]+)`', prose(page)):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # an apostrophe in what is no command
            continue
        if words:
            yield words


def source_of(words: List[str]) -> str:
    """Source of the script or module of ours that a command runs, or ''."""
    for i, word in enumerate(words):
        if re.fullmatch(r'(tools|benchmarks)/\w+\.py', word):
            text = (ROOT / word).read_text()
            door = re.search(r'from (mmpose_lightkpt\.\w+) import main', text)
            return text + (module_text(door[1]) if door else '')
        if word.startswith('mmpose_lightkpt.') and words[i - 1] == '-m':
            return module_text(word)
    return ''


def module_text(name: str) -> str:
    """Source of a module or package; '' if it is neither.

    With that of the module beside it which holds its options, if there is.
    """
    path = ROOT / name.replace('.', '/')
    for file in (path.with_suffix('.py'), path / '__init__.py'):
        if file.is_file():
            text = file.read_text()
            options = re.search(r'from \.([\w.]+) import parse_args', text)
            if options:
                text += module_text(f'{name.rpartition(".")[0]}.{options[1]}')
            return text
    return ''


# Links, paths, commands ---------------------------------------------------


@EACH_PAGE
def test_relative_links_lead_somewhere(page):
    for target in re.findall(r'\]\(([^)\s]+)\)', prose(page)):
        if re.match(r'[a-z]+:', target):
            continue
        path, _, anchor = target.partition('#')
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r'^#+ (.*)$', file.read_text(), re.M)
            assert anchor in {
                re.sub(r'[^\w -]', '', t).lower().replace(' ', '-')
                for t in titles
            }, target


@EACH_PAGE
def test_paths_of_the_repository_exist(page):
    texts = [prose(page)]
    texts += [f.text for f in fences(page) if f.language in ('bash', '')]
    for path in FILE.findall(' '.join(texts)):
        path = path.rstrip('.')
        if '*' in path:
            assert list(ROOT.glob(path)), path
        else:
            assert (ROOT / path).exists(), path


@EACH_PAGE
def test_options_of_our_commands_exist(page):
    for words in commands(page):
        source = source_of(words)
        for option in re.findall(r'(?<= )--[a-z][\w-]*', ' '.join(words)):
            assert not source or f"'{option}'" in source, (option, words)


@EACH_PAGE
def test_make_targets_exist(page):
    targets = re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.M)
    for words in commands(page):
        if words[0] == 'make' and len(words) > 1:
            assert words[1] in targets, words
            for word in words[2:]:
                variable = word.partition('=')[0]
                assert f'{variable} ?=' in (ROOT / 'Makefile').read_text()


@EACH_PAGE
def test_dotted_names_of_ours_exist(page):
    for name in re.findall(
        r"(?<!')\bmmpose_lightkpt(?:\.\w+)+", page.read_text()
    ):
        parts = name.split('.')
        while parts and not module_text('.'.join(parts)):
            parts.pop()
        rest = name.split('.')[len(parts) :]
        if rest:
            text = module_text('.'.join(parts))
            assert re.search(rf'\b{rest[0]}\b', text), name


def test_the_readme_has_a_first_screen():
    """Everything before the first heading break fits into 40 lines."""
    first = (ROOT / 'README.md').read_text().split('\n## ')[0]
    assert len(first.splitlines()) <= 40
    assert '](docs/architecture.md)' in first
    assert 'make setup' in first and 'make demo' in first


@EACH_PAGE
def test_pages_name_no_machine(page):
    assert not re.search(r'(?<![\w.])/(work|root|opt|home)/', page.read_text())


def test_every_page_is_reached_from_the_index():
    index = (ROOT / 'docs' / 'index.md').read_text()
    for page in (ROOT / 'docs').rglob('*.md'):
        if page.name != 'index.md' and 'results' not in page.parts:
            name = page.relative_to(ROOT / 'docs').as_posix()
            assert f']({name})' in index, name


# Code ----------------------------------------------------------------------


def test_every_convention_names_its_test_and_every_test_its_convention():
    page = (ROOT / 'docs' / 'conventions.md').read_text()
    file = 'tests/test_conventions.py'
    pinned = re.findall(r'^def (test_\w+)', (ROOT / file).read_text(), re.M)
    assert sorted(re.findall(r'`(test_\w+)`', page)) == sorted(pinned)


@needs_mmpose
@pytest.mark.mmpose
def test_the_codec_of_the_how_to_runs_and_keeps_the_contract(monkeypatch):
    """A block that begins with a file's name is loaded as that module."""
    import importlib

    from mmpose.registry import KEYPOINT_CODECS

    from mmpose_lightkpt.deploy.decoders import DECODERS

    for table in (KEYPOINT_CODECS.module_dict, DECODERS):
        for key in ('ShareLabel', 'share'):
            monkeypatch.setitem(table, key, None)
            del table[key]
    page = ROOT / 'docs' / 'how_to' / 'add_a_codec.md'
    python = [f.text for f in fences(page) if f.language == 'python']
    assert len(python) == 4
    names = {}
    for text in python:
        file = re.match(r'# (mmpose_lightkpt/[\w/]+)\.py\n', text)
        scope = names
        if file:
            name = file[1].replace('/', '.')
            parent, _, leaf = name.rpartition('.')
            module = types.ModuleType(name)
            module.__package__ = parent
            monkeypatch.setitem(sys.modules, name, module)
            folder = importlib.import_module(parent)
            monkeypatch.setattr(folder, leaf, module, raising=False)
            scope = vars(module)
        exec(compile(text, str(page), 'exec'), scope)
    assert 'ShareLabel' in KEYPOINT_CODECS.module_dict


def tutorial(first_word: str) -> str:
    page = ROOT / 'docs' / 'tutorials' / 'train_on_coco.md'
    return next(
        f.text
        for f in fences(page)
        if f.language == 'python' and f.text.startswith(first_word)
    )


def test_the_tutorials_split_keeps_images_and_people_apart(
    tmp_path, monkeypatch
):
    people = [
        dict(id=i, image_id=i % 23, iscrowd=int(i == 5), num_keypoints=i % 7)
        for i in range(97)
    ]
    coco = dict(images=[dict(id=i) for i in range(23)], annotations=people)
    source = tmp_path / 'data/coco/annotations/person_keypoints_val2017.json'
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(coco))
    monkeypatch.chdir(tmp_path)
    exec(tutorial('import json'), {})
    train, val = (
        json.loads(
            (tmp_path / f'data/coco_person/annotations/{s}').read_text()
        )
        for s in ('train.json', 'val.json')
    )
    images = [{im['id'] for im in part['images']} for part in (train, val)]
    assert not images[0] & images[1] and len(images[0] | images[1]) == 23
    for part, ids in zip((train, val), images):
        assert {p['image_id'] for p in part['annotations']} <= ids
    kept = {p['id'] for p in train['annotations'] + val['annotations']}
    assert kept == {i for i in range(97) if i % 7 and i != 5}


@needs_mmpose
@pytest.mark.mmpose
def test_the_tutorials_config_reads_all_of_coco(tmp_path):
    from mmengine.config import Config

    file = tmp_path / 'mine.py'
    text = tutorial('_base_')
    file.write_text(text.replace("'configs/", f"'{ROOT.as_posix()}/configs/"))
    cfg = Config.fromfile(file)
    train, test = (cfg[f'{s}_dataloader'].dataset for s in ('train', 'test'))
    assert train.data_prefix.img == 'train2017/'
    assert test.data_prefix.img == 'val2017/'
    assert train.type == test.type == 'PeopleDataset'
    assert train.pipeline and test.pipeline and test.test_mode
    assert cfg.test_evaluator[1].ann_file == (test.data_root + test.ann_file)


@needs_mmpose
@pytest.mark.mmpose
def test_the_readmes_config_builds():
    from mmengine.registry import init_default_scope
    from mmpose.registry import MODELS

    text = next(
        f.text
        for f in fences(ROOT / 'README.md')
        if f.text.startswith('custom_imports')
    )
    scope = {}
    exec(text, scope)
    init_default_scope('mmpose')
    model = MODELS.build(scope['model'])
    assert model.head.decoder.input_size == scope['codec']['input_size']


# Metafiles and tables --------------------------------------------------------


def metafile_models() -> List[dict]:
    yaml = pytest.importorskip('yaml')
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    files = [ROOT / name for name in index['Import']]
    assert set(files) == set((ROOT / 'configs').rglob('*.yml'))
    loaded = [yaml.safe_load(file.read_text()) for file in files]
    collections = {
        entry['Name']
        for part in loaded
        for entry in part.get('Collections', ())
    }
    models = [model for part in loaded for model in part['Models']]
    assert {model['In Collection'] for model in models} <= collections
    return models


def test_every_config_is_in_a_metafile_under_its_name():
    models = metafile_models()
    leaves = (ROOT / 'configs' / 'body_2d_keypoint').rglob('*.py')
    listed = sorted(model['Config'] for model in models)
    assert listed == sorted(p.relative_to(ROOT).as_posix() for p in leaves)
    for model in models:
        assert model['Name'] == Path(model['Config']).stem
        page = next((ROOT / model['Config']).parent.glob('*.md'))
        parameters = f'{model["Metadata"]["Parameters"]:,}'
        rows = [r for r in page.read_text().splitlines() if model['Name'] in r]
        assert any(parameters in row for row in rows), model['Name']


@needs_mmpose
@pytest.mark.mmpose
@pytest.mark.parametrize('data', ['coco', 'lsp'])
def test_metafiles_count_parameters_right(data):
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmpose.registry import MODELS

    init_default_scope('mmpose')
    for model in metafile_models():
        if f'/{data}/' in model['Config']:
            built = MODELS.build(Config.fromfile(ROOT / model['Config']).model)
            count = sum(p.numel() for p in built.parameters())
            assert count == model['Metadata']['Parameters'], model['Name']


@needs_mmpose
@pytest.mark.mmpose
def test_committed_tables_say_what_the_records_say():
    from mmpose_lightkpt.evaluation.model_table import update_documents

    assert update_documents(ROOT, write=False) == [], 'run `make docs`'


STUDIES = sorted(
    path.parent for path in (ROOT / 'docs' / 'results').glob('*/table.md')
)


@pytest.mark.parametrize('folder', STUDIES, ids=lambda path: path.name)
def test_a_studys_table_says_what_its_records_say(folder):
    pytest.importorskip('mmpose')
    from mmpose_lightkpt.deploy.results import load_record
    from mmpose_lightkpt.evaluation import read_record
    from mmpose_lightkpt.study import load_study
    from mmpose_lightkpt.study.report import report_text

    study = load_study(ROOT / 'configs' / 'studies' / f'{folder.name}.py')
    text = (folder / 'table.md').read_text(encoding='utf-8')
    files = {run.name: folder / f'{run.name}.json' for run in study.runs}
    benchmark = folder / 'benchmark.json'
    assert text == report_text(
        study,
        {n: read_record(f) for n, f in files.items() if f.is_file()},
        load_record(benchmark) if benchmark.is_file() else None,
        [line for line in text.splitlines() if line.startswith('![')],
    )
