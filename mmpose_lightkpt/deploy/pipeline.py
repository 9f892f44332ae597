"""From a photograph to keypoints with an exported model."""

from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from . import decoders, preprocess
from .bundle import open_bundle
from .runtimes.base import Runtime
from .runtimes.engines import NCNN, open_runtime
from .spec import ModelSpec


class PosePipeline:
    """Pre-process, forward and decode, each callable alone.

    Args:
        spec: what the model expects and returns.
        runtime: an engine that has loaded the model.

    Raises:
        ValueError: the spec names a decoder that does not exist.

    Example:
        >>> pose = PosePipeline.from_bundle('exported/')  # doctest: +SKIP
        >>> keypoints, scores = pose(image_bgr, box)  # doctest: +SKIP
    """

    def __init__(self, spec: ModelSpec, runtime: Runtime) -> None:
        decoders.get_decoder(spec.decoder)
        self.spec = spec
        self.runtime = runtime

    @classmethod
    def from_bundle(
        cls,
        folder: Union[str, Path],
        threads: int = 1,
        precision: str = 'fp32',
        runtime: str = NCNN,
        zero_weights: bool = False,
    ) -> 'PosePipeline':
        """Open a bundle, with ncnn if nothing else is said.

        Args:
            folder: what ``tools/export_ncnn.py`` wrote.
            threads: threads of one inference.
            precision: see :data:`~.runtimes.PRECISIONS`.
            runtime: see :data:`~.runtimes.engines.ENGINES`.
            zero_weights: need param and spec alone, which may differ from
                what was exported, and compute with zeros: for times alone.

        Raises:
            FileNotFoundError, ImportError, ValueError: see
                :func:`~.bundle.open_bundle` and
                :func:`~.runtimes.engines.open_runtime`.
        """
        # A bundle's digests are those of the weights it was exported with.
        spec = ModelSpec.load(folder) if zero_weights else open_bundle(folder)
        return cls(
            spec,
            open_runtime(
                runtime, folder, spec, threads, precision, zero_weights
            ),
        )

    def preprocess(
        self, image: np.ndarray, box: Optional[Sequence[float]] = None
    ) -> Tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) BGR uint8 and a box x1, y1, x2, y2 (None: whole image)
        -> x (3, h, w) float32 and the map (2, 3) from image to crop."""
        return preprocess.preprocess(image, self.spec, box)

    def forward(self, x: np.ndarray) -> List[np.ndarray]:
        """x (3, h, w) -> the network's outputs, without batch axis."""
        return self.runtime.run(x)

    def decode(
        self, outputs: Sequence[np.ndarray], warp: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Outputs and the map (2, 3) from :meth:`preprocess` -> keypoints
        (K, 2) in image pixels and scores (K,)."""
        keypoints, scores = decoders.decode(
            self.spec.decoder, [out[None] for out in outputs]
        )
        return preprocess.to_image(keypoints[0], warp), scores[0]

    def people(self, image: np.ndarray) -> List[Tuple[np.ndarray, np.ndarray]]:
        """Find everybody that the model finds in an image.

        Args:
            image: (H, W, 3) uint8, BGR.

        Returns:
            Of each person keypoints (K, 2) float32 in image pixels and
            scores (K,); one person from a model of one.

        Raises:
            ValueError: wrong image, or NaN in the outputs.
        """
        x, warp = self.preprocess(image)
        keypoints, scores = decoders.decode_people(
            self.spec.decoder, [out[None] for out in self.forward(x)]
        )
        found = scores[0].any(-1) | (len(scores[0]) == 1)
        return [
            (preprocess.to_image(points, warp), own)
            for points, own in zip(keypoints[0][found], scores[0][found])
        ]

    def __call__(
        self, image: np.ndarray, box: Optional[Sequence[float]] = None
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Estimate one person's pose; of several people the first one's.

        Args:
            image: (H, W, 3) uint8, BGR.
            box: x1, y1, x2, y2 in image pixels; None means the whole image.

        Returns:
            keypoints (K, 2) float32 in image pixels and scores (K,).

        Raises:
            ValueError: wrong image or box, or NaN in the outputs.
        """
        x, warp = self.preprocess(image, box)
        return self.decode(self.forward(x), warp)
