"""Name the devices of several records, and list their environments."""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

Fact = Tuple[str, str]
# Keys of a record's device, in the order and the words they are shown in.
_WORDS = dict(
    board='board',
    cpu='CPU',
    features='CPU features',
    machine='architecture',
    cores='cores',
    usable_cores='usable cores',
    governor='governor',
    system='system',
    kernel='kernel',
    virtual='virtual machine',
    emulated='emulated',
)
# They differ from run to run on one device, or are shown by themselves.
_APART = ('load_average', 'versions', 'openmp')
# Follows from the CPU, and older records do not tell it.
_IMPLIED = 'CPU features'


class Device(NamedTuple):
    """A machine in one environment."""

    label: str
    facts: Tuple[Fact, ...]
    """What is known of it, as (name, text)."""
    flags: Tuple[str, ...]
    """What spoils every time that is measured on it."""
    is_real: bool = True
    """False for an emulator: what was measured there is no latency."""


def name_devices(found: Sequence[Dict[str, Any]]) -> List[Device]:
    """Return one device for each description, in the same order.

    Descriptions that say the same, the load apart, are one device. Where two
    that differ have one name, what they differ in is added to it, so that a
    board with two governors or two versions of ncnn is two devices.

    Args:
        found: ``device`` of each record.
    """
    facts = _completed([environment(device) for device in found])
    names = [_name(device) for device in found]
    devices = []
    for name, own, device in zip(names, facts, found):
        same = [other for n, other in zip(names, facts) if n == name]
        apart = [
            f'{key} {text}'
            for key, text in own
            if any(dict(other).get(key) != text for other in same)
        ]
        label = f'{name} ({", ".join(apart)})' if apart else name
        is_real = not device.get('emulated')
        devices.append(Device(label, own, device_flags(device), is_real))
    return devices


def _completed(facts: List[Tuple[Fact, ...]]) -> List[Tuple[Fact, ...]]:
    """Give what follows from the CPU to records that are else the same."""

    def rest(own: Tuple[Fact, ...]) -> Tuple[Fact, ...]:
        return tuple(fact for fact in own if fact[0] != _IMPLIED)

    known = {rest(own): own for own in facts if rest(own) != own}
    return [known.get(rest(own), own) for own in facts]


def environment(device: Dict[str, Any]) -> Tuple[Fact, ...]:
    """List what a record knows of its device; what is unknown is left out."""
    facts = [(word, device.get(key)) for key, word in _WORDS.items()]
    others = set(device) - set(_WORDS) - set(_APART)
    facts += [(key, device[key]) for key in sorted(others)]
    for group in ('versions', 'openmp'):
        entries = device.get(group)
        if isinstance(entries, dict):
            facts += list(entries.items())
        elif entries is not None:
            facts.append((group, entries))
    return tuple((key, _text(value)) for key, value in facts if _says(value))


def device_flags(device: Dict[str, Any]) -> Tuple[str, ...]:
    """What spoils all times of a device."""
    words = dict(emulated='emulated: not a latency', virtual='virtual machine')
    return tuple(word for key, word in words.items() if device.get(key))


def _name(device: Dict[str, Any]) -> str:
    name = device.get('board') or device.get('cpu') or 'unknown device'
    kind = next((k for k in ('emulated', 'virtual') if device.get(k)), None)
    return f'{name} ({kind})' if kind else str(name)


def _says(value: Any) -> bool:
    return value is not None and value != {} and value != []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, (list, tuple)):
        return ', '.join(map(str, value))
    return str(value)
