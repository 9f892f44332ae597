"""The model in the box: a bundle that comes with the package.

It lies in ``mmpose_lightkpt/boxed_model/``, with its record (``record.json``)
and its limits (``model_card.md``). ``tools/box_model.py`` puts it there. Its
weights are stored in half precision under the name that every precision reads.
"""

from pathlib import Path

from .spec import SPEC_FILE

BOX = Path(__file__).resolve().parents[1] / 'boxed_model'
"""Folder of the bundle and its model card."""
CARD_FILE = 'model_card.md'
RECORD_FILE = 'record.json'
MAX_BYTES = 2_000_000
"""Of all its files together, without the card."""


def is_boxed() -> bool:
    """Whether this copy of the package holds a model."""
    return (BOX / SPEC_FILE).is_file()


def boxed_bundle() -> Path:
    """Folder of the bundle that comes with the package.

    Raises:
        FileNotFoundError: this copy of the package holds none.
    """
    if not is_boxed():
        raise FileNotFoundError(
            f'{BOX} holds no model: name a bundle (--model BUNDLE_DIR), as '
            'tools/export_ncnn.py writes it'
        )
    return BOX
