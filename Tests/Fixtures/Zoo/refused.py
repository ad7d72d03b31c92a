"""Forms that NetViz refuses: quantised networks, control flow, operators of others, several inputs."""

import numpy as np
from onnx import TensorProto, helper

from builder import FLOAT, Entry, Graph

QUANTISED = ["quantised", "float32 file"]


def entries():
    yield Entry("quantised_qdq.onnx", "ONNX Runtime, quantize_static",
                "QuantizeLinear and DequantizeLinear around each convolution", "vgg16-12-qdq of the model zoo", qdq(),
                refusal=["input_QuantizeLinear", "(QuantizeLinear)"] + QUANTISED)
    yield Entry("quantised_operators.onnx", "ONNX Runtime, quantize_static", "QLinearConv", "vgg16-12-int8 of the model zoo",
                qlinear(), refusal=["input_quant", "(QuantizeLinear)"] + QUANTISED)
    yield Entry("quantised_uint8_input.onnx", "TFLite conversions", "uint8 input, QLinearConv as the first node",
                "a network for a micro-controller", qlinear(uint8_input=True), refusal=["'input'", "UInt8"] + QUANTISED)
    yield Entry("quantised_dynamic.onnx", "ONNX Runtime, quantize_dynamic", "DynamicQuantizeLinear, ConvInteger",
                "quantize_dynamic of any network", dynamic(),
                refusal=["input_QuantizeLinear", "(DynamicQuantizeLinear)"] + QUANTISED)
    yield Entry("quantised_weights.onnx", "weight-only quantisation tools", "DequantizeLinear on int8 weights",
                "weight-only int8", dequantised(), refusal=["weight_dequantize", "(DequantizeLinear)"] + QUANTISED)
    yield Entry("control_if.onnx", "torch.jit.script", "If around a Squeeze", "x.squeeze(2) of an unknown length",
                control("If"), refusal=["If_7", "(If)", "control flow"])
    yield Entry("control_loop.onnx", "torch.jit.script", "Loop", "a for loop in forward()", control("Loop"),
                refusal=["Loop_7", "(Loop)", "control flow"])
    yield Entry("runtime_fused.onnx", "ONNX Runtime, optimized_model_filepath", "FusedConv of com.microsoft",
                "a file that ONNX Runtime has optimised for itself", fused(), refusal=["fused_conv", "com.microsoft", "before"])
    yield Entry("two_inputs.onnx", "PyTorch 1.13.1", "two inputs, an image and a mask", "a network with attention masks",
                two_inputs(), refusal=["'image', 'mask'", "one is supported"])
    yield Entry("hard_swish.onnx", "PyTorch 1.13.1", "HardSwish, opset 14", "MobileNetV3", activation("HardSwish", 14))
    yield Entry("tanh.onnx", "CNTK 2.5", "Tanh", "LeNet-5", activation("Tanh", 7))


def scale(g, name, value, zero, dtype=np.uint8):
    g.constant(f"{name}_scale", np.array(value, np.float32))
    g.constant(f"{name}_zero_point", np.array(zero, dtype))
    return [f"{name}_scale", f"{name}_zero_point"]


def int8_weight(g, name, *shape):
    g.constant(name, g.random.randint(-127, 128, shape).astype(np.int8))
    return [name] + scale(g, name, 0.01, 0, np.int8)


def qdq():
    g = Graph(91)
    x = g.input("input", ["N", 3, 16, 16])
    s = scale(g, "input", 0.02, 128)
    x = g.node("QuantizeLinear", [x] + s, "input_quantized", "input_QuantizeLinear")
    x = g.node("DequantizeLinear", [x] + s, "input_dequantized", "input_DequantizeLinear")
    w = g.node("DequantizeLinear", int8_weight(g, "weight", 4, 3, 3, 3), "weight_dequantized", "weight_DequantizeLinear")
    g.output(g.node("Relu", g.node("Conv", [x, w], "conv"), "relu"), ["N", 4, 14, 14])
    return g.model(13, "onnx.quantize", "0.1.0")


def qlinear(uint8_input=False):
    g = Graph(92)
    x = g.input("input", ["N", 3, 16, 16], TensorProto.UINT8 if uint8_input else FLOAT)
    s = scale(g, "input", 0.02, 128)
    if not uint8_input:
        x = g.node("QuantizeLinear", [x] + s, "input_quantized", "input_quant")
    inputs = [x] + s + int8_weight(g, "weight", 4, 3, 3, 3) + scale(g, "output", 0.05, 128)
    x = g.node("QLinearConv", inputs, "conv_quantized", "conv_quant")
    x = g.node("DequantizeLinear", [x, "output_scale", "output_zero_point"], "output", "output_dequant")
    g.output(x, ["N", 4, 14, 14])
    return g.model(10, "onnx.quantize", "0.1.0")


def dynamic():
    g = Graph(93)
    x = g.input("input", ["N", 3, 16, 16])
    g.node("DynamicQuantizeLinear", x, ["input_quantized", "input_scale", "input_zero_point"], "input_QuantizeLinear")
    int8_weight(g, "weight", 4, 3, 3, 3)
    x = g.node("ConvInteger", ["input_quantized", "weight", "input_zero_point", "weight_zero_point"], "conv_integer")
    x = g.node("Cast", x, "conv_float", to=FLOAT)
    g.output(g.node("Mul", [x, "input_scale"], "conv"), ["N", 4, 14, 14])
    return g.model(11, "onnx.quantize", "0.1.0")


def dequantised():
    g = Graph(94)
    x = g.input("input", ["N", 3, 16, 16])
    w = g.node("DequantizeLinear", int8_weight(g, "weight", 4, 3, 3, 3), "weight_float", "weight_dequantize")
    g.output(g.node("Conv", [x, w], "conv"), ["N", 4, 14, 14])
    return g.model(13, "onnx.quantize", "0.1.0")


def control(op):
    """If or Loop with a body that hands the features through."""
    g = Graph(95)
    x = g.input("input", ["N", 3, 16, 16])
    g.weight("weight", 4, 3, 3, 3)
    g.node("Conv", [x, "weight"], "features")
    value = helper.make_tensor_value_info
    if op == "If":
        g.constant("condition", np.array(True))
        branches = [helper.make_graph([helper.make_node("Identity", ["features"], [name])], name, [], [value(name, FLOAT, None)])
                    for name in ("then", "otherwise")]
        g.node("If", "condition", "output", "If_7", then_branch=branches[0], else_branch=branches[1])
    else:
        g.constant("trips", np.array(2, np.int64))
        body = helper.make_graph(
            [helper.make_node("Identity", ["going"], ["goes_on"]), helper.make_node("Relu", ["before"], ["after"])], "body",
            [value("trip", TensorProto.INT64, []), value("going", TensorProto.BOOL, []), value("before", FLOAT, None)],
            [value("goes_on", TensorProto.BOOL, []), value("after", FLOAT, None)])
        g.node("Loop", ["trips", "", "features"], "output", "Loop_7", body=body)
    g.output("output", ["N", 4, 14, 14])
    return g.model(13, "pytorch", "1.13.1")


def fused():
    g = Graph(96)
    x = g.input("input", ["N", 3, 16, 16])
    g.weight("weight", 4, 3, 3, 3)
    g.node("FusedConv", [x, "weight"], "output", "fused_conv", activation="Relu", domain="com.microsoft")
    g.output("output", ["N", 4, 14, 14])
    return g.model(13, "onnxruntime", domains=[("com.microsoft", 1)])


def two_inputs():
    g = Graph(97)
    g.input("image", ["N", 3, 16, 16])
    g.input("mask", ["N", 3, 16, 16])
    g.output(g.node("Add", ["image", "mask"], "sum"), ["N", 3, 16, 16])
    return g.model(13, "pytorch", "1.13.1")


def activation(op, opset):
    g = Graph(98)
    x = g.input("input", ["N", 3, 16, 16])
    g.weight("weight", 4, 3, 3, 3)
    g.output(g.node(op, g.node("Conv", [x, "weight"], "conv"), "act"), ["N", 4, 14, 14])
    return g.model(opset, "pytorch", "1.13.1")
