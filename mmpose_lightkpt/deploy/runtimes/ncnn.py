"""ncnn on the CPU.

ncnn's Python binding reports errors by return codes and on stderr only, and
copies no array it is given; this module turns the former into exceptions and
minds the latter. Blob names are those pnnx gives: in0, out0, out1, ...
"""

import re
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

import numpy as np

from ..spec import ModelSpec
from .checks import (
    check_file,
    check_input,
    check_names,
    check_options,
    check_outputs,
    output_names,
)
from .remedies import REMEDIES, import_package

_WHO = 'NcnnRuntime'
_REMEDY = 'a bundle is what tools/export_ncnn.py writes'
PARAM_FILE = 'model.ncnn.param'
BIN_FILE = 'model.ncnn.bin'
FP16_BIN_FILE = 'model.fp16.ncnn.bin'
INT8_PARAM_FILE = 'model.int8.ncnn.param'
INT8_BIN_FILE = 'model.int8.ncnn.bin'
INT8_FACTS_FILE = 'model.int8.ncnn.json'
FP16_WEIGHTS = 'fp16-weights'
"""float32 arithmetic on weights that were stored in fp16."""
PARAM_MAGIC = '7767517'

_NO_FP16 = dict(
    use_fp16_packed=False, use_fp16_storage=False, use_fp16_arithmetic=False
)
_FP16 = dict(
    use_fp16_packed=True, use_fp16_storage=True, use_fp16_arithmetic=True
)
# Options of ncnn.Net by the name of the precision. On x86, ncnn keeps
# computing in float32 whatever the fp16 options say.
PRECISIONS: Dict[str, Dict[str, bool]] = {
    'fp32': dict(_NO_FP16, use_bf16_storage=False),
    'fp16': dict(_FP16, use_bf16_storage=False),
    'fp16-storage': dict(
        _FP16, use_fp16_arithmetic=False, use_bf16_storage=False
    ),
    'bf16': dict(_NO_FP16, use_bf16_storage=True),
    FP16_WEIGHTS: dict(_NO_FP16, use_bf16_storage=False),
}
"""Of a network with weights in float."""
INT8 = 'int8'
_OPTIONS = {**PRECISIONS, INT8: PRECISIONS['fp32']}  # what int8 leaves over
FILES: Dict[str, Tuple[str, str]] = {
    **dict.fromkeys(PRECISIONS, (PARAM_FILE, BIN_FILE)),
    FP16_WEIGHTS: (PARAM_FILE, FP16_BIN_FILE),
    INT8: (INT8_PARAM_FILE, INT8_BIN_FILE),
}
"""Precision -> the graph and the weights that it reads."""


def foreign_layers(param_text: str) -> List[str]:
    """Lines of a param text whose layer type ncnn does not have.

    Returns:
        'line 12: torch.argmax argmax_0', one entry per line; [] is good.
        Not every unloadable layer shows here: only loading decides.
    """
    found = []
    for number, line in enumerate(param_text.splitlines(), 1):
        words = line.split()
        if number > 2 and words and ('.' in words[0] or '::' in words[0]):
            found.append(f'line {number}: {" ".join(words[:2])}')
    return found


def crashing_layers(param_text: str, precision: str) -> List[str]:
    """Layers on which ncnn ends the whole process, as lines of the file.

    In bf16 these are grouped deconvolutions (signal 11 with 1.0.20261020).

    Returns:
        'line 12: DeconvolutionDepthWise deconv_0'; [] is good.
    """
    if precision != 'bf16':
        return []
    return [
        f'line {number}: {" ".join(line.split()[:2])}'
        for number, line in enumerate(param_text.splitlines(), 1)
        if line.startswith('DeconvolutionDepthWise ')
    ]


def date_of(version: str) -> Optional[int]:
    """20261020 from '1.0.20261020' or '20261020'; None if there is none."""
    match = re.search(r'(20\d{6})', version)
    return int(match.group(1)) if match else None


class NcnnRuntime:
    """A loaded ncnn network.

    Args:
        folder: bundle folder with the two files of the precision, see
            :data:`FILES`.
        spec: the bundle's spec.
        threads: OpenMP threads of one inference.
        precision: a key of :data:`PRECISIONS`, or 'int8'.
        allow_older_ncnn: run although this ncnn is older than the pnnx that
            wrote the files. Such pairs can load and be silently wrong.
        zero_weights: need no ``.bin`` and take zeros for all weights: for
            times alone, what comes out may hold NaN.

    Attributes:
        net: the ``ncnn.Net``, loaded.

    Raises:
        FileNotFoundError: a file of the bundle is missing.
        ValueError: unknown precision, a file that ncnn cannot load, or an
            ncnn that is too old for it; the message names the file.
    """

    def __init__(
        self,
        folder: Union[str, Path],
        spec: ModelSpec,
        threads: int = 1,
        precision: str = 'fp32',
        allow_older_ncnn: bool = False,
        zero_weights: bool = False,
    ) -> None:
        check_options(_WHO, threads, precision, list(_OPTIONS))
        ncnn = import_package('ncnn')
        if not allow_older_ncnn:
            check_date(ncnn.__version__, spec.versions.get('pnnx', ''))
        self.spec = spec
        self.info = dict(
            runtime='ncnn',
            version=ncnn.__version__,
            threads=threads,
            precision=precision,
        )
        self._zero_weights = zero_weights
        self._mat = ncnn.Mat
        self.net = ncnn.Net()
        # Before loading: weights are packed for the options in force then.
        self.net.opt.num_threads = threads
        self.net.opt.use_vulkan_compute = False
        for option, value in _OPTIONS[precision].items():
            setattr(self.net.opt, option, value)
        self._load(Path(folder))

    def _load(self, folder: Path) -> None:
        param, weights = (folder / n for n in FILES[self.info['precision']])
        check_file(param, REMEDIES.get(param.name, _REMEDY))
        if not self._zero_weights:
            check_file(weights, REMEDIES.get(weights.name, _REMEDY))
        text = param.read_text('utf-8', errors='replace')
        if text.split('\n', 1)[0].strip() != PARAM_MAGIC:
            raise ValueError(
                f'{param} is not an ncnn param file: its first '
                f'line must be {PARAM_MAGIC}'
            )
        crashing = crashing_layers(text, self.info['precision'])
        if crashing:
            raise ValueError(
                f'{param}: in bf16 ncnn crashes on grouped deconvolutions '
                f'({", ".join(crashing)}); take fp32, fp16 or fp16-weights'
            )
        if self.net.load_param(str(param)) != 0:
            foreign = foreign_layers(text)
            reason = (
                f'layers ncnn does not have: {foreign}'
                if foreign
                else 'a layer it rejects, or a truncated file (see the '
                'messages of ncnn above)'
            )
            raise ValueError(f'{param}: ncnn cannot load it: {reason}')
        source = str(weights)
        if self._zero_weights:
            source = import_package('ncnn').DataReaderFromEmpty()
        if self.net.load_model(source) != 0:
            raise ValueError(
                f'{weights}: ncnn cannot load it: truncated, or '
                f'not the weights of {param.name}'
            )
        self._outputs = output_names(self.spec)
        check_names(
            param,
            self.spec,
            self.net.input_names(),
            self.net.output_names(),
        )

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input; see :class:`~.base.Runtime`."""
        check_input(_WHO, x, self.spec)
        # ncnn.Mat neither copies nor keeps the array alive nor minds its
        # strides: `held` must exist until clone() has returned.
        held = np.ascontiguousarray(x)
        mat = self._mat(held).clone()
        outputs = []
        with self.net.create_extractor() as extractor:
            if extractor.input('in0', mat) != 0:
                raise ValueError('NcnnRuntime: ncnn refused the input in0')
            for blob in self._outputs:
                code, out = extractor.extract(blob)
                if code != 0:
                    raise ValueError(
                        f'NcnnRuntime: ncnn failed to compute '
                        f'{blob} (code {code})'
                    )
                outputs.append(np.array(out, np.float32))
        # ncnn returns 0 for wrong shapes and for NaN alike: look.
        check_outputs(
            _WHO,
            outputs,
            self.spec,
            self.info['precision'],
            finite=not self._zero_weights,
        )
        return outputs


def check_date(ncnn_version: str, pnnx_version: str) -> None:
    """Raise ValueError when ncnn is older than the pnnx of a bundle.

    An old ncnn can load what a newer pnnx wrote and compute wrong numbers
    from it without a word. Versions without a date pass.
    """
    ncnn_date, pnnx_date = date_of(ncnn_version), date_of(pnnx_version)
    if ncnn_date and pnnx_date and ncnn_date < pnnx_date:
        raise ValueError(
            f'ncnn {ncnn_version} is older than the pnnx {pnnx_version} that '
            'wrote this bundle and may compute wrong numbers from it: '
            f'pip install "ncnn>=1.0.{pnnx_date}"'
        )
