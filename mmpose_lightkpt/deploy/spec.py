"""What a board must know about an exported model: ``spec.json``.

A :class:`ModelSpec` lies beside the weights and is read without torch or
MMPose. It is data: loading one executes nothing. Sizes are ``(w, h)`` in
pixels, colours are on the 0..255 scale, keypoint indices count from 0.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

from . import _spec_checks as checks

SPEC_FILE = 'spec.json'
SPEC_VERSION = 1


@dataclasses.dataclass(frozen=True)
class ModelSpec:
    """The contract between an exported network and whoever runs it.

    Args:
        name: model name, used in tables and records.
        input_size: ``(w, h)`` of the network input in pixels.
        mean: subtracted per channel, in ``channel_order``.
        std: divided by per channel, in ``channel_order``.
        channel_order: 'rgb' or 'bgr', the order the network expects.
        padding: factor by which a person's box is enlarged before cropping.
        outputs: names of the output tensors, in the network's order.
        decoder: ``type`` and keyword arguments of the decoder
            (see :mod:`mmpose_lightkpt.deploy.decoders`).
        keypoint_names: one name per joint; their number is K.
        skeleton_links: pairs of joint indices to be joined by a line.
        flip_indices: index of each joint's mirror image.
        output_shapes: shape of each output without the batch axis; empty
            means unknown, then the runtime does not check it.
        params: number of parameters, None when unknown.
        macs: multiply-accumulate operations of one inference, or None.
        sha256: file name -> digest of the files beside the spec.
        versions: package -> version the bundle was made with.
        license: licence of the weights, an SPDX identifier.
        config: name of the config the model was built from.
        version: version of this format.

    Raises:
        ValueError: a field has a wrong type or an impossible value.
    """

    name: str
    input_size: Tuple[int, int]
    mean: Tuple[float, float, float]
    std: Tuple[float, float, float]
    channel_order: str
    padding: float
    outputs: Tuple[str, ...]
    decoder: Dict[str, Any]
    keypoint_names: Tuple[str, ...]
    skeleton_links: Tuple[Tuple[int, int], ...]
    flip_indices: Tuple[int, ...]
    output_shapes: Tuple[Tuple[int, ...], ...] = ()
    params: Optional[int] = None
    macs: Optional[int] = None
    sha256: Dict[str, str] = dataclasses.field(default_factory=dict)
    versions: Dict[str, str] = dataclasses.field(default_factory=dict)
    license: str = ''
    config: str = ''
    version: int = SPEC_VERSION

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = checks.FIELDS[field.name](
                field.name, getattr(self, field.name)
            )
            object.__setattr__(self, field.name, value)
        checks.check_version(self.version, SPEC_VERSION)
        checks.check_consistency(self)

    @property
    def num_keypoints(self) -> int:
        """K, the number of joints."""
        return len(self.keypoint_names)

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> 'ModelSpec':
        """Build a spec from what :meth:`to_dict` returned.

        Raises:
            ValueError: unknown version, missing or unknown key, wrong type.
        """
        if not isinstance(data, dict):
            raise ValueError(
                f'ModelSpec: expected a JSON object, got {type(data).__name__}'
            )
        if 'version' not in data:
            raise ValueError("ModelSpec: key 'version' is missing")
        # First, because a newer format may well have other keys.
        checks.check_version(data['version'], SPEC_VERSION)
        fields = dataclasses.fields(cls)
        required = {
            f.name
            for f in fields
            if f.default is dataclasses.MISSING
            and f.default_factory is dataclasses.MISSING
        }
        missing = sorted(required - set(data))
        if missing:
            raise ValueError(f'ModelSpec: missing keys {missing}')
        unknown = sorted(set(data) - {f.name for f in fields})
        if unknown:
            raise ValueError(
                f'ModelSpec: unknown keys {unknown}; known are '
                f'{sorted(f.name for f in fields)}'
            )
        return cls(**data)

    def to_dict(self) -> Dict[str, Any]:
        """The spec as plain dicts, tuples and scalars."""
        return dataclasses.asdict(self)

    @classmethod
    def load(cls, folder: Union[str, Path]) -> 'ModelSpec':
        """Read ``spec.json`` from a bundle folder.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not a valid spec; the message names the file.
        """
        path = Path(folder) / SPEC_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f'{path} does not exist; a bundle is the folder that '
                'tools/export_ncnn.py writes'
            )
        try:
            return cls.from_dict(json.loads(path.read_text('utf-8')))
        except ValueError as error:  # also JSON and UTF-8 errors
            raise ValueError(f'{path}: {error}') from error

    def save(self, folder: Union[str, Path]) -> Path:
        """Write ``spec.json`` into ``folder``, whole or not at all."""
        path = Path(folder) / SPEC_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f'.{SPEC_FILE}.{os.getpid()}.tmp')
        try:
            partial.write_text(
                json.dumps(self.to_dict(), indent=2) + '\n', 'utf-8'
            )
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path
