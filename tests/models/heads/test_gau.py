"""The attention for ncnn, against MMPose's."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.models.utils.rtmcc_block import RTMCCBlock  # noqa: E402

from mmpose_lightkpt.models.heads.gau import LightGAU  # noqa: E402

pytestmark = pytest.mark.mmpose
NAME = pytest.mark.parametrize
TOKENS, WIDTH = 7, 22


def pair(**kwargs):
    """MMPose's block and ours with the same weights."""
    torch.manual_seed(0)
    theirs = RTMCCBlock(
        TOKENS, WIDTH, WIDTH, use_rel_bias=False, s=10, **kwargs
    )
    ours = LightGAU(TOKENS, WIDTH, s=10, **kwargs)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


@NAME('act_fn', ['SiLU', 'ReLU'])
@NAME('expansion_factor', [2, 1.5])
def test_it_computes_what_mmposes_computes(act_fn, expansion_factor):
    theirs, ours = pair(act_fn=act_fn, expansion_factor=expansion_factor)
    x = torch.randn(3, TOKENS, WIDTH)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)


def test_its_gradients_are_mmposes():
    theirs, ours = (block.double() for block in pair())
    grads = []
    for block in (theirs, ours):
        torch.manual_seed(1)
        x = torch.randn(3, TOKENS, WIDTH, dtype=torch.float64)
        block(x).square().sum().backward()
        grads.append({n: p.grad for n, p in block.named_parameters()})
    for name, grad in grads[0].items():
        torch.testing.assert_close(grads[1][name], grad, msg=name)


def test_dropping_out_is_mmposes_too():
    theirs, ours = pair(dropout_rate=0.5, drop_path=0.5)
    x, outputs = torch.randn(3, TOKENS, WIDTH), []
    for block in (theirs, ours):
        torch.manual_seed(2)
        outputs.append(block.train()(x))
    torch.testing.assert_close(outputs[1], outputs[0], rtol=0, atol=1e-6)
    assert not torch.allclose(outputs[1], ours.eval()(x))


def test_its_graph_has_no_unbind():
    ours = pair()[1].eval()
    graph = torch.jit.trace(ours, torch.randn(1, TOKENS, WIDTH))
    kinds = {node.kind() for node in graph.inlined_graph.nodes()}
    assert 'aten::bmm' in kinds
    assert not kinds & {'aten::unbind', 'aten::linalg_norm', 'aten::einsum'}


@NAME(
    'wrong, words',
    [
        (dict(hidden_dims=255), 'hidden_dims must be positive and even.*255'),
        (dict(hidden_dims=0), 'hidden_dims must be positive and even.*0'),
        (dict(s=7), 's must be positive and even, got 7'),
        (dict(expansion_factor=0), 'expansion_factor .*got 0'),
        (dict(dropout_rate=1.0), r'dropout_rate must be in \[0, 1\)'),
        (dict(drop_path=-0.1), r'drop_path must be in \[0, 1\).*-0.1'),
        (dict(act_fn='GELU'), "act_fn must be 'SiLU' or 'ReLU', got 'GELU'"),
    ],
)
def test_arguments_outside_of_their_range_are_refused(wrong, words):
    with pytest.raises(ValueError, match=f'LightGAU: {words}'):
        LightGAU(TOKENS, **wrong)
