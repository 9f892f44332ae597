"""Energy by the counters that a processor keeps of itself.

Linux shows those of Intel and AMD as ``intel-rapl`` zones, to root alone by
default. ARM boards keep none (a Raspberry Pi 5 tells the power of a moment,
which is not what an image took): there it takes a meter at the plug.
"""

import re
from pathlib import Path
from typing import Any, Dict, Optional

_PACKAGE = re.compile(r'intel-rapl:\d+$')


def read_energy_j(root: Path) -> Optional[float]:
    """Joules that all processor packages have used, from some start.

    Args:
        root: folder that holds ``sys``.

    Returns:
        The sum of the packages; None if a counter is missing or hidden.
    """
    zones = (root / 'sys/class/powercap').glob('intel-rapl:*')
    packages = [zone for zone in zones if _PACKAGE.search(zone.name)]
    try:
        counts = [int((p / 'energy_uj').read_text()) for p in packages]
    except (OSError, ValueError):
        return None
    return sum(counts) / 1e6 if counts else None


def used_j(before: Optional[float], after: Optional[float]) -> Optional[float]:
    """Joules between two readings; None if a counter began anew."""
    if before is None or after is None or after < before:
        return None
    return after - before


def energy_mj(sample: Dict[str, Any]) -> Optional[float]:
    """Millijoules of one image, or None.

    The mean power while the process was timed, by the time of an image: of
    the whole processor, so other load counts too.

    Args:
        sample: answer of :func:`.timing.time_bundle`.
    """
    reading = sample['reading']
    if not reading or reading.get('energy_j') is None:
        return None
    power_w = reading['energy_j'] / reading['wall_s']
    return power_w * sample['stages']['total']['median']
