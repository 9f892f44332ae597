"""Changes of a config, as the words that follow ``--cfg-options``.

A study changes configs by these words alone, so that each of its commands can
be typed again by hand.
"""

from typing import Any, Dict, Iterator, List, Mapping, Tuple

from mmengine.config import DictAction


def flatten(options: Mapping[str, Any], prefix: str = '') -> Dict[str, Any]:
    """Nested dicts as dotted keys: ``{'a': {'b': 1}}`` is ``{'a.b': 1}``."""
    flat: Dict[str, Any] = {}
    for key, value in options.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f'{prefix}{key}.'))
        else:
            flat[f'{prefix}{key}'] = value
    return flat


def to_words(options: Mapping[str, Any]) -> List[str]:
    """Options as ``KEY=VALUE`` words that read back as the same values.

    Args:
        options: values by dotted key, as :func:`flatten` gives them.

    Raises:
        ValueError: a value would be read back as another one, such as the
            string '3' or a dict within a list.
    """
    words = []
    for key, value in options.items():
        text = _text(value)
        if _parse(text) != value:
            raise ValueError(
                f'{key}: {value!r} cannot be written on a command line; '
                'numbers, booleans, None, plain strings and lists of them can'
            )
        words.append(f'{key}={text}')
    return words


def codec_overrides(
    config: Mapping[str, Any], changes: Mapping[str, Any]
) -> Dict[str, Any]:
    """Options that change a codec wherever a config uses it.

    A config defines its codec once, but encoder, decoder and crop hold copies
    that an override of ``codec`` does not reach. Changed are all dicts that
    equal the codec, and every other entry of a changed name that has the
    codec's old value, such as ``input_size`` of the crop.

    Args:
        config: a config with a ``codec``.
        changes: new values of its arguments.

    Raises:
        ValueError: the config has no codec.
    """
    codec = config.get('codec')
    if codec is None:
        raise ValueError('the config has no codec to change')
    found: Dict[str, Any] = {}
    for path, node in _dicts(config):
        for key, value in changes.items():
            if node == codec or (
                key in codec and key in node and node[key] == codec[key]
            ):
                found[f'{path}{key}'] = value
    return found


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return '(' + ','.join(map(_text, value)) + ')'
    if isinstance(value, list):
        return '[' + ','.join(map(_text, value)) + ']'
    return str(value)


def _parse(text: str) -> Any:
    try:
        return DictAction._parse_iterable(text)
    except AssertionError:  # brackets that do not match
        return None


def _dicts(node: Any, path: str = '') -> Iterator[Tuple[str, Mapping]]:
    """All dicts below a node, each with its dotted path."""
    if isinstance(node, Mapping):
        yield path, node
        children = node.items()
    elif isinstance(node, (list, tuple)):
        children = enumerate(node)
    else:
        return
    for key, child in children:
        yield from _dicts(child, f'{path}{key}.')
