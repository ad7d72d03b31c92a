"""One network whose weights lie in a file in each way that ONNX allows, and in each floating-point type."""

import numpy as np
from onnx import helper

from builder import BFLOAT16, DOUBLE, FLOAT, FLOAT16, Entry, Graph, rounded, tensor

NO_BFLOAT16 = "ONNX Runtime has no convolution in bfloat16 on a processor"
NO_DOUBLE = "ONNX Runtime has no convolution in float64 on a processor"
SHAPES_INSIDE = "ONNX Runtime takes no shape from external data, and this writer puts every tensor there"
IN_HALVES = "ONNX Runtime rounds every layer to float16; NetViz widens the same weights and computes in float32"
ONNX_TOOLS = "onnx.helper, onnx.external_data_helper"
CONVERTER = "onnxconverter-common, float16.convert_float_to_float16"


def entries():
    layers = dict(layers=["conv1", "fc2"])
    for pack, form in (("raw", "raw_data"), ("typed", "float_data and int64_data")):
        yield Entry(f"stored_float_{pack}.onnx", ONNX_TOOLS, f"float32 in {form}", "most files", vgg(pack=pack), **layers)
    for pack in ("raw", "typed"):
        yield Entry(f"stored_double_{pack}.onnx", ONNX_TOOLS, f"float64 in {pack} data, input and output too",
                    "model.double() exported", vgg(DOUBLE, pack), twin="stored_float_raw.onnx", why_twin=NO_DOUBLE, **layers)
        yield Entry(f"stored_float16_{pack}.onnx", CONVERTER, f"float16 in {pack} data, input and output too",
                    "a file brought to half its size", vgg(FLOAT16, pack), twin="twin_float16.onnx", why_twin=IN_HALVES, **layers)
        yield Entry(f"stored_bfloat16_{pack}.onnx", ONNX_TOOLS, f"bfloat16 in {pack} data, input and output too",
                    "a network trained in bfloat16", vgg(BFLOAT16, pack),
                    twin="twin_bfloat16.onnx", why_twin=NO_BFLOAT16, **layers)
    for name, dtype in (("float16", FLOAT16), ("bfloat16", BFLOAT16)):
        yield Entry(f"twin_{name}.onnx", "written for the comparison", f"weights rounded to {name}, stored in float32", "none",
                    vgg(values_as=dtype), **layers)
        yield Entry(f"stored_{name}_cast.onnx", "quantisation and compression tools",
                    f"weights in {name}, each behind a Cast to float32", "weight-only compression", cast(dtype),
                    layers=["conv1", "fc2"],
                    **(dict(twin="twin_bfloat16.onnx", why_twin=NO_BFLOAT16) if dtype == BFLOAT16 else {}))
    yield Entry("stored_float16_border.onnx", CONVERTER,
                "float16 inside, a Cast behind the input and before the output", "the same with keep_io_types",
                vgg(FLOAT16, border=True),
                twin="twin_float16.onnx", why_twin=IN_HALVES, **layers)
    yield Entry("stored_constants.onnx", "PyTorch before 1.0, TensorFlow's older converters", "all weights in Constant nodes",
                "files whose constants were never made initializers", constants(), **layers)
    yield Entry("external_one/model.onnx", ONNX_TOOLS, "external data, all in one file with offsets", "networks above 2 GB",
                vgg(), external="one", **layers)
    yield Entry("external_each/model.onnx", ONNX_TOOLS, "external data, a file for each tensor", "PyTorch's exports above 2 GB",
                vgg(), external="each", twin="stored_float_raw.onnx", why_twin=SHAPES_INSIDE, **layers)


def build(g, weight, dtype=FLOAT, border=False):
    """Convolution, pool, Reshape by a constant, two dense layers. weight(name, *shape) adds a weight and names it."""
    outside = FLOAT if border else dtype
    x = g.input("input", ["N", 3, 16, 16], outside)
    if border:
        x = g.node("Cast", x, "graph_input_cast_0", to=dtype)
    for i, (inputs, outputs) in enumerate(((3, 6), (6, 8)), 1):
        x = g.node("Conv", [x, weight(f"conv{i}.weight", outputs, inputs, 3, 3), weight(f"conv{i}.bias", outputs)], f"conv{i}",
                   pads=[1, 1, 1, 1])
        x = g.node("MaxPool", g.node("Relu", x, f"relu{i}"), f"pool{i}", kernel_shape=[2, 2], strides=[2, 2])
    g.constant("flat", np.array([-1, 128], np.int64))
    x = g.node("Reshape", [x, "flat"], "reshape")
    x = g.node("Gemm", [x, weight("fc1.weight", 16, 128), weight("fc1.bias", 16)], "fc1", transB=1)
    x = g.node("Relu", x, "relu3")
    x = g.node("Gemm", [x, weight("fc2.weight", 10, 16), weight("fc2.bias", 10)], "fc2", transB=1)
    if border:
        x = g.node("Cast", x, "output", to=FLOAT)
    g.output(x, ["N", 10], outside)
    return g.model(13, "onnx", "1.12.0", 7, "stored")


def vgg(dtype=FLOAT, pack="raw", border=False, values_as=FLOAT):
    g = Graph(81, dtype, pack)

    def weight(name, *shape):
        values = g.values(*shape)
        return g.constant(name, values if values_as == FLOAT else rounded(values, values_as))

    return build(g, weight, dtype, border)


def cast(dtype):
    g = Graph(81)

    def weight(name, *shape):
        g.constant(f"{name}.stored", g.values(*shape), dtype)
        return g.node("Cast", f"{name}.stored", name, f"{name}.cast", to=FLOAT)

    return build(g, weight)


def constants():
    g = Graph(81)

    def weight(name, *shape):
        value = tensor("", g.values(*shape))
        g.nodes.append(helper.make_node("Constant", [], [name], name=f"Constant_{name}", value=value))
        return name

    return build(g, weight)
