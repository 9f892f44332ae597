"""Google's MoveNet as a checkpoint of ours.

- :mod:`.tflite_file`: the convolutions of a TFLite file
- :mod:`.weights`: these into our model
- :mod:`.batch_norm`: batch normalisations to train on with
- :mod:`.interpreter`: what TFLite's own interpreter says
- :mod:`.command`: all of it, from file to checkpoint
"""

from .command import Imported, import_movenet

__all__ = ['Imported', 'import_movenet']
