"""What tf2onnx and keras2onnx write of Keras networks: the schemas' facts and their naming, not a run of them.

Keras images are [N, H, W, C]. tf2onnx puts a Transpose behind the input and one before each Flatten, and keeps the
input's layout; keras2onnx wraps each convolution. Names are TensorFlow's, with slashes and colons. A dense layer is MatMul
and Add; the batch is called unk__NUMBER.
"""

import numpy as np
from onnx import TensorProto

from builder import FLOAT, Entry, Graph

TF2ONNX, KERAS2ONNX = "tf2onnx 1.9 and newer", "keras2onnx 1.7"
TO_PLANES, TO_PIXELS = [0, 3, 1, 2], [0, 2, 3, 1]
CONV1, CONV2 = "StatefulPartitionedCall/vgg16/block1_conv1/Conv2D", "StatefulPartitionedCall/vgg16/block2_conv1/Conv2D"


def entries():
    def entry(name, form, mirrors, model, exporter=TF2ONNX, layout="NHWC", **kwargs):
        return Entry(f"keras_{name}.onnx", exporter, form, mirrors, model, layout=layout, **kwargs)

    both = dict(layers=[CONV1, CONV2])
    yield entry("vgg_opset09", "opset 9: input [N, H, W, C], Transpose behind it and before the Reshape, MatMul, Add, Softmax",
                "keras.applications.VGG16", vgg(9), **both)
    yield entry("vgg_opset13", "opset 13, the same", "keras.applications.VGG16", vgg(13), **both)
    yield entry("vgg_opset15", "opset 15, the same", "keras.applications.VGG16", vgg(15), **both)
    yield entry("rescaling", "opset 13: Rescaling and Normalization in the graph, Mul and Sub between input and Transpose",
                "a Keras network with preprocessing layers", vgg(13, rescale=True), **both)
    yield entry("bias_add", "opset 11: biases as an Add of [1, C, 1, 1] behind the Conv", "tf2onnx without its optimisers",
                vgg(11, fused=False), **both)
    yield entry("batch_norm_pad", "opset 10: ZeroPadding2D as Pad with attributes, BatchNormalization, AveragePool",
                "a Keras VGG with BatchNormalization and ZeroPadding2D", vgg(10, pad=True), **both)
    yield entry("batch_norm_pad_opset13", "opset 13: the same with the pads as an input", "the same, newer",
                vgg(13, pad=True), **both)
    yield entry("global_pool", "opset 13: open rows and columns, GlobalAveragePool, Squeeze",
                "keras.applications.VGG16(include_top=False, pooling='avg') with a dense layer",
                pooled("Squeeze"), size=(20, 24), **both)
    yield entry("reduce_mean", "opset 11: GlobalAveragePooling2D as ReduceMean over axes 2 and 3", "older tf2onnx",
                pooled("ReduceMean"), size=(20, 24), **both)
    yield entry("reduce_mean_pixels", "opset 11: GlobalAveragePooling2D as ReduceMean over axes 1 and 2 of [N, H, W, C]",
                "tf2onnx without its optimisers", pooled("ReduceMeanPixels"), size=(20, 24), **both)
    yield entry("dynamic_flatten", "opset 9: Flatten's target by Shape, Cast to float, Slice, Squeeze, Unsqueeze, Concat, Casts",
                "tf2onnx of TensorFlow 1 networks with an open batch", vgg(9, dynamic=True), **both)
    yield entry("grey", "opset 13: one channel, whose Transpose became a Reshape", "Keras MNIST networks", grey(),
                layers=["sequential/conv2d/Conv2D"])
    yield entry("inputs_as_nchw", "opset 13, --inputs-as-nchw: input [N, C, H, W]", "the VGG with that option",
                vgg(13, nchw=True), layout="NCHW", **both)
    yield entry("wrapped", "opset 11: Transposes around each convolution and pool", "keras2onnx", wrapped(), KERAS2ONNX,
                layers=["conv2d", "conv2d_1"])


def conv(g, x, name, inputs, outputs, fused=True, pads=(1, 1, 1, 1), norm=False):
    """Conv2D with its bias inside, beside it or in a BatchNormalization, and the Relu."""
    scope = f"StatefulPartitionedCall/vgg16/{name}"
    weights = [g.weight(f"{scope}/Conv2D/ReadVariableOp:0", outputs, inputs, 3, 3)]
    if fused and not norm:
        weights.append(g.weight(f"{scope}/BiasAdd/ReadVariableOp:0", outputs))
    x = g.node("Conv", [x] + weights, f"{scope}/Conv2D:0", f"{scope}/Conv2D", dilations=[1, 1], strides=[1, 1],
               kernel_shape=[3, 3], group=1, pads=list(pads))
    if norm:
        g.weight(f"{scope}/gamma:0", outputs, around=1.0)
        g.weight(f"{scope}/beta:0", outputs)
        g.weight(f"{scope}/mean:0", outputs)
        g.constant(f"{scope}/variance:0", 0.5 + g.values(outputs, scale=1.0) ** 2)
        x = g.node("BatchNormalization", [x] + [f"{scope}/{p}:0" for p in ("gamma", "beta", "mean", "variance")],
                   f"{scope}/FusedBatchNormV3:0", f"{scope}/FusedBatchNormV3", epsilon=0.001)
    elif not fused:
        g.constant(f"{scope}/bias_reshaped", g.values(1, outputs, 1, 1, scale=0.1))
        x = g.node("Add", [x, f"{scope}/bias_reshaped"], f"{scope}/BiasAdd:0", f"{scope}/BiasAdd")
    return g.node("Relu", x, f"{scope}/Relu:0", f"{scope}/Relu")


def pool(g, x, name, op="MaxPool", **kwargs):
    scope = f"StatefulPartitionedCall/vgg16/{name}/{op}"
    return g.node(op, x, f"{scope}:0", scope, kernel_shape=[2, 2], strides=[2, 2], **kwargs)


def dense(g, x, name, inputs, outputs, output=None):
    scope = f"StatefulPartitionedCall/vgg16/{name}"
    g.weight(f"{scope}/MatMul/ReadVariableOp:0", inputs, outputs, scale=(2 / inputs) ** 0.5)
    g.weight(f"{scope}/BiasAdd/ReadVariableOp:0", outputs)
    x = g.node("MatMul", [x, f"{scope}/MatMul/ReadVariableOp:0"], f"{scope}/MatMul:0", f"{scope}/MatMul")
    return g.node("Add", [x, f"{scope}/BiasAdd/ReadVariableOp:0"], output or f"{scope}/BiasAdd:0", f"{scope}/BiasAdd")


def vgg(opset, fused=True, pad=False, rescale=False, nchw=False, dynamic=False):
    g = Graph(31)
    x = g.input("input_1", ["unk__19", 3, 16, 16] if nchw else ["unk__19", 16, 16, 3])
    if rescale:
        g.constant("rescaling/Cast/x:0", np.array(1 / 127.5, np.float32))
        g.constant("normalization/mean:0", np.array([[[[0.9, 1.0, 1.1]]]], np.float32))
        x = g.node("Mul", [x, "rescaling/Cast/x:0"], "rescaling/mul:0", "rescaling/mul")
        x = g.node("Sub", [x, "normalization/mean:0"], "normalization/sub:0", "normalization/sub")
    if not nchw:
        x = g.node("Transpose", x, f"{CONV1}__6:0", f"{CONV1}__6", perm=TO_PLANES)
    if pad:
        scope, pads = "StatefulPartitionedCall/vgg16/zero_padding2d/Pad", [0, 0, 1, 1, 0, 0, 1, 1]
        if opset < 11:
            x = g.node("Pad", x, f"{scope}:0", scope, pads=pads, mode="constant", value=0.0)
        else:
            x = g.node("Pad", [x, g.constant("const_fold_opt__40", np.array(pads, np.int64))], f"{scope}:0", scope)
    x = conv(g, x, "block1_conv1", 3, 6, fused, pads=(0, 0, 0, 0) if pad else (1, 1, 1, 1), norm=pad)
    x = pool(g, x, "block1_pool", auto_pad="VALID") if opset > 9 else pool(g, x, "block1_pool")
    x = conv(g, x, "block2_conv1", 6, 8, fused, norm=pad)
    x = pool(g, x, "block2_pool", "AveragePool") if pad else pool(g, x, "block2_pool")
    x = g.node("Transpose", x, f"{x}__16", "block2_pool/MaxPool__16", perm=TO_PIXELS)
    target = shape_chain(g, x) if dynamic else g.constant("flatten/Const:0", np.array([-1, 128], np.int64))
    x = g.node("Reshape", [x, target], "flatten/Reshape:0", "flatten/Reshape")
    x = dense(g, x, "fc1", 128, 16)
    x = g.node("Relu", x, "fc1/Relu:0", "fc1/Relu")
    x = dense(g, x, "predictions", 16, 10)
    if opset < 13:
        g.node("Softmax", x, "predictions", "predictions/Softmax", axis=1)
    else:
        g.node("Softmax", x, "predictions", "predictions/Softmax", axis=-1)
    g.output("predictions", ["unk__20", 10])
    return g.model(opset, "tf2onnx", "1.9.3", 7, "tf2onnx")


def shape_chain(g, x):
    """[batch, -1] as older versions worked it out: in float, since Slice took no integers before operator set 10."""
    x = g.node("Shape", x, "flatten/Shape:0", "flatten/Shape")
    x = g.node("Cast", x, "flatten/Shape__30:0", "flatten/Shape__30", to=FLOAT)
    x = g.node("Slice", x, "flatten/strided_slice:0", "flatten/strided_slice", axes=[0], starts=[0], ends=[1])
    x = g.node("Squeeze", x, "flatten/strided_slice__32:0", "flatten/strided_slice__32", axes=[0])
    x = g.node("Cast", x, "flatten/strided_slice__33:0", "flatten/strided_slice__33", to=TensorProto.INT32)
    x = g.node("Unsqueeze", x, "flatten/Reshape/shape_Unsqueeze__34:0", "flatten/Reshape/shape_Unsqueeze__34", axes=[0])
    g.constant("flatten/Reshape/shape/1", np.array([-1], np.int32))
    x = g.node("Concat", [x, "flatten/Reshape/shape/1"], "flatten/Reshape/shape:0", "flatten/Reshape/shape", axis=0)
    return g.node("Cast", x, "flatten/Reshape__36:0", "flatten/Reshape__36", to=TensorProto.INT64)


def pooled(how):
    """A global average in the ways in which tf2onnx has written it. Rows and columns are open."""
    g = Graph(32)
    x = g.input("input_1", ["unk__10", "unk__11", "unk__12", 3])
    x = g.node("Transpose", x, f"{CONV1}__6:0", f"{CONV1}__6", perm=TO_PLANES)
    x = pool(g, conv(g, x, "block1_conv1", 3, 6), "block1_pool")
    x = pool(g, conv(g, x, "block2_conv1", 6, 8), "block2_pool")
    if how == "Squeeze":
        x = g.node("GlobalAveragePool", x, "pool/Mean:0", "pool/Mean")
        x = g.node("Squeeze", [x, g.constant("axes__15", np.array([2, 3], np.int64))], "pool/Squeeze:0", "pool/Squeeze")
    elif how == "ReduceMean":
        x = g.node("ReduceMean", x, "pool/Mean:0", "pool/Mean", axes=[2, 3], keepdims=0)
    else:
        x = g.node("Transpose", x, "pool/Mean__14:0", "pool/Mean__14", perm=TO_PIXELS)
        x = g.node("ReduceMean", x, "pool/Mean:0", "pool/Mean", axes=[1, 2], keepdims=0)
    dense(g, x, "predictions", 8, 10, "predictions")
    g.output("predictions", ["unk__13", 10])
    return g.model(13 if how == "Squeeze" else 11, "tf2onnx", "1.9.3", 7, "tf2onnx")


def grey():
    g = Graph(33)
    x = g.input("conv2d_input", ["unk__6", 16, 16, 1])
    g.constant("new_shape__17", np.array([-1, 1, 16, 16], np.int64))
    x = g.node("Reshape", [x, "new_shape__17"], "sequential/conv2d/Conv2D__6:0", "sequential/conv2d/Conv2D__6")
    g.weight("sequential/conv2d/weights", 4, 1, 3, 3)
    g.weight("sequential/conv2d/bias", 4)
    x = g.node("Conv", [x, "sequential/conv2d/weights", "sequential/conv2d/bias"], "sequential/conv2d/BiasAdd:0",
               "sequential/conv2d/Conv2D", kernel_shape=[3, 3], strides=[1, 1], auto_pad="SAME_UPPER")
    x = pool(g, g.node("Relu", x, "sequential/conv2d/Relu:0", "sequential/conv2d/Relu"), "max_pooling2d")
    x = g.node("Transpose", x, "max_pooling2d/transpose:0", "max_pooling2d/transpose", perm=TO_PIXELS)
    g.constant("flatten/Const:0", np.array([-1, 256], np.int64))
    x = g.node("Reshape", [x, "flatten/Const:0"], "flatten/Reshape:0", "flatten/Reshape")
    dense(g, x, "dense", 256, 10, "dense")
    g.output("dense", ["unk__7", 10])
    return g.model(13, "tf2onnx", "1.9.3", 7, "tf2onnx")


def wrapped():
    """keras2onnx: [N, H, W, C] between all layers, a Transpose on each side of Conv and MaxPool, Identity at the ends."""
    g = Graph(34)
    x, number = g.input("input_1", ["N", 16, 16, 3]), 0

    def transpose(x, perm):
        nonlocal number
        number += 1
        return g.node("Transpose", x, f"adjusted_input{number}", f"Transpose{number}", perm=perm)

    for end, (inputs, outputs) in (("", (3, 6)), ("_1", (6, 8))):
        x = transpose(x, TO_PLANES)
        g.weight(f"conv2d{end}/kernel:0", outputs, inputs, 3, 3)
        g.weight(f"conv2d{end}/bias:0", outputs)
        x = g.node("Conv", [x, f"conv2d{end}/kernel:0", f"conv2d{end}/bias:0"], f"convolution_output{end}", f"conv2d{end}",
                   kernel_shape=[3, 3], strides=[1, 1], dilations=[1, 1], group=1, auto_pad="SAME_UPPER")
        x = transpose(x, TO_PIXELS)
        x = transpose(g.node("Relu", x, f"conv2d{end}/Relu:0", f"conv2d{end}/Relu"), TO_PLANES)
        x = g.node("MaxPool", x, f"pooling_output{end}", f"max_pooling2d{end}", kernel_shape=[2, 2],
                   strides=[2, 2], auto_pad="VALID")
        x = transpose(x, TO_PIXELS)
    x = g.node("Flatten", x, "flatten_output", "flatten", axis=1)
    g.weight("dense/kernel:0", 128, 10, scale=0.125)
    g.weight("dense/bias:0", 10)
    x = g.node("MatMul", [x, "dense/kernel:0"], "dense0", "dense")
    x = g.node("Add", [x, "dense/bias:0"], "biased_tensor_name", "dense/Add")
    g.node("Identity", x, "dense/out", "Identity1")
    g.output("dense/out", ["N", 10])
    return g.model(11, "keras2onnx", "1.7.0", 6, "model")
