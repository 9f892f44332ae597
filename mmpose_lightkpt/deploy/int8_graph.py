"""Compare an int8 graph of ncnn with the one that it was made of.

Their layers have to be the same, and so has every parameter that both name. A
parameter that the int8 graph lacks either has its default, which a writer may
leave out, or was dropped by a tool older than the graph: written again it does
no harm in the first case and mends the second.
"""

from typing import Dict, List, Tuple

_MAGIC = '7767517'
# Layer -> parameters that say how it is quantised, and may change.
_QUANTISED: Dict[str, Tuple[str, ...]] = {
    'Convolution': ('8',),
    'ConvolutionDepthWise': ('8',),
    'InnerProduct': ('8',),
    'Gemm': ('18',),
    'MultiHeadAttention': ('18',),
    'SDPA': ('18',),
}
_TOLERANCE = 1e-5  # numbers are written with seven digits


def put_back(source: str, made: str) -> Tuple[str, List[str]]:
    """Give an int8 graph the parameters that it lost.

    Args:
        source: text of the ``.param`` file in fp32.
        made: text of the one in int8.

    Returns:
        The text, mended, and for each type of layer that had lost some, which
        ones, as 'Reshape 12 13'.

    Raises:
        ValueError: a layer is missing, is another one, or a parameter has
            another value; the message names the layer.
    """
    ours, theirs = _lines(source), _lines(made)
    if len(ours) != len(theirs):
        raise ValueError(
            f'int8: the graph has {len(theirs)} layers, its source {len(ours)}'
        )
    lines = made.splitlines()[:2]
    dropped: Dict[str, Dict[str, None]] = {}
    for old, new in zip(ours, theirs):
        lost = _lost(old.split(), new.split())
        lines.append(' '.join([new, *lost]))
        for word in lost:
            keys = dropped.setdefault(old.split()[0], {})
            keys[word.partition('=')[0]] = None
    said = [' '.join([kind, *keys]) for kind, keys in dropped.items()]
    return '\n'.join([*lines, '']), said


def _lines(text: str) -> List[str]:
    lines = text.splitlines()
    if not lines or lines[0].strip() != _MAGIC:
        raise ValueError(f'int8: a graph must begin with {_MAGIC}')
    return [line for line in lines[2:] if line.strip()]


def _lost(old: List[str], new: List[str]) -> List[str]:
    """Parameters of a layer that the new line lacks, as it had them."""
    end = 4 + int(old[2]) + int(old[3])
    if old[:end] != new[:end]:
        raise ValueError(
            f'int8: the graph has {" ".join(new[:end])} where its source has '
            f'{" ".join(old[:end])}'
        )
    before, after = _parameters(old[end:]), _parameters(new[end:])
    changing = _QUANTISED.get(old[0], ())
    for key, value in before.items():
        if key in changing or _same(value, after.get(key, value)):
            continue
        raise ValueError(
            f'int8: {old[0]} {old[1]} has {key}={after[key]}, its source '
            f'{key}={value}'
        )
    return [f'{k}={v}' for k, v in before.items() if k not in after]


def _parameters(words: List[str]) -> Dict[str, str]:
    found = (word.partition('=') for word in words)
    return {key: value for key, _, value in found}


def _same(one: str, other: str) -> bool:
    """Whether two values are equal as numbers, or as text."""
    if one == other:
        return True
    try:
        pairs = [[float(n) for n in text.split(',')] for text in (one, other)]
    except ValueError:
        return one.strip('"') == other.strip('"')
    if len(pairs[0]) != len(pairs[1]):
        return False
    return all(abs(a - b) <= _TOLERANCE * abs(a) for a, b in zip(*pairs))
