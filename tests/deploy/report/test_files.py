"""What is written: contents, names that mean harm, files that stay whole."""

import csv
import io
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.report import FILES, build_report
from mmpose_lightkpt.deploy.report.escaping import (
    clean,
    csv_cell,
    markdown_code,
    markdown_text,
)
from mmpose_lightkpt.report import main

sys.path.insert(0, str(Path(__file__).parent))
from report_records import (  # noqa: E402
    benchmark,
    evaluation,
    row,
    save,
    three_boards,
)

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = '=1+1|</td><script>alert(1)</script>"onload=`x` ![i](http://x)\n# t'


def built(folder, records, **changes):
    """Text of each file of a report, by suffix."""
    save(folder / 'records', records)
    written = build_report([folder / 'records'], folder / 'out', **changes)
    return {path.suffix: path.read_text() for path in written.files}


class Elements(HTMLParser):
    """Collects the elements of a page and what is not closed."""

    VOID = ('meta', 'input', 'wbr', 'br')

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.cells = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ('td', 'th'):
            self.cells.append('')
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {'td', 'th'} & set(self.open):
            self.cells[-1] += data

    def all(self, tag, kind=''):
        return [
            attrs
            for name, attrs in self.found
            if name == tag
            and (not kind or kind in (attrs.get('class') or '').split(' '))
        ]


@pytest.fixture
def page(tmp_path):
    return Elements(built(tmp_path, three_boards())['.html'])


def test_the_page_shows_every_row_three_times(page):
    # 5 models, 2 threads and 2 precisions on 2 boards; the emulated row has
    # no point and no bar.
    assert len(page.all('tr')) == 1 + 41
    assert len(page.all('svg', 'point')) == 40
    assert len(page.all('div', 'row')) == 40
    assert len(page.all('tr', 'emulated')) == 1
    assert len(page.all('svg', 'flagged')) == 2
    assert 'unsteady' in ''.join(page.cells)


def test_a_tables_rows_have_a_cell_for_each_heading(page):
    columns = len(page.all('th'))
    assert len(page.all('td')) == 41 * columns
    shown = dict(zip(page.cells[:columns], page.cells[columns:]))
    assert shown['model'] == 'heatmap_small'
    assert shown['sum'] == '136' and shown['AP'] == '0.530'
    assert shown['input'] == '256x192' and shown['shift'] == '0.012'


def test_a_page_asks_for_nothing(tmp_path):
    text = built(tmp_path, three_boards())['.html']
    code = re.sub(r'^ *//.*$', '', text, flags=re.M)
    assert not re.search(r'//|\bsrc=|\bhref=|@import|url\(|fetch', code)
    assert "default-src 'none'" in text


def test_colours_have_an_equal_number_in_light_and_dark(tmp_path):
    text = built(tmp_path, three_boards())['.html']
    light, dark = text.split('prefers-color-scheme: dark')
    for name in re.findall(r'(--[\w]+): #', light):
        assert f'{name}: #' in dark, name


def test_the_csv_holds_every_figure_as_it_was_measured(tmp_path):
    text = built(tmp_path, three_boards())['.csv']
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 41
    (line,) = [
        line
        for line in lines
        if line['model'] == 'ipr_small'
        and (line['threads'], line['precision']) == ('4', 'bf16')
        and line['device'] == 'Raspberry Pi 5 Model B'
    ]
    assert float(line['total_median']) == 4.6 * 0.42
    assert float(line['forward_p90']) == pytest.approx(4.6 * 0.42 * 0.85 * 1.1)
    assert float(line['coco/AP']) == 0.47
    assert line['params'] == '1230000' and line['ncnn'] == '1.0.20261020'
    assert line['record'] == 'pi5.json'


def test_markdown_has_the_table_the_devices_and_what_failed(tmp_path):
    text = built(tmp_path, three_boards())['.md']
    table = [line for line in text.splitlines() if line.startswith('|')]
    assert len(table) == 2 + 41
    assert len({len(re.findall(r'(?<!\\)\|', line)) for line in table}) == 1
    assert '## Raspberry Pi 4 Model B' in text
    assert 'not timed: broken (bf16 threads=1): no parity' in text
    assert 'emulated: not a latency' in text


def test_one_record_of_one_row_is_a_report(tmp_path):
    texts = built(tmp_path, {'a.json': benchmark(row('m', 2.5), device={})})
    page = Elements(texts['.html'])
    assert len(page.all('tr')) == 2 and not page.all('svg', 'point')
    assert '2.50' in page.cells and 'No model here has' in texts['.html']


def test_a_record_without_rows_or_facts_is_a_report(tmp_path):
    empty = benchmark(plan={}, complete=False)
    empty['device'] = {}
    texts = built(tmp_path, {'a.json': empty})
    assert 'INTERRUPTED' in texts['.html'] and 'INTERRUPTED' in texts['.md']
    assert texts['.csv'] == 'model\n'


def test_the_same_records_give_the_same_bytes(tmp_path):
    first = built(tmp_path / 'a', three_boards())
    assert built(tmp_path / 'b', three_boards()) == first


# Names that mean harm -----------------------------------------------------


@pytest.fixture
def hostile(tmp_path):
    """A report in which everything that can be a name is a hostile one."""
    bad = row(HOSTILE, 2.0, precision=HOSTILE, flags=[HOSTILE])
    device = dict(board=HOSTILE, versions={HOSTILE: HOSTILE}, other=HOSTILE)
    failure = dict(model=HOSTILE, threads=1, precision=HOSTILE, reason=HOSTILE)
    record = benchmark(
        bad,
        device=device,
        command=HOSTILE,
        date=HOSTILE,
        failures=[failure],
        plan=dict(repeats=HOSTILE, loops=HOSTILE),
    )
    judged = evaluation('m', HOSTILE)
    judged.update(
        metrics={HOSTILE: 0.5}, data=HOSTILE, config=f'a/{HOSTILE}.py'
    )
    # The slash of "</td>" ends a folder, so the stem is what follows it last.
    stem = Path(judged['config']).stem
    record['rows'].append(row(stem, 3.0))
    return built(tmp_path, {'a.json': record, 'b.json': judged}, title=HOSTILE)


def test_hostile_names_are_text_on_the_page(hostile):
    page = Elements(hostile['.html'])
    assert len(page.all('script')) == 1
    names = {name for _, attrs in page.found for name in attrs}
    assert not [name for name in names if name.startswith('on')]
    assert not page.all('img') and not page.all('a')
    assert any('<script>alert(1)' in cell for cell in page.cells)


def test_hostile_names_are_text_in_markdown(hostile):
    text = hostile['.md']
    outside_code = re.sub(r'`[^`\n]*`', '', text.replace('\\`', ''))
    assert not re.search(r'(?<!\\)[<\[]', outside_code)
    table = [line for line in text.splitlines() if line.startswith('|')]
    assert len({len(re.findall(r'(?<!\\)\|', line)) for line in table}) == 1
    assert len(re.findall('^# ', text, re.M)) == 1


def test_hostile_names_are_no_formula_in_a_spreadsheet(hostile):
    rows = list(csv.reader(io.StringIO(hostile['.csv'])))
    assert len({len(line) for line in rows}) == 1
    assert not [c for line in rows for c in line if c[:1] in ('=', '+', '@')]
    assert "'=1+1" in hostile['.csv']


def test_control_characters_and_reversed_text_are_gone():
    assert clean('a\x00b\u202ec\nd\ud800') == 'a b c d'
    assert markdown_code('') == '` `'
    assert markdown_text('a|b\nc') == 'a\\|b c'
    assert csv_cell('-x') == "'-x" and csv_cell(-1.5) == -1.5


# Files --------------------------------------------------------------------


def test_a_damaged_record_leaves_the_old_report(tmp_path, capsys):
    out = tmp_path / 'out'
    old = built(tmp_path, three_boards())
    (tmp_path / 'records' / 'pi4.json').write_text('{')
    assert main([str(tmp_path / 'records'), '--out', str(out)]) == 1
    said = capsys.readouterr()
    assert 'pi4.json' in said.err and len(said.err.splitlines()) == 1
    assert {p.suffix: p.read_text() for p in out.iterdir()} == old


def test_a_failed_write_leaves_no_half_file(tmp_path, monkeypatch, capsys):
    def full_disk(*args):
        raise OSError(28, 'No space left on device')

    save(tmp_path / 'records', {'a.json': benchmark(row('m', 2.0))})
    monkeypatch.setattr(os, 'replace', full_disk)
    words = [str(tmp_path / 'records'), '--out', str(tmp_path / 'out')]
    assert main(words) == 1
    assert 'No space left' in capsys.readouterr().err
    assert list((tmp_path / 'out').iterdir()) == []


def test_the_command_names_files_and_what_is_not_known(tmp_path, capsys):
    records = {
        'a.json': benchmark(row('m', 2.0)),
        'b.json': benchmark(row('m', 3.0)),
        'c.json': evaluation('unseen', MeanOKS=0.5),
    }
    save(tmp_path / 'records', records)
    words = [str(tmp_path / 'records'), '--out', str(tmp_path / 'out')]
    assert main(words) == 0
    said = capsys.readouterr()
    assert [Path(line).name for line in said.out.splitlines()] == list(FILES)
    assert said.err.splitlines() == [
        'note: no accuracy: m',
        'note: not timed: unseen',
        'note: 1 times left out: newer ones are here',
    ]


def test_a_report_needs_neither_numpy_nor_ncnn_beyond_the_package(tmp_path):
    save(tmp_path, {'a.json': benchmark(row('m', 2.0))})
    code = (
        'import sys; sys.modules.update(torch=None, mmpose=None, cv2=None, '
        'ncnn=None, matplotlib=None, jinja2=None)\n'
        'from mmpose_lightkpt.report import main\n'
        f'sys.exit(main([{str(tmp_path)!r}, "--out", {str(tmp_path)!r}]))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        env=dict(os.environ, PYTHONPATH=str(ROOT), LIGHTKPT_REGISTER='0'),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
