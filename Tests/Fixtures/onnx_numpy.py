"""The forward pass of an ONNX file in numpy and float64, node by node from the operators' definitions.

It shares nothing with PyTorch, so it tells whether the exported file means what the PyTorch model computes. It knows only
the operators and attributes that the three fixtures use, and refuses others.
"""

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import helper, numpy_helper


def _windows(x, kernel, strides):
    """Windows [N,C,OH,OW,KH,KW] of x [N,C,H,W]."""
    return sliding_window_view(x, kernel, axis=(2, 3))[:, :, ::strides[0], ::strides[1]]


def _padded(x, pads, value, ceil=None):
    """x with ONNX pads [top, left, bottom, right]; with ceil = (kernel, strides) also room for the last, partial windows."""
    top, left, bottom, right = pads
    if ceil:
        (kh, kw), (sh, sw) = ceil
        bottom += -(x.shape[2] + top + bottom - kh) % sh
        right += -(x.shape[3] + left + right - kw) % sw
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)


def conv(x, weight, bias=None, *, kernel_shape, strides, pads, group, dilations):
    assert dilations == [1, 1]
    windows = _windows(_padded(x, pads, 0.0), kernel_shape, strides)
    parts = zip(np.split(windows, group, axis=1), np.split(weight, group, axis=0))
    y = np.concatenate([np.einsum("nchwij,ocij->nohw", w, k, optimize=True) for w, k in parts], axis=1)
    return y if bias is None else y + bias[:, None, None]


def lrn(x, *, size, alpha, beta, bias):
    channels = x.shape[1]
    below, above = (size - 1) // 2, size // 2  # floor and ceil of (size - 1) / 2
    windows = (x[:, max(0, c - below):min(channels - 1, c + above) + 1] for c in range(channels))
    square_sums = np.stack([(w ** 2).sum(axis=1) for w in windows], axis=1)
    return x / (bias + alpha / size * square_sums) ** beta


def max_pool(x, *, kernel_shape, strides, pads, ceil_mode):
    return _windows(_padded(x, pads, -np.inf, (kernel_shape, strides) if ceil_mode else None), kernel_shape, strides).max((4, 5))


def average_pool(x, *, kernel_shape, strides, pads, ceil_mode=0, count_include_pad=0):
    assert not ceil_mode
    sums = _windows(_padded(x, pads, 0.0), kernel_shape, strides).sum((4, 5))
    counted = _padded(np.ones_like(x), pads, float(count_include_pad))
    return sums / _windows(counted, kernel_shape, strides).sum((4, 5))


def batch_normalization(x, scale, shift, mean, variance, *, epsilon, momentum):
    scale, shift, mean, variance = (v[:, None, None] for v in (scale, shift, mean, variance))
    return scale * (x - mean) / np.sqrt(variance + epsilon) + shift


def pad(x, pads, value=0.0, *, mode):
    assert mode == b"constant"
    return np.pad(x, np.asarray(pads, int).reshape(2, -1).T, constant_values=value)


def gemm(a, b, c, *, alpha, beta, transB):
    return alpha * (a @ (b.T if transB else b)) + beta * c


def softmax(x, *, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


OPERATORS = {
    "Conv": conv,
    "LRN": lrn,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Pad": pad,
    "Gemm": gemm,
    "Softmax": softmax,
    "Relu": lambda x: np.maximum(x, 0),
    "LeakyRelu": lambda x, *, alpha: np.where(x < 0, alpha * x, x),
    "Clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdims=True),
    "Flatten": lambda x, *, axis: x.reshape(int(np.prod(x.shape[:axis])), -1),
    "Concat": lambda *xs, axis: np.concatenate(xs, axis),
    "Add": lambda a, b: a + b,
    "Identity": lambda x: x,
    "Constant": lambda *, value: numpy_helper.to_array(value),
}


def evaluate(model, images):
    """{node name: output} of an onnx.ModelProto on images [N,C,H,W]."""
    def double(array):
        return array.astype(np.float64) if array.dtype == np.float32 else array

    values = {i.name: double(numpy_helper.to_array(i)) for i in model.graph.initializer}
    values[model.graph.input[0].name] = double(images)
    outputs = {}
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        output = double(OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes))
        values[node.output[0]] = outputs[node.name] = output
    return outputs


def load(path):
    """The file, after the checker's full check with shape inference."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model
