"""What a processor can compute by itself, and what ncnn does without it.

A precision is a wish: where the processor has no such arithmetic, ncnn stores
numbers in it, or ignores it, and computes in fp32. Which it was belongs beside
a time.
"""

from typing import Any, Dict, List, Optional

# As /proc/cpuinfo calls them, those that ncnn's kernels make use of.
FEATURES = (
    'neon',
    'asimd',
    'vfpv4',
    'asimdhp',
    'asimddp',
    'asimdfhm',
    'i8mm',
    'bf16',
    'sve',
    'avx',
    'fma',
    'f16c',
    'avx2',
    'avx_vnni',
    'avx512f',
    'avx512_vnni',
    'avx512_bf16',
    'avx512_fp16',
)
_HALF = 'asimdhp'
_BRAIN = ('bf16', 'avx512_bf16')


def cpu_features(cpuinfo: str) -> List[str]:
    """Those of :data:`FEATURES` that the text of ``/proc/cpuinfo`` lists.

    x86 kernels call the line ``flags``, ARM kernels ``Features``; [] where
    there is neither, as on a Mac.
    """
    for line in cpuinfo.splitlines():
        name, _, words = line.partition(':')
        if name.strip() in ('flags', 'Features'):
            having = set(words.split())
            return [feature for feature in FEATURES if feature in having]
    return []


def precision_note(precision: str, device: Dict[str, Any]) -> Optional[str]:
    """Say where a precision is not what its name says on a device.

    Args:
        precision: of an ncnn row.
        device: what :func:`.device.describe_device` found.

    Returns:
        A sentence, or None if there is nothing to say or nobody knows.
    """
    features = device.get('features')
    if not features or device.get('emulated'):
        return None
    is_arm = str(device.get('machine')).startswith(('aarch64', 'arm'))
    if precision in ('fp16', 'fp16-storage') and not is_arm:
        return f'{precision}: on x86 ncnn stores in it and computes in fp32.'
    if precision == 'fp16' and _HALF not in features:
        return (
            f'fp16: this processor has no such arithmetic ({_HALF}); ncnn '
            'stores in it and computes in fp32.'
        )
    if precision == 'bf16' and not set(_BRAIN) & set(features):
        return (
            'bf16: this processor has no such arithmetic; ncnn stores in it '
            'and computes in fp32.'
        )
    return None
