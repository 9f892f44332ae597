"""Export many configs, each again only when something it is made of changed.

An export takes some ten seconds, most of them to import MMPose, so there is
one for each core at a time; and a lane of all configs is stopped and started
again. What a bundle was made of is kept beside it as one digest.
"""

import ast
import hashlib
import importlib.metadata
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from .bundle import open_bundle
from .export_worker import export_in_child
from .results import write_atomically

MADE_OF = 'made_of.sha256'
"""File of a bundle with the digest; no part of what a board reads."""
# What decides the bundle of a config besides its text: code of this package,
# and packages.
_CODE = ('codecs', 'datasets', 'functional', 'models')
_EXPORT = ('export', 'mmpose_decoders', 'parity', 'pnnx', 'source_model')
_EXPORT += ('decoders', 'spec', 'untrained', 'runtimes/ncnn')
_PACKAGES = ('torch', 'pnnx', 'ncnn', 'numpy', 'mmengine', 'mmpose')


def export_all(
    configs: Sequence[Path],
    folder: Path,
    lively: bool = False,
    progress: Optional[Callable[[str], None]] = None,
) -> Tuple[List[Path], Dict[Path, str]]:
    """Export configs without checkpoints, each into a subfolder of its name.

    Args:
        configs: config files, of different names.
        folder: where the bundles' folders are, or go.
        lively: give them weights whose keypoints depend on the picture, see
            :mod:`.untrained`.
        progress: called with one line after every config.

    Returns:
        The bundles in order, and the reason for each config without any.
    """
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    waiting = {
        c: pool.submit(_export, c, Path(folder), lively) for c in configs
    }
    reasons: Dict[Path, str] = {}
    try:
        for number, done in enumerate(as_completed(waiting.values()), 1):
            (config,) = (c for c in configs if waiting[c] is done)
            said, reason = done.result()
            if reason:
                reasons[config] = reason
            if progress:
                progress(f'[{number}/{len(configs)}] {config.stem}: {said}')
    finally:  # after Ctrl-C only those under way are waited for
        pool.shutdown(cancel_futures=True)
    made = [Path(folder) / c.stem for c in configs if c not in reasons]
    return made, reasons


def _export(config: Path, folder: Path, lively: bool) -> Tuple[str, str]:
    """Export unless that is done; what was done, and why it failed or ''."""
    bundle, began = folder / config.stem, time.monotonic()
    try:
        digest = made_of(config, lively)
        if _is_made_of(bundle, digest):
            return 'is there', ''
        (bundle / MADE_OF).unlink(missing_ok=True)
        export_in_child(config, None, folder, lively=lively)
        write_atomically(bundle / MADE_OF, digest.encode())
    except (ValueError, OSError) as error:
        return 'failed', str(error).replace(str(config), config.name)
    return f'exported in {time.monotonic() - began:.0f} s', ''


def made_of(config: Path, lively: bool) -> str:
    """Digest of all that decides what the export of a config gives.

    That is its text and that of its bases, this package's code, the versions
    of others, and where the data are.

    Raises:
        FileNotFoundError: there is no such config or base.
    """
    package = Path(__file__).resolve().parents[1]
    code = [f for name in _CODE for f in (package / name).rglob('*.py')]
    code += [package / 'deploy' / f'{name}.py' for name in _EXPORT]
    digest = hashlib.sha256(f'{lively}'.encode())
    for file in (*_with_bases(Path(config)), *sorted(code)):
        digest.update(file.name.encode() + file.read_bytes())
    for name in _PACKAGES:
        digest.update(f'{name} {_version(name)}'.encode())
    digest.update(os.environ.get('LIGHTKPT_DATA', '').encode())
    return digest.hexdigest()


def _with_bases(config: Path) -> Iterator[Path]:
    """A config and the files that it is based on; not those of MMPose."""
    yield config
    for node in ast.parse(config.read_text(encoding='utf-8')).body:
        targets = getattr(node, 'targets', ())
        if [getattr(target, 'id', '') for target in targets] == ['_base_']:
            names = ast.literal_eval(node.value)
            for name in [names] if isinstance(names, str) else names:
                if '::' not in name:
                    yield from _with_bases(config.parent / name)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ''


def _is_made_of(bundle: Path, digest: str) -> bool:
    """Whether a bundle is whole, and was made of just this."""
    try:
        known = (bundle / MADE_OF).read_text(encoding='utf-8') == digest
        return known and bool(open_bundle(bundle))
    except (ValueError, OSError):
        return False
