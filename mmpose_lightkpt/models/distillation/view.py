"""What one of the two networks sees of a batch, and says about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Mapping, NamedTuple, Tuple

from mmpose.models.heads.base_head import BaseHead
from mmpose.utils.typing import Features
from torch import Tensor

__all__ = ['View', 'check_same_shape', 'outputs_kept']


class View(NamedTuple):
    """A batch at one network.

    Attributes:
        head: of the network.
        feats: what the head is given.
        outputs: what ``head.forward(feats)`` gives.
        crop: x, y, w, h of the student's crop within the images, pixels:
            all of them, unless the teacher's have another shape.
        taps: outputs of the modules that a term asked for, by name.
    """

    head: BaseHead
    feats: Features
    outputs: Any
    crop: Tuple[int, int, int, int]
    taps: Mapping[str, Tensor] = {}


@contextmanager
def outputs_kept(view: View) -> Iterator[None]:
    """Let a head answer these features with the outputs that are known.

    ``loss`` and ``predict`` of a head both run its ``forward``. Within this,
    that costs nothing, and a norm sees a batch once.
    """
    head, forward = view.head, view.head.forward

    def known(feats: Features) -> Any:
        return view.outputs if feats is view.feats else forward(feats)

    head.forward = known
    try:
        yield
    finally:
        del head.forward


def check_same_shape(term: object, student: View, teacher: View) -> None:
    """Refuse to compare maps of two crops of which one has black beside it.

    Raises:
        ValueError: naming the term.
    """
    if student.crop[:2] != teacher.crop[:2]:
        raise ValueError(
            f'{type(term).__name__}: the teacher sees crops of another shape '
            f'than {student.crop[2:]} (w, h); set teacher.input_size to one '
            'of that shape, or use TeacherKeypointsTerm'
        )
