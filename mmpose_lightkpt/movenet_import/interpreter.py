"""What TFLite's own interpreter makes of a crop, to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence, Union

import numpy as np

__all__ = ['interpret']


def interpret(
    path: Union[str, Path], crops: Sequence[np.ndarray]
) -> np.ndarray:
    """Run a single-pose MoveNet on crops.

    Args:
        path: the TFLite file.
        crops: (h, w, 3) uint8, BGR, of the file's input size.

    Returns:
        (N, K, 3): x and y in pixels of the crop, as cells at ``j * stride``
        have them, and the score.

    Raises:
        ImportError: ai-edge-litert is missing.
        ValueError: input or output are not those of a single-pose MoveNet.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            'comparing with a .tflite needs ai-edge-litert: '
            'pip install "mmpose_lightkpt[movenet]"'
        ) from error
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    (given,), (wanted,) = (
        interpreter.get_input_details(),
        interpreter.get_output_details(),
    )
    height, width = given['shape'][1:3]
    found = []
    for crop in crops:
        if crop.shape != (height, width, 3):
            raise ValueError(
                f'{path} takes crops of {(height, width, 3)}, got {crop.shape}'
            )
        image = crop[None, ..., ::-1].astype(given['dtype'])
        interpreter.set_tensor(given['index'], image)
        interpreter.invoke()
        found.append(interpreter.get_tensor(wanted['index']))
    answers = np.stack(found)
    if answers.shape[1:3] != (1, 1) or answers.shape[4:] != (3,):
        raise ValueError(
            f'{path} gives {answers.shape[1:]}; a single-pose MoveNet gives '
            '(1, 1, K, 3)'
        )
    y, x, score = np.moveaxis(answers[:, 0, 0], -1, 0)
    return np.stack([x * width, y * height, score], -1)
