"""Names come out of files that others wrote: they are text, never markup."""

import html

# What a spreadsheet would take for the begin of a formula.
_FORMULA = ('=', '+', '-', '@')
_MARKUP = '\\`*[]<>|&#~'


def clean(text: object) -> str:
    """One line without control characters, and none that turns the line."""
    line = ''.join(c if c.isprintable() else ' ' for c in str(text))
    return ' '.join(line.split())


def html_text(text: object) -> str:
    """Text for an element or a quoted attribute of HTML."""
    return html.escape(clean(text), quote=True)


def markdown_text(text: object) -> str:
    """Text for a line or a table's cell of Markdown."""
    return ''.join(f'\\{c}' if c in _MARKUP else c for c in clean(text))


def markdown_code(text: object) -> str:
    """Text in backticks, in which nothing but a bar means anything."""
    line = clean(text).replace('`', "'").replace('|', '\\|')
    return f'`{line or " "}`'


def csv_cell(value: object) -> object:
    """Numbers as they are; text that no spreadsheet takes for a formula."""
    if value is None:
        return ''
    if isinstance(value, (int, float)):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
