"""Files that are there whole or not at all."""

import os
from pathlib import Path
from typing import Union

from mmengine.fileio import LocalBackend, register_backend


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """MMEngine's local backend, but a write never leaves half a file.

    ``CheckpointHook(backend_args=dict(backend='atomic'))`` uses it. Content
    goes to ``.<name>.tmp`` in the same folder, is flushed to the disk and
    then renamed over the final name: a full disk or a killed process leaves
    what was there before. Two processes must not write one file at a time.
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
        temporary = path.with_name(f'.{path.name}.tmp')
        try:
            with open(temporary, 'wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            raise OSError(
                error.errno,
                f'{error.strerror} while saving {len(obj):,} bytes (what was '
                'there before is untouched)',
                str(path),
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def put_text(
        self, obj: str, filepath: Union[str, Path], encoding: str = 'utf-8'
    ) -> None:
        """Write text, like :meth:`put`."""
        self.put(obj.encode(encoding), filepath)
