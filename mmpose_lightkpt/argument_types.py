"""Numbers on a command line, refused with a line that says what is wrong."""

import argparse


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f'must be a whole number of 1 or more, got {text!r}'
        )
    return int(text)


def positive_share(text: str) -> float:
    """A share above 0, as 0.1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 100:
        raise argparse.ArgumentTypeError(
            f'must be a positive share as 0.1, got {text!r}'
        )
    return value


def rate(text: str) -> float:
    """Images a second, above 0 and up to 1000."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(
            f'must be images a second, up to 1000, got {text!r}'
        )
    return value


def seconds(text: str) -> float:
    """0 to 3600, of seconds or minutes."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f'must be 0 to 3600, got {text!r}')
    return value
