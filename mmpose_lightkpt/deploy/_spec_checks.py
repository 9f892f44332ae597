"""Checks of the fields of :class:`~mmpose_lightkpt.deploy.spec.ModelSpec`.

Each check takes a field's name and value and returns the value in its
canonical, hashable-where-possible form, or raises ValueError.
"""

import math
from typing import Any, Callable, Dict


def _fail(key: str, value: Any, expected: str) -> None:
    raise ValueError(f'ModelSpec: {key} must be {expected}, got {value!r}')


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        _fail(key, value, 'a string')
    return value


def _name(key: str, value: Any) -> str:
    if not _text(key, value):
        _fail(key, value, 'a non-empty string')
    return value


def _integer(minimum: int) -> Callable:

    def check(key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            _fail(key, value, 'an integer')
        if value < minimum:
            _fail(key, value, f'an integer of at least {minimum}')
        return value

    return check


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _fail(key, value, 'a number')
    if not math.isfinite(value):
        _fail(key, value, 'a finite number')
    return float(value)


def _positive(key: str, value: Any) -> float:
    if _number(key, value) <= 0:
        _fail(key, value, 'a positive number')
    return float(value)


def _optional(check: Callable) -> Callable:
    return lambda key, value: None if value is None else check(key, value)


def _sequence(check: Callable, length: int = 0) -> Callable:

    def check_all(key: str, value: Any) -> tuple:
        if not isinstance(value, (list, tuple)):
            _fail(key, value, 'a list')
        if length and len(value) != length:
            _fail(key, value, f'a list of {length}')
        return tuple(
            check(f'{key}[{i}]', item) for i, item in enumerate(value)
        )

    return check_all


def _channel_order(key: str, value: Any) -> str:
    if value not in ('rgb', 'bgr'):
        _fail(key, value, "'rgb' or 'bgr'")
    return value


def _texts_by_name(key: str, value: Any) -> Dict[str, str]:
    if not isinstance(value, dict):
        _fail(key, value, 'an object of strings')
    return {_text(key, k): _text(f'{key}.{k}', v) for k, v in value.items()}


def _decoder(key: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get('type'), str):
        _fail(key, value, "an object with the string 'type'")
    return dict(value)


FIELDS = dict(
    name=_name,
    input_size=_sequence(_integer(1), 2),
    mean=_sequence(_number, 3),
    std=_sequence(_positive, 3),
    channel_order=_channel_order,
    padding=_positive,
    outputs=_sequence(_name),
    decoder=_decoder,
    keypoint_names=_sequence(_name),
    skeleton_links=_sequence(_sequence(_integer(0), 2)),
    flip_indices=_sequence(_integer(0)),
    output_shapes=_sequence(_sequence(_integer(1))),
    params=_optional(_integer(0)),
    macs=_optional(_integer(0)),
    sha256=_texts_by_name,
    versions=_texts_by_name,
    license=_text,
    config=_text,
    version=_integer(1),
)


def check_version(version: Any, known: int) -> None:
    """Raise ValueError unless ``version`` is the one this code reads."""
    if version != known:
        raise ValueError(
            f'ModelSpec: version {version!r} cannot be read, this package '
            f'knows version {known}; update mmpose_lightkpt or export again'
        )


def check_consistency(spec) -> None:
    """Raise ValueError when fields of a spec contradict one another."""
    count = len(spec.keypoint_names)
    if not spec.outputs or len(set(spec.outputs)) != len(spec.outputs):
        _fail('outputs', spec.outputs, 'a non-empty list without repeats')
    if spec.output_shapes and len(spec.output_shapes) != len(spec.outputs):
        _fail(
            'output_shapes',
            spec.output_shapes,
            f'empty or a list of {len(spec.outputs)} (one per output)',
        )
    if not count or len(set(spec.keypoint_names)) != count:
        _fail(
            'keypoint_names',
            spec.keypoint_names,
            'a non-empty list without repeats',
        )
    flips = spec.flip_indices
    if sorted(flips) != list(range(count)) or any(
        flips[flips[k]] != k for k in range(count)
    ):
        _fail(
            'flip_indices',
            flips,
            f'a permutation of 0..{count - 1} that is its own inverse',
        )
    if any(k >= count for link in spec.skeleton_links for k in link):
        _fail(
            'skeleton_links',
            spec.skeleton_links,
            f'pairs of joint indices below {count}',
        )
