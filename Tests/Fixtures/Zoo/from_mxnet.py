"""What MXNet's ONNX exporter wrote (mx2onnx): vgg16-7, vgg16-bn-7 and others of the model zoo.

Operator set 7, batch fixed to one or called N, initializers as inputs, layers called vgg0_conv0_fwd, Flatten before each dense
layer, Gemm with all its attributes, BatchNormalization with spatial, Dropout with ratio.
"""

import numpy as np

from builder import Entry, Graph

EXPORTER = "MXNet, mx2onnx"


def entries():
    for batch, name in ((1, "fixed"), ("N", "open")):
        yield Entry(f"mxnet_vgg_{name}.onnx", EXPORTER, f"opset 7, batch {batch}, Flatten twice, Gemm with all attributes",
                    "the model zoo's vgg16-7", vgg(batch, norm=False), layers=["vgg0_conv0_fwd", "vgg0_dense1_fwd"])
    yield Entry("mxnet_vgg_bn.onnx", EXPORTER, "opset 7, BatchNormalization with spatial=1 and momentum",
                "the model zoo's vgg16-bn-7", vgg("N", norm=True), layers=["vgg0_batchnorm0_fwd"])
    yield Entry("mxnet_alexnet.onnx", EXPORTER, "opset 8: LRN, convolution in groups, AveragePool that counts its padding",
                "MXNet's AlexNet and Inception", alexnet(), layers=["lrn0", "pool1"])
    yield Entry("mxnet_opset13.onnx", EXPORTER, "opset 13: Dropout with ratio and training_mode as inputs", "MXNet 1.9's exports",
                newer(), layers=["vgg0_conv1_fwd", "vgg0_dropout0_fwd"])


def newer():
    """MXNet 1.9: Dropout takes its ratio and training_mode as inputs, initializers are no inputs any more."""
    g = Graph(53)
    x = g.input("data", ["N", 3, 16, 16])
    for i, (inputs, outputs) in enumerate(((3, 6), (6, 8))):
        x = g.node("Relu", conv(g, x, i, inputs, outputs), f"vgg0_relu{i}_fwd")
        x = g.node("MaxPool", x, f"vgg0_pool{i}_fwd", kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[2, 2], ceil_mode=0)
    x = g.node("Relu", dense(g, x, 0, 128, 16), "vgg0_dense0_relu_fwd")
    g.constant("vgg0_dropout0_fwd_ratio", np.array(0.5, np.float32))
    g.constant("vgg0_dropout0_fwd_mode", np.array(False))
    x = g.node("Dropout", [x, "vgg0_dropout0_fwd_ratio", "vgg0_dropout0_fwd_mode"], "vgg0_dropout0_fwd")
    g.output(dense(g, x, 1, 16, 10), ["N", 10])
    return g.model(13, "", "", 7, "mxnet_converted_model")


def conv(g, x, i, inputs, outputs, group=1):
    g.weight(f"vgg0_conv{i}_weight", outputs, inputs // group, 3, 3)
    g.weight(f"vgg0_conv{i}_bias", outputs)
    return g.node("Conv", [x, f"vgg0_conv{i}_weight", f"vgg0_conv{i}_bias"], f"vgg0_conv{i}_fwd", dilations=[1, 1], group=group,
                  kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])


def dense(g, x, i, inputs, outputs):
    x = g.node("Flatten", x, f"flatten_{60 + i}")
    g.weight(f"vgg0_dense{i}_weight", outputs, inputs)
    g.weight(f"vgg0_dense{i}_bias", outputs)
    return g.node("Gemm", [x, f"vgg0_dense{i}_weight", f"vgg0_dense{i}_bias"], f"vgg0_dense{i}_fwd", alpha=1.0, beta=1.0,
                  transA=0, transB=1)


def vgg(batch, norm):
    g = Graph(51)
    x = g.input("data", [batch, 3, 16, 16])
    for i, (inputs, outputs) in enumerate(((3, 6), (6, 8))):
        x = conv(g, x, i, inputs, outputs)
        if norm:
            name = f"vgg0_batchnorm{i}"
            g.weight(f"{name}_gamma", outputs, around=1.0)
            g.weight(f"{name}_beta", outputs)
            g.weight(f"{name}_running_mean", outputs)
            g.constant(f"{name}_running_var", 0.5 + g.values(outputs, scale=1.0) ** 2)
            constants = [f"{name}_{p}" for p in ("gamma", "beta", "running_mean", "running_var")]
            x = g.node("BatchNormalization", [x] + constants, f"{name}_fwd", epsilon=1e-5, momentum=0.9, spatial=1)
        x = g.node("Relu", x, f"vgg0_relu{i}_fwd")
        x = g.node("MaxPool", x, f"vgg0_pool{i}_fwd", kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[2, 2])
    x = dense(g, x, 0, 128, 16)
    x = g.node("Relu", x, "vgg0_dense0_relu_fwd")
    x = g.node("Dropout", x, "vgg0_dropout0_fwd", ratio=0.5)
    g.output(dense(g, x, 1, 16, 10), [batch, 10])
    return g.model(7, "", "", 3, "mxnet_converted_model", initializers_are_inputs=True)


def alexnet():
    g = Graph(52)
    x = g.input("data", [1, 3, 16, 16])
    x = g.node("Relu", conv(g, x, 0, 3, 6), "relu0")
    x = g.node("LRN", x, "lrn0", alpha=1e-4, beta=0.75, bias=2.0, size=5)
    x = g.node("MaxPool", x, "pool0", kernel_shape=[3, 3], pads=[0, 0, 0, 0], strides=[2, 2])
    x = g.node("Relu", conv(g, x, 1, 6, 8, group=2), "relu1")
    x = g.node("AveragePool", x, "pool1", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1)
    x = dense(g, x, 0, 128, 10)
    g.output(g.node("Softmax", x, "softmax", axis=1), [1, 10])
    return g.model(8, "", "", 3, "mxnet_converted_model", initializers_are_inputs=True)
