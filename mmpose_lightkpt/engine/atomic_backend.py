"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Union

from mmengine.fileio import LocalBackend, register_backend


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """MMEngine's local backend, but a write never leaves half a file.

    ``CheckpointHook(backend_args=dict(backend='atomic'))`` uses it. Content
    goes to a temporary name in the same folder, is flushed to the disk and
    then renamed over the final name: a full disk or a killed process leaves
    what was there before.
    """

    def put(
        self, obj: Union[bytes, memoryview], filepath: Union[str, Path]
    ) -> None:
        """Write bytes.

        Raises:
            OSError: naming the file, if it cannot be written whole.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f'.{path.name}.', suffix='.tmp', dir=path.parent
        )
        try:
            with os.fdopen(handle, 'wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except OSError as error:
            raise OSError(
                error.errno,
                f'{error.strerror} while writing '
                f'({len(obj):,} bytes; nothing was left under this name '
                'that was not there before)',
                str(path),
            ) from error
        finally:
            Path(temporary).unlink(missing_ok=True)

    def put_text(
        self, obj: str, filepath: Union[str, Path], encoding: str = 'utf-8'
    ) -> None:
        """Write text, like :meth:`put`."""
        self.put(obj.encode(encoding), filepath)


def _umask() -> int:
    """The process's file mode mask (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
