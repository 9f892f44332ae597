"""What every inference engine looks like to the pipeline and benchmark."""

from typing import Dict, List, Protocol, Union

import numpy as np


class Runtime(Protocol):
    """Runs one exported network on one input at a time.

    Attributes:
        info: what a benchmark record says about the engine: 'runtime',
            'version', 'threads' and 'precision'.
    """

    info: Dict[str, Union[str, int]]

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input.

        Args:
            x: (3, H, W) float32, normalised.

        Returns:
            One float32 array per output, without the batch axis, in the
            order of ``ModelSpec.outputs``.

        Raises:
            ValueError: wrong input, or outputs of wrong shape or with NaN.
        """
        ...
