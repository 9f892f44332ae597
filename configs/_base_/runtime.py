"""What every config here runs with: seed, hooks, logs, one CPU or more."""

_base_ = ['mmpose::_base_/default_runtime.py']

custom_imports = dict(imports=['mmpose_lightkpt'], allow_failed_imports=False)
randomness = dict(seed=0)

default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(
        _delete_=True,
        type='SafeCheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        save_best='PixelPCK',
        rule='greater',
    ),
)
custom_hooks = [
    dict(type='SyncBuffersHook'),
    dict(type='ChannelsLastHook'),
    dict(type='KeepMemoryHook'),
    dict(type='ResumeSeedHook'),
    dict(type='SkippedSamplesHook'),
    dict(type='StopOnNaNHook'),
]
# gloo works on CPUs and GPUs; on several GPUs nccl is faster
env_cfg = dict(dist_cfg=dict(backend='gloo'))
