"""A block between two comments is replaced and nothing else is."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.evaluation.marked_block import (  # noqa: E402
    replace_block,
)

pytestmark = pytest.mark.mmpose
PAGE = 'a\n<!-- x:begin -->\nold\n<!-- x:end -->\n<!-- y:begin -->\n'


@pytest.mark.parametrize('content', ['new', '\nnew\n', 'new\nand more'])
def test_only_what_is_between_the_comments_changes(content):
    page = replace_block(PAGE, 'x', content)
    expected = content.strip('\n')
    assert page == PAGE.replace('old', expected)
    assert replace_block(page, 'x', content) == page


def test_an_empty_block_keeps_its_comments():
    page = replace_block(PAGE, 'x', '')
    assert page == PAGE.replace('old\n', '')
    assert replace_block(page, 'x', 'old') == PAGE


@pytest.mark.parametrize(
    'page',
    [
        '',
        '<!-- x:begin -->',
        '<!-- x:end --><!-- x:begin -->',
        2 * '<!-- x:begin --><!-- x:end -->',
    ],
)
def test_missing_swapped_or_repeated_comments_are_refused(page):
    with pytest.raises(ValueError, match='x:begin.*x:end'):
        replace_block(page, 'x', 'new')
