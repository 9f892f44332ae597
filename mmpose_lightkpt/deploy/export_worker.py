"""Export a config in a process of its own.

Exporting loads torch and MMPose; whoever times networks afterwards is better
off without them, and with a message instead of a crash.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Optional, Union


def export_in_child(
    config: Union[str, Path],
    checkpoint: Optional[Union[str, Path]],
    folder: Union[str, Path],
    onnx: bool = False,
    int8: bool = False,
    lively: bool = False,
) -> Path:
    """Export a config into a subfolder of its name.

    Args:
        config: a config file.
        checkpoint: its weights; random ones if None.
        folder: where the bundle's folder goes.
        onnx: add ``model.onnx``.
        int8: add ``model.int8.onnx``, calibrated on the parity case.
        lively: see :func:`.export.export_ncnn`.

    Returns:
        The bundle's folder.

    Raises:
        FileNotFoundError: if there is no such config or checkpoint.
        ValueError: if the export failed, with its reason.
    """
    for path in (config, checkpoint):
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f'{path}: no such file')
    bundle = Path(folder) / Path(config).stem
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, os.environ.get('PYTHONPATH', '')]
    environment = dict(
        os.environ,
        LIGHTKPT_REGISTER='1',
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
    )
    words = [str(config), str(checkpoint or ''), str(bundle)]
    words += ['onnx'] * onnx + ['int8'] * int8 + ['lively'] * lively
    done = subprocess.run(
        [sys.executable, '-m', __name__, *words],
        env=environment,
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ['no message']
        raise ValueError(f'{config}: export failed: {said[-1]}')
    return bundle


def main() -> int:
    """Export ``CONFIG CHECKPOINT BUNDLE [onnx] [int8] [lively]``.

    Exit with 1 and a last line that tells why.
    """
    config, checkpoint, bundle, *wanted = sys.argv[1:]
    try:
        from .export import export_ncnn

        options = {key: key in wanted for key in ('onnx', 'lively')}
        export_ncnn(config, checkpoint or None, bundle, **options)
        if 'int8' in wanted:
            from .int8 import quantise_bundle

            quantise_bundle(bundle)
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f'\nexporting needs torch, MMPose and pnnx ({error}); a bundle '
            'made elsewhere does without\n'
        )
        return 1
    except Exception as error:  # MMEngine raises what it likes on a config
        reason = ' '.join(str(error).split())
        sys.stderr.write(f'\n{type(error).__name__}: {reason}\n')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
