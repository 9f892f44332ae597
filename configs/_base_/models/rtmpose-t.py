"""RTMPose-t as MMPose has it: CSPNeXt-tiny, 7x7 and attention, SimCC."""

_base_ = ['./cspnext-tiny.py']

model = dict(
    head=dict(
        type='RTMCCHead',
        in_channels=384,
        final_layer_kernel_size=7,
        gau_cfg=dict(
            hidden_dims=256,
            s=128,
            expansion_factor=2,
            dropout_rate=0.0,
            drop_path=0.0,
            act_fn='SiLU',
            use_rel_bias=False,
            pos_enc=False,
        ),
        # MMPose's loss is a sum over the batch.
        loss=dict(
            type='KLDiscretLoss',
            use_target_weight=True,
            beta=10.0,
            label_softmax=True,
        ),
    ),
)
