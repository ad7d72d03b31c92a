"""What CNTK wrote: the model zoo's mnist-7 and emotion-ferplus-7.

Operator sets 7 and 8, batch one, layers called Convolution28, Plus30, ReLU32, Pooling66, Times212; auto_pad instead of pads;
biases as Plus (Add) of [C, 1, 1]; a dense layer as Times (MatMul) with the weight brought to a matrix by a Reshape of its own;
the input is normalised in the graph (Minus and ElementTimes with constants).
"""

import numpy as np

from builder import Entry, Graph

EXPORTER = "CNTK 2.5"


def entries():
    yield Entry("cntk_mnist.onnx", EXPORTER, "opset 7: auto_pad, Plus, Times with a reshaped weight", "the model zoo's mnist-7",
                mnist(7), layers=["Convolution28", "Plus30", "Times212"])
    yield Entry("cntk_mnist_opset08.onnx", EXPORTER, "opset 8, the same with initializers that are also inputs", "mnist-8",
                mnist(8), layers=["Convolution28", "Times212"])
    yield Entry("cntk_ferplus.onnx", EXPORTER, "opset 7: Minus and ElementTimes on the input, Dropout, strides in auto_pad",
                "the model zoo's emotion-ferplus-7, a VGG-13 on grey faces", ferplus(), layers=["Convolution362", "Plus366"])


def conv(g, x, number, inputs, outputs, size, auto_pad="SAME_UPPER", strides=(1, 1)):
    g.weight(f"Parameter{number}", outputs, inputs, size, size)
    g.constant(f"Parameter{number + 1}", g.values(outputs, 1, 1, scale=0.1))
    x = g.node("Conv", [x, f"Parameter{number}"], f"Convolution{number + 23}_Output_0", f"Convolution{number + 23}",
               kernel_shape=[size, size], strides=list(strides), auto_pad=auto_pad, group=1, dilations=[1, 1])
    x = g.node("Add", [x, f"Parameter{number + 1}"], f"Plus{number + 25}_Output_0", f"Plus{number + 25}")
    return g.node("Relu", x, f"ReLU{number + 27}_Output_0", f"ReLU{number + 27}")


def times(g, x, length, classes):
    """Reshape of the image to a row, Reshape of the weight [C, H, W, classes] to a matrix, MatMul, Add."""
    g.constant("Parameter193", g.values(*length, classes, scale=(2 / np.prod(length)) ** 0.5))
    flat = int(np.prod(length))
    g.constant("reshape1_shape", np.array([flat, classes], np.int64))
    g.constant("reshape0_shape", np.array([1, flat], np.int64))
    g.node("Reshape", ["Parameter193", "reshape1_shape"], "Parameter193_reshape1", "Times212_reshape1")
    x = g.node("Reshape", [x, "reshape0_shape"], "reshape0", "Times212_reshape0")
    x = g.node("MatMul", [x, "Parameter193_reshape1"], "Times212_Output_0", "Times212")
    g.constant("Parameter194", g.values(1, classes, scale=0.1))
    return g.node("Add", [x, "Parameter194"], "Plus214_Output_0", "Plus214")


def pool(g, x, number, size, stride, **kwargs):
    return g.node("MaxPool", x, f"Pooling{number}_Output_0", f"Pooling{number}", kernel_shape=[size, size],
                  strides=[stride, stride], pads=[0, 0, 0, 0], auto_pad="NOTSET", **kwargs)


def mnist(opset):
    g = Graph(61)
    x = g.input("Input3", [1, 1, 28, 28])
    x = pool(g, conv(g, x, 5, 1, 4, 5), 66, 2, 2)
    x = pool(g, conv(g, x, 87, 4, 6, 5), 160, 3, 3)
    g.output(times(g, x, (6, 4, 4), 10), [1, 10])
    return g.model(opset, "CNTK", "2.5.1", 3, "CNTKGraph", initializers_are_inputs=True)


def ferplus():
    g = Graph(62)
    x = g.input("Input3", [1, 1, 16, 16])
    g.constant("Constant339", np.array(127.5, np.float32))
    g.constant("Constant343", np.array(1 / 255, np.float32))
    x = g.node("Sub", [x, "Constant339"], "Minus340_Output_0", "Minus340")
    x = g.node("Mul", [x, "Constant343"], "Block352_Output_0", "Block352")
    x = conv(g, x, 339, 1, 6, 3)
    x = pool(g, x, 380, 2, 2)
    x = g.node("Dropout", x, "Dropout393_Output_0", "Dropout393", ratio=0.25)
    x = conv(g, x, 341, 6, 8, 3, "SAME_LOWER", (2, 2))
    g.output(times(g, x, (8, 4, 4), 8), [1, 8])
    return g.model(7, "CNTK", "2.5.1", 3, "CNTKGraph", initializers_are_inputs=True)
