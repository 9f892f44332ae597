"""The page as people see it, in headless Chromium (skipped without one)."""

import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.report import build_report

sys.path.insert(0, str(Path(__file__).parent))
import chromium  # noqa: E402
from report_records import (  # noqa: E402
    benchmark,
    row,
    save,
    three_boards,
)

HOSTILE = '"><script>document.title = "owned"</script><b onclick=alert(1)>'
PROGRAM = chromium.find()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PROGRAM, reason='needs Chromium (apt install chromium)'
    ),
]


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    page = chromium.Page(PROGRAM, tmp_path_factory.mktemp('profile'))
    yield page
    page.close()


@pytest.fixture(scope='module')
def reports(tmp_path_factory):
    """A report of three boards, and one of a single row with a bad name."""
    folder = tmp_path_factory.mktemp('reports')
    records = dict(
        boards=three_boards(),
        one={'a.json': benchmark(row(HOSTILE, 2.0))},
    )
    for name, each in records.items():
        save(folder / name, each)
        build_report([folder / name], folder / f'{name}-report')
    return lambda name: folder / f'{name}-report' / 'report.html'


def column(browser, name):
    """Texts of a column, of the rows that are shown."""
    return browser.run(
        "[...document.querySelectorAll('tbody tr:not(.off)')].map(row => "
        "row.cells[[...document.querySelectorAll('th')].findIndex("
        f"head => head.innerText.startsWith('{name}'))].innerText)"
    )


def head(name):
    return (
        "[...document.querySelectorAll('th button')]"
        f".find(b => b.textContent === '{name}')"
    )


@pytest.mark.parametrize('name', ['boards', 'one'])
@pytest.mark.parametrize('width', [390, 1280])
@pytest.mark.parametrize('dark', [False, True])
def test_only_the_table_scrolls_sideways(
    browser, reports, name, width, dark, tmp_path
):
    browser.open(reports(name), width, dark)
    assert browser.run('document.documentElement.scrollWidth') <= width
    wide, box = browser.run(
        "[document.querySelector('table').scrollWidth, "
        "document.querySelector('.scroll').clientWidth]"
    )
    assert wide > box if width == 390 else box > 1000
    back = browser.run('getComputedStyle(document.body).backgroundColor')
    assert back == ('rgb(20, 24, 28)' if dark else 'rgb(255, 255, 255)')
    assert browser.complaints() == []
    assert browser.requests() == [reports(name).resolve().as_uri()]
    browser.screenshot(tmp_path / 'page.png')
    assert (tmp_path / 'page.png').stat().st_size > 10_000


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(
    browser, reports
):
    browser.open(reports('boards'), 1280)
    browser.click("document.querySelector('#all')")
    assert len(column(browser, 'sum')) == 41
    browser.click(head('sum'))
    times = [float(text.lstrip('⚑\xa0 ')) for text in column(browser, 'sum')]
    assert times == sorted(times) and times[0] < times[-1] == 2100
    browser.click(head('sum'))
    again = [float(text.lstrip('⚑\xa0 ')) for text in column(browser, 'sum')]
    assert again == times[::-1]
    sorted_by = "document.querySelectorAll('th[aria-sort]')"
    assert browser.run(f'{sorted_by}.length') == 1
    assert browser.run(f'{sorted_by}[0].ariaSort') == 'descending'


def test_words_sort_as_words_and_what_is_unknown_comes_last(browser, reports):
    browser.open(reports('boards'), 1280)
    browser.click("document.querySelector('#all')")
    browser.click(head('model'))
    names = column(browser, 'model')
    assert names == sorted(names) and names[0] == 'deeppose_small'
    for _ in range(2):
        browser.click(head('fps'))
        assert column(browser, 'fps')[-1] == '-'  # of the emulated row


def test_boxes_choose_what_table_plot_and_bars_show(browser, reports):
    browser.open(reports('boards'), 1280)
    assert set(column(browser, 'threads')) == {'1'}
    assert set(column(browser, 'precision')) == {'fp32'}
    browser.click("document.querySelector('[name=device]')")
    shown = "document.querySelectorAll('{}:not(.off)').length".format
    # Five of the other board, and the emulated one has only a row.
    assert len(column(browser, 'sum')) == 6
    assert browser.run(shown('.point')) == browser.run(shown('.row')) == 5
    assert 'Pi 5' in column(browser, 'device')[0]
    text = browser.run("document.querySelector('#shown').textContent")
    assert text == '6 of 41 timed cases shown'
    browser.click("document.querySelector('[name=device]')")
    browser.click("document.querySelector('#all')")
    assert browser.run(shown('.point')) == 40
    assert browser.run("document.querySelector('#all').hidden")


@pytest.mark.parametrize('width', [390, 1280])
def test_scales_fit_what_is_shown(browser, reports, width):
    browser.open(reports('boards'), width)
    left, right, low, high = browser.run(
        "{ const box = document.querySelector('.plot > svg')"
        '.getBoundingClientRect(); const at = '
        "[...document.querySelectorAll('.point:not(.off) path')].map(p => "
        '{ const r = p.getBoundingClientRect(); return r.x + r.width / 2; });'
        '[box.left, box.right, Math.min(...at), Math.max(...at)] }'
    )
    assert left < low < left + 0.1 * (right - left)
    assert right - 0.1 * (right - left) < high < right
    ticks = browser.run(
        "[...document.querySelectorAll('.tick.along:not(.out)')].map(t => "
        'Number(t.textContent))'
    )
    assert 3 <= len(ticks) <= 12 and 10 in ticks
    # The slowest bar of each device, with its whisker, fills the width.
    shares = browser.run(
        "[...document.querySelectorAll('.bars:not(.off)')].map(s => "
        "Math.max(...[...s.querySelectorAll('.row:not(.off) .whisker')].map("
        'w => w.getBoundingClientRect().right - w.parentNode'
        '.getBoundingClientRect().right)))'
    )
    assert shares == pytest.approx([0, 0], abs=0.5)


def test_a_tap_on_a_point_tells_of_it(browser, reports):
    browser.open(reports('boards'), 390)
    browser.click("document.querySelector('.point:not(.off) path')")
    told = browser.run("document.querySelector('.told').textContent")
    assert told.startswith('1: heatmap_small, 136.30 ms (7 a second), AP 0.53')
    assert 'Raspberry Pi 4 Model B, 1 thread, fp32' in told


def test_a_hostile_name_runs_nothing(browser, reports):
    browser.open(reports('one'), 1280)
    assert browser.run('document.title') == 'Pose models on small devices'
    assert browser.run("document.querySelectorAll('script').length") == 1
    assert column(browser, 'model')[0] == HOSTILE
