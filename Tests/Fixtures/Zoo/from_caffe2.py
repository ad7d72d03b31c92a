"""What Caffe2's ONNX exporter wrote, and the tools that turned Caffe's networks into ONNX: the early files of the model zoo.

Files of 2017 and 2018: initializers are listed as inputs, the batch is fixed to one, nodes have no names, Dropout says
is_test, Gemm says broadcast, Softmax has no axis, and a dummy initializer holds Reshape's target.
"""

import numpy as np

from builder import Entry, Graph

EXPORTER = "Caffe2, caffe2.python.onnx"
OLD = "ONNX Runtime has no kernels for operator sets before 7"


def entries():
    # In operator set 1 the target of Reshape is an attribute, since 5 an input.
    for opset, ir in ((3, 3), (6, 3), (7, 3), (8, 3), (9, 3)):
        twin = dict(twin="caffe2_opset09.onnx", why_twin=OLD) if opset < 7 else {}
        yield Entry(f"caffe2_opset{opset:02}.onnx", EXPORTER, f"opset {opset}: initializers as inputs, nodes without names, "
                    "fixed batch", "the model zoo's bvlc_alexnet, vgg19 and zfnet512", vgg(opset, ir),
                    layers=["conv1_1", "fc6_1"], **twin)
    yield Entry("caffe2_opset01.onnx", EXPORTER, "opset 1, IR version 1, which names no operator set",
                "the first files of the model zoo", first(), layers=["conv1_1"],
                twin="caffe2_opset01_twin.onnx", why_twin=OLD)
    yield Entry("caffe2_opset01_twin.onnx", "written for the comparison", "the network of caffe2_opset01.onnx in operator set 9",
                "none", first(opset=9), layers=["conv1_1"])


def vgg(opset, ir):
    """LRN as in AlexNet, groups, Dropout, Reshape by a dummy, Gemm, Softmax. One network for all operator sets."""
    g = Graph(41)
    x = g.input("data_0", [1, 3, 16, 16])
    window = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
    g.weight("conv1_1_w_0", 6, 3, 3, 3)
    g.weight("conv1_1_b_0", 6)
    x = g.node("Conv", [x, "conv1_1_w_0", "conv1_1_b_0"], "conv1_1", "", **window)
    x = g.node("Relu", x, "conv1_2", "", **({"consumed_inputs": [1]} if opset < 6 else {}))
    x = g.node("LRN", x, "norm1_1", "", size=5, alpha=1e-4, beta=0.75, bias=1.0)
    x = g.node("MaxPool", x, "pool1_1", "", kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2])
    g.weight("conv2_1_w_0", 8, 3, 3, 3)
    g.weight("conv2_1_b_0", 8)
    x = g.node("Conv", [x, "conv2_1_w_0", "conv2_1_b_0"], "conv2_1", "", group=2, **window)
    x = g.node("Relu", x, "conv2_2", "")
    x = g.node("MaxPool", x, "pool2_1", "", kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[2, 2])
    if opset < 5:
        x = g.node("Reshape", x, "OC2_DUMMY_0", "", shape=[1, 128])
    else:
        x = g.node("Reshape", [x, g.constant("OC2_DUMMY_1", np.array([1, 128], np.int64))], "OC2_DUMMY_0", "")
    for layer, inputs, outputs in ((6, 128, 16), (8, 16, 10)):
        g.weight(f"fc{layer}_w_0", outputs, inputs)
        g.weight(f"fc{layer}_b_0", outputs)
        old = dict(broadcast=1) if opset < 7 else {}
        x = g.node("Gemm", [x, f"fc{layer}_w_0", f"fc{layer}_b_0"], f"fc{layer}_1", "", transB=1, **old)
        if layer == 6:
            x = g.node("Relu", x, "fc6_2", "")
            attributes = dict(ratio=0.5, is_test=1) if opset < 7 else dict(ratio=0.5)
            x = g.node("Dropout", x, ["fc6_3", "_fc6_mask_1"], "", **attributes)
    g.node("Softmax", x, "prob_1", "")
    g.output("prob_1", [1, 10])
    return g.model(opset, "onnx-caffe2", "", ir, "AlexNet", initializers_are_inputs=True)


def first(opset=1):
    """Sum of branches, Mul by a constant with the old broadcast, BatchNormalization with is_test and spatial, and Pad."""
    old = opset == 1
    g = Graph(42)
    x = g.input("data", [1, 3, 16, 16])
    pads = [0, 0, 1, 1, 0, 0, 1, 1]
    x = g.node("Pad", x, "padded", "", **({"paddings": pads, "value": 0.0} if old else {"pads": pads, "value": 0.0}))
    g.weight("conv1_w", 6, 3, 3, 3)
    x = g.node("Conv", [x, "conv1_w"], "conv1_1", "", kernel_shape=[3, 3], strides=[1, 1])
    g.weight("scale", 6, around=1.0)
    g.weight("bias", 6)
    g.weight("mean", 6)
    g.constant("variance", 0.5 + g.values(6, scale=1.0) ** 2)
    attributes = dict(consumed_inputs=[0, 0, 0, 1, 1], is_test=1, spatial=1) if old else {}
    x = g.node("BatchNormalization", [x, "scale", "bias", "mean", "variance"], "bn1", "", epsilon=1e-5, **attributes)
    factor = g.values(6, around=1.0)
    g.constant("factor", factor if old else factor.reshape(6, 1, 1))
    x = g.node("Mul", [x, "factor"], "scaled", "", **(dict(broadcast=1, axis=1, consumed_inputs=[0, 0]) if old else {}))
    y = g.node("Relu", x, "relu1", "")
    x = g.node("Sum", [x, y], "sum1", "")
    x = g.node("AveragePool", x, "pool1", "", kernel_shape=[4, 4], strides=[4, 4])
    x = g.node("Reshape", [x] if old else [x, g.constant("shape", np.array([1, 96], np.int64))], "flat", "",
               **(dict(shape=[1, 96]) if old else {}))
    g.weight("fc_w", 10, 96)
    g.weight("fc_b", 10)
    g.node("Gemm", [x, "fc_w", "fc_b"], "scores", "", transB=1, **(dict(broadcast=1) if old else {}))
    g.output("scores", [1, 10])
    model = g.model(opset, "caffe2", "", 3, "first", initializers_are_inputs=True)
    if old:
        model.ir_version = 1
        del model.opset_import[:]
    return model
