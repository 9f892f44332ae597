"""Generated parts of a Markdown file, between two HTML comments."""

__all__ = ['replace_block']


def replace_block(text: str, name: str, content: str) -> str:
    """Put content between ``<!-- name:begin -->`` and ``<!-- name:end -->``.

    Args:
        text: the whole file.
        name: of the block.
        content: what to put there, without the comments; may be empty.

    Returns:
        The text with the block replaced and all else unchanged.

    Raises:
        ValueError: if the two comments are not there once each, in order.
    """
    begin, end = f'<!-- {name}:begin -->', f'<!-- {name}:end -->'
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end) or text.count(begin) > 1:
        raise ValueError(
            f'expected {begin} and, after it, {end}, once each; put them '
            'where the generated part belongs'
        )
    content = content.strip('\n')
    return f'{before}{begin}\n{content}{content and chr(10)}{end}{after}'
