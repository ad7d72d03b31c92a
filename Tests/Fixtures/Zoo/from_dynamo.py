"""What torch.onnx.export(dynamo=True) of PyTorch 2.5 and newer writes: by the schemas' facts, not by a run of it.

Nodes are called node_conv2d, node_relu_1, ...; tensors conv2d, relu_1, ... after the ATen operator and a number; parameters
keep their name in the module; the batch is a symbol s77; Reshape carries allowzero=1; a mean is ReduceMean with its
axes as an input (operator set 18).
"""

import numpy as np
from onnx import helper

from builder import Entry, Graph

EXPORTER = "PyTorch 2.5 and newer, torch.onnx.export(dynamo=True)"


def entries():
    for opset, ir in ((18, 8), (20, 9), (21, 10)):
        yield Entry(f"dynamo_opset{opset}.onnx", EXPORTER, f"opset {opset}, open batch, Reshape with allowzero=1",
                    "torchvision vgg16", vgg(opset, ir), layers=["node_conv2d", "node_conv2d_1", "node_linear_1", "conv2d_1"])
    yield Entry("dynamo_mean.onnx", EXPORTER, "opset 18, a global average as ReduceMean with keepdims, then Reshape",
                "VGG with nn.AdaptiveAvgPool2d(1), which is decomposed into a mean", mean(keepdims=1), layers=["node_mean"])
    yield Entry("dynamo_mean_flat.onnx", EXPORTER, "opset 18, a global average as ReduceMean without keepdims",
                "a head with x.mean([-1, -2])", mean(keepdims=0), layers=["node_mean"])
    yield Entry("dynamo_shape.onnx", EXPORTER, "opset 18, the batch by Shape with start and end, Concat, Reshape",
                "VGG with x.view(x.size(0), -1) and a dynamic batch", vgg(18, 8, by_shape=True), layers=["node_view"])
    yield Entry("dynamo_functions.onnx", "PyTorch 2.1 to 2.4, torch.onnx.dynamo_export",
                "opset 18, nodes of the file's own functions", "torchvision vgg16", functions(),
                refusal=["aten_relu", "pkg.onnxscript.torch_lib", "only ONNX's own operators"])


def features(g, batch="s77"):
    """Two convolutions with their pools: [N, 3, 16, 16] to [N, 8, 4, 4]."""
    x = g.input("x", [batch, 3, 16, 16])
    for i, (channels, outputs) in enumerate(((3, 6), (6, 8))):
        end = f"_{i}" if i else ""
        g.weight(f"features.{3 * i}.weight", outputs, channels, 3, 3)
        g.weight(f"features.{3 * i}.bias", outputs)
        g.node("Conv", [x, f"features.{3 * i}.weight", f"features.{3 * i}.bias"], f"conv2d{end}", f"node_conv2d{end}",
               auto_pad="NOTSET", dilations=[1, 1], group=1, pads=[1, 1, 1, 1], strides=[1, 1])
        g.node("Relu", f"conv2d{end}", f"relu{end}", f"node_relu{end}")
        x = g.node("MaxPool", f"relu{end}", f"max_pool2d{end}", f"node_max_pool2d{end}", auto_pad="NOTSET", ceil_mode=0,
                   dilations=[1, 1], kernel_shape=[2, 2], pads=[0, 0, 0, 0], storage_order=0, strides=[2, 2])
    return x


def linear(g, x, name, end, outputs, inputs, output=None):
    g.weight(f"{name}.weight", outputs, inputs)
    g.weight(f"{name}.bias", outputs)
    return g.node("Gemm", [x, f"{name}.weight", f"{name}.bias"], output or f"linear{end}", f"node_linear{end}",
                  alpha=1.0, beta=1.0, transA=0, transB=1)


def vgg(opset, ir, by_shape=False):
    g = Graph(21)
    x = features(g)
    if by_shape:
        g.node("Shape", "x", "sym_size_int", "node_Shape_0", start=0, end=1)
        g.constant("rest", np.array([-1], np.int64))
        shape = g.node("Concat", ["sym_size_int", "rest"], "val_0", "node_Concat_1", axis=0)
        x = g.node("Reshape", [x, shape], "view", "node_view", allowzero=1)
    else:
        g.constant("val_2", np.array([-1, 128], np.int64))
        x = g.node("Reshape", [x, "val_2"], "flatten", "node_flatten", allowzero=1)
    x = linear(g, x, "classifier.0", "", 16, 128)
    x = g.node("Relu", x, "relu_2", "node_relu_2")
    g.node("Identity", x, "dropout", "node_dropout")
    linear(g, "dropout", "classifier.3", "_1", 10, 16)
    g.output("linear_1", ["s77", 10])
    return g.model(opset, "pytorch", "2.7.0", ir, "main_graph")


def mean(keepdims):
    g = Graph(22)
    x = features(g)
    g.constant("val_3", np.array([-1, -2], np.int64))
    x = g.node("ReduceMean", [x, "val_3"], "mean", "node_mean", keepdims=keepdims, noop_with_empty_axes=0)
    if keepdims:
        g.constant("val_4", np.array([-1, 8], np.int64))
        x = g.node("Reshape", [x, "val_4"], "view", "node_view", allowzero=1)
    linear(g, x, "classifier", "", 10, 8)
    g.output("linear", ["s77", 10])
    return g.model(18, "pytorch", "2.7.0", 8, "main_graph")


def functions():
    """A node that calls a function of the file's own, as ONNX Script wrote them before they were inlined."""
    domain = "pkg.onnxscript.torch_lib"
    g = Graph(23)
    x = g.input("l_x_", [1, 3, 16, 16])
    g.weight("features.0.weight", 4, 3, 3, 3)
    x = g.node("Conv", [x, "features.0.weight"], "convolution", "Conv_0", pads=[1, 1, 1, 1])
    g.node("aten_relu", x, "relu", "aten_relu_1", domain=domain)
    g.output("relu", [1, 4, 16, 16])
    model = g.model(18, "pytorch", "2.4.0", 8, "main_graph", domains=[(domain, 1)])
    body = [helper.make_node("Relu", ["self"], ["result"])]
    model.functions.append(helper.make_function(domain, "aten_relu", ["self"], ["result"], body, [helper.make_opsetid("", 18)]))
    return model
