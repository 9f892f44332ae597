"""The lightkpt family beside MoveNet Lightning, all on crops of the box.

Nothing is trained: the weights lie in the folder that it is started in. What
they are and where they come from is told in
configs/body_2d_keypoint/movenet/coco/movenet_coco.md.

python tools/run_study.py configs/studies/lightkpt_coco.py --out DIR
"""

title = 'The lightkpt family beside MoveNet Lightning'
metric = 'coco/AP'
ylabel = 'COCO AP, annotated boxes'
# times are given relative to the whole of it
reference = 'lightning-192'

# the crop that it does best on; the others' configs have it
_tight = {
    f'{split}_dataloader.dataset.pipeline.1.padding': 1.0
    for split in ('val', 'test')
}
_codecs = {
    192: {},
    160: dict(input_size=(160, 160)),
    128: dict(input_size=(128, 128)),
}
rungs = []
for _side, _codec in _codecs.items():
    rungs.append(
        dict(
            name=f'lightning-{_side}',
            config='movenet_mobilenetv2_1xb32-28e_coco-192x192',
            checkpoint='lightning.pth',
            options=_tight,
            codec=_codec,
            line='lightning',
        )
    )
for _side, _codec in _codecs.items():
    rungs.append(
        dict(
            name=f'finetuned-{_side}',
            config='movenet-finetune_mobilenetv2_1xb32-16e_coco-192x192',
            checkpoint='movenet-finetune.pth',
            codec=_codec,
            line='finetuned',
        )
    )
for _name, _side in dict(nano=128, tiny=160, small=192).items():
    rungs.append(
        dict(
            name=_name,
            config=f'movenet-lightkpt-{_name}_mobilenetv2-narrow_'
            f'1xb256-30e_coco-{_side}x{_side}',
            checkpoint=f'lightkpt-{_name}.pth',
            line='lightkpt',
        )
    )
