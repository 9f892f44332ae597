"""RTMPose's gated attention unit, spelled so that ncnn computes it."""

from __future__ import annotations

import torch
from mmpose.models.utils.rtmcc_block import RTMCCBlock
from torch import Tensor
from torch.nn import functional as F

__all__ = ['LightGAU']


class LightGAU(RTMCCBlock):
    r"""Self-attention among the joints, with MMPose's parameters and result.

    .. math:: O (u \odot \text{relu}(q k^T / \sqrt{s})^2 v) + g \odot x

    MMPose makes q and k as one tensor and unbinds it, which some releases of
    ncnn turn into silently wrong numbers; here they are two affine maps.
    Position encodings are left out: RTMPose has none, and a joint is its own
    place in the order.

    Args:
        num_tokens: K.
        hidden_dims: width of a token, even.
        s: width of q and k, even.
        expansion_factor: u and v are this many times as wide as a token.
        dropout_rate: of the attention.
        drop_path: share of samples whose attention is left out in training.
        act_fn: ``'SiLU'`` or ``'ReLU'``.

    Raises:
        ValueError: an argument is outside of its range.
    """

    def __init__(
        self,
        num_tokens: int,
        hidden_dims: int = 256,
        s: int = 128,
        expansion_factor: float = 2,
        dropout_rate: float = 0.0,
        drop_path: float = 0.0,
        act_fn: str = 'SiLU',
    ):
        # Boards compute in packs of four; odd widths fall off that path.
        for name, value in (('hidden_dims', hidden_dims), ('s', s)):
            if value < 2 or value % 2:
                raise ValueError(
                    f'LightGAU: {name} must be positive and even, got {value}'
                )
        if expansion_factor * hidden_dims < 1:
            raise ValueError(
                'LightGAU: expansion_factor must leave a width of 1 or more, '
                f'got {expansion_factor} times {hidden_dims}'
            )
        for name, value in (
            ('dropout_rate', dropout_rate),
            ('drop_path', drop_path),
        ):
            if not 0 <= value < 1:
                raise ValueError(
                    f'LightGAU: {name} must be in [0, 1), got {value}'
                )
        if act_fn not in ('SiLU', 'ReLU'):
            raise ValueError(
                f"LightGAU: act_fn must be 'SiLU' or 'ReLU', got {act_fn!r}"
            )
        super().__init__(
            num_tokens,
            hidden_dims,
            hidden_dims,
            expansion_factor=expansion_factor,
            s=s,
            dropout_rate=dropout_rate,
            drop_path=drop_path,
            act_fn=act_fn,
            use_rel_bias=False,
            pos_enc=False,
        )

    def _forward(self, inputs: Tensor) -> Tensor:
        """The branch beside the shortcut, (N, K, hidden_dims) to the same."""
        uv = self.act_fn(self.uv(self.ln(inputs)))
        u, v, base = torch.split(uv, [self.e, self.e, self.s], dim=2)
        q = base * self.gamma[0] + self.beta[0]
        k = base * self.gamma[1] + self.beta[1]
        kernel = F.relu(torch.bmm(q, k.permute(0, 2, 1)) / self.sqrt_s)
        kernel = torch.square(kernel)
        if self.dropout_rate > 0:
            kernel = self.dropout(kernel)
        return self.o(u * torch.bmm(kernel, v))
