"""A graph put together node by node, and the entry of zoo.json that goes with its file."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# The element types of floating-point tensors, and how numpy's float32 becomes their bytes.
FLOAT, FLOAT16, DOUBLE, BFLOAT16 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16


@dataclass
class Entry:
    """One file of the zoo.

    exporter, form: what wrote such files, and what is particular about this one; mirrors: the real graph it follows;
    refusal: texts that the refusal has to contain (none: the file loads); layers: node names that --at and seeds must
    find; layout: of the input; size: columns and rows for inputs that leave them open; twin: another file of the zoo
    with the same network in float32 and an operator set that ONNX Runtime runs, where it cannot run this one; why_twin:
    the reason.
    """

    file: str
    exporter: str
    form: str
    mirrors: str
    model: onnx.ModelProto
    refusal: list = field(default_factory=list)
    layers: list = field(default_factory=list)
    twin: str = ""
    why_twin: str = ""
    layout: str = "NCHW"
    size: tuple = ()
    external: str = ""  # "", "one" (all tensors in one file beside the model) or "each" (one file per tensor)

    def record(self):
        """What zoo.json says."""
        expectation = {"expectation": "refused", "refusal": self.refusal} if self.refusal else {"expectation": "loads"}
        twin = {"twin": self.twin, "why_twin": self.why_twin} if self.twin else {}
        size = {"size": list(self.size)} if self.size else {}
        batch = self.model.graph.input[0].type.tensor_type.shape.dim[0]
        loaded = {"fixed_batch": batch.HasField("dim_value"), "layers": self.layers, "layout": self.layout, **size, **twin}
        return {"file": self.file, "exporter": self.exporter, "form": self.form, "mirrors": self.mirrors, **expectation,
                **({} if self.refusal else loaded)}


class Graph:
    """Nodes and constants in the order in which they are added. Weights come from a seed: He's deviation, small biases."""

    def __init__(self, seed, dtype=FLOAT, pack="raw"):
        self.random = np.random.RandomState(seed)
        self.dtype, self.pack = dtype, pack
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []

    def input(self, name, shape, dtype=None):
        self.inputs.append(helper.make_tensor_value_info(name, dtype or self.dtype, shape))
        return name

    def output(self, name, shape, dtype=None):
        self.outputs.append(helper.make_tensor_value_info(name, dtype or self.dtype, shape))
        return name

    def values(self, *shape, around=0.0, scale=None):
        """Random float32 numbers; as weights [O, ...] by default, as biases for a single axis."""
        if scale is None:
            scale = 0.1 if len(shape) == 1 else (2 / np.prod(shape[1:])) ** 0.5
        return (around + scale * self.random.standard_normal(shape)).astype(np.float32)

    def weight(self, name, *shape, **kwargs):
        return self.constant(name, self.values(*shape, **kwargs))

    def constant(self, name, array, dtype=None, pack=None):
        """An initializer: floating-point numbers in the graph's type and packing, anything else as it is."""
        self.initializers.append(tensor(name, array, dtype or self.dtype, pack or self.pack))
        return name

    def node(self, op, inputs, output, name=None, **attributes):
        """Adds a node; its output's name, the first of several."""
        outputs = [output] if isinstance(output, str) else output
        inputs = inputs if isinstance(inputs, list) else [inputs]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=output if name is None else name, **attributes))
        return outputs[0]

    def constant_node(self, output, array, name=None):
        return self.node("Constant", [], output, name, value=tensor("", array, self.dtype, self.pack))

    def model(self, opset, producer, version="", ir=7, name="graph", initializers_are_inputs=False, domains=()):
        inputs = list(self.inputs)
        if initializers_are_inputs:
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in self.initializers]
        graph = helper.make_graph(self.nodes, name, inputs, self.outputs, self.initializers)
        imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, v) for d, v in domains]
        model = helper.make_model(graph, opset_imports=imports, producer_name=producer, producer_version=version)
        model.ir_version = ir
        return model


def tensor(name, array, dtype=FLOAT, pack="raw"):
    """A TensorProto. pack: "raw" for raw_data, "typed" for float_data, double_data, int32_data (16-bit floats), int64_data."""
    array = np.asarray(array)
    if array.dtype != np.float32:
        found = numpy_helper.from_array(array, name)
        return found if pack == "raw" else helper.make_tensor(name, found.data_type, array.shape, array.flatten().tolist())
    proto = TensorProto(name=name, data_type=dtype, dims=array.shape)
    if dtype == BFLOAT16:
        patterns = to_bfloat16(array)
    elif dtype == FLOAT16:
        patterns = array.astype(np.float16).view(np.uint16)
    if pack == "raw":
        stored = {FLOAT: array, DOUBLE: array.astype(np.float64)}.get(dtype)
        proto.raw_data = (patterns if stored is None else stored).tobytes()
    elif dtype == FLOAT:
        proto.float_data.extend(array.flatten().tolist())
    elif dtype == DOUBLE:
        proto.double_data.extend(array.flatten().tolist())
    else:
        proto.int32_data.extend(patterns.flatten().tolist())
    return proto


def to_bfloat16(array):
    """The upper halves of float32 numbers, rounded to nearest, ties to even."""
    bits = array.view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def rounded(array, dtype):
    """Float32 numbers as they come out of another type."""
    if dtype == FLOAT16:
        return array.astype(np.float16).astype(np.float32)
    return (to_bfloat16(array).astype(np.uint32) << 16).view(np.float32)
