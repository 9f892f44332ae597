"""Bundles whose ONNX network is a 3x3 convolution, known to the last bit.

The network takes 3 channels of 28 x 52 pixels. Its graph lists out1, the
negative of the maps, before out0, the maps.
"""

import numpy as np

WEIGHT = np.random.default_rng(11).normal(size=(5, 3, 3, 3)).astype('f4')
BIAS = np.random.default_rng(12).normal(size=5).astype('f4')
SHAPE = (5, 28, 52)


def convolved(x):
    """What the network computes of x (3, 28, 52), by numpy alone."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    return np.einsum('ihwab,oiab->ohw', windows, WEIGHT) + BIAS[:, None, None]


def write_network(path, input_name='in0'):
    """Write the network as an ONNX file."""
    from onnx import TensorProto, helper, numpy_helper, save

    def value(name, channels):
        shape = [1, channels, *SHAPE[1:]]
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        [
            helper.make_node(
                'Conv',
                [input_name, 'weight', 'bias'],
                ['out0'],
                name='conv',
                kernel_shape=[3, 3],
                pads=[1, 1, 1, 1],
            ),
            helper.make_node('Neg', ['out0'], ['out1'], name='negative'),
        ],
        'convolution',
        [value(input_name, 3)],
        [value('out1', 5), value('out0', 5)],
        [
            numpy_helper.from_array(WEIGHT, 'weight'),
            numpy_helper.from_array(BIAS, 'bias'),
        ],
    )
    opset = [helper.make_opsetid('', 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def two_outputs(make_spec, **changes):
    """Spec of the network; make_spec is conftest's."""
    fields = dict(
        outputs=['maps', 'negative'],
        output_shapes=[SHAPE, SHAPE],
        decoder=dict(type='none', num_keypoints=1, input_size=[52, 28]),
    )
    return make_spec(**{**fields, **changes})


def tiny_network():
    """The network of conftest's tiny bundle as ONNX, by its bytes."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node(
            'MaxPool', ['in0'], ['p'], kernel_shape=[4, 4], strides=[4, 4]
        )
    ]
    cuts = dict(zero=[0], one=[1], three=[3])
    for out, (start, end) in dict(
        out0=('zero', 'one'),
        out2=('one', 'three'),
        out1=('zero', 'one'),
        out3=('one', 'three'),
    ).items():
        inputs = ['p', start, end, 'one']  # along the channels
        nodes.append(helper.make_node('Slice', inputs, [out]))

    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    channels = (1, 1, 2, 2)
    graph = helper.make_graph(
        nodes,
        'tiny',
        [value('in0', [1, 3, 28, 52])],
        [value(f'out{i}', [1, c, 7, 13]) for i, c in enumerate(channels)],
        [
            numpy_helper.from_array(np.array(cut, np.int64), name)
            for name, cut in cuts.items()
        ],
    )
    opset = [helper.make_opsetid('', 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return model.SerializeToString()
