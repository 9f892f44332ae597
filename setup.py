"""Fill ``mmpose_lightkpt/.mim``; everything else is in setup.cfg.

mim and MMEngine look for a package's configs in its ``.mim`` folder. A wheel
gets copies. An editable install gets links, so that an edited config counts
at once; the ``setup.py`` that OpenMMLab's packages share does nothing there,
because it waits for the command 'develop', which pip no longer calls.
"""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
SHIPPED = ('configs', 'tools', 'model-index.yml')


class BuildWithMim(build_py):
    """Add ``.mim`` to whichever tree the package is built in."""

    def run(self) -> None:
        super().run()
        base = ROOT if self.editable_mode else Path(self.build_lib)
        mim = base / 'mmpose_lightkpt' / '.mim'
        shutil.rmtree(mim, ignore_errors=True)
        mim.mkdir(parents=True)
        for name in SHIPPED:
            self._place(ROOT / name, mim / name)

    def _place(self, source: Path, target: Path) -> None:
        if self.editable_mode:
            try:
                target.symlink_to(os.path.relpath(source, target.parent))
                return
            except OSError:  # Windows without the right to make links
                pass
        if source.is_dir():
            skip = shutil.ignore_patterns('__pycache__')
            shutil.copytree(source, target, ignore=skip)
        else:
            shutil.copy2(source, target)


setup(cmdclass={'build_py': BuildWithMim})
