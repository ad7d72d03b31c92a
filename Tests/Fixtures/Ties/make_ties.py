"""Makes the fixtures of this folder: signals of the default network on pictures full of ties, by PyTorch in float64.

Run:       /usr/bin/python3 Tests/Fixtures/Ties/make_ties.py [--output DIR]
Packages:  Debian 12: python3-torch (1.13.1), python3-onnx (1.12.0), python3-numpy (1.24.2)
Time:      a few seconds on one core.

The network is Weights/Default/netviz-vgg.onnx, its float32 weights taken to float64. A picture is a function of its place; the
test draws the same one. For each picture and rule the file PICTURE.RULE.npy holds the signal of the class with the highest score
at the input, [1, 3, 64, 64], float32. PyTorch's max-pooling takes the first of equal values in row-major order.
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

import rules

SIDE = 64


def grey(value):
    return (value, value, value)


def inside(x, y, share):
    return (x - SIDE / 2) ** 2 + (y - SIDE / 2) ** 2 < SIDE * SIDE / share


PICTURES = {
    "halves": lambda x, y: grey(0 if x < SIDE // 2 else 255),
    "checker-16": lambda x, y: grey((x // 16 + y // 16) % 2 * 255),
    "disc-on-white": lambda x, y: (200, 30, 30) if inside(x, y, 12.0) else (255, 255, 255),
}


class Rectify(torch.autograd.Function):
    """max(x, 0); backward by the rule."""

    @staticmethod
    def forward(ctx, x, rule):
        ctx.rule = rule
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, r):
        x, = ctx.saved_tensors
        below = r if ctx.rule == "gradient" else r.clamp(min=0)
        return (below if ctx.rule == "deconvnet" else below * (x > 0)), None


def scores(graph, weights, images, rule):
    """The graph's nodes in order, up to the softmax."""
    values = {graph.input[0].name: images}
    for node in graph.node:
        if node.op_type == "Cast":
            weights[node.output[0]] = weights[node.input[0]]
            continue
        x = values[node.input[0]]
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv":
            w, b = (weights[name] for name in node.input[1:])
            y = F.conv2d(x, w, b, attributes.get("strides", 1), attributes["pads"][0] if "pads" in attributes else 0)
        elif node.op_type == "Relu":
            y = Rectify.apply(x, rule)
        elif node.op_type == "MaxPool":
            y = F.max_pool2d(x, attributes["kernel_shape"], attributes["strides"])
        elif node.op_type == "Flatten":
            y = x.flatten(1)
        elif node.op_type == "Gemm":
            w, b = (weights[name] for name in node.input[1:])
            y = F.linear(x, w if attributes.get("transB") else w.T, b)
        elif node.op_type == "Softmax":
            return x
        else:
            raise RuntimeError(f"{node.op_type} is not expected in the default network")
        values[node.output[0]] = y
    return y


def preprocess(model, picture):
    """The network's input, as the engine computes it: in float32, then taken to float64."""
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    settings = json.loads(metadata["netviz.preprocessing"])
    mean, deviation = (np.array(settings[key], np.float32) for key in ("mean", "deviation"))
    pixels = np.array([[picture(x, y) for x in range(SIDE)] for y in range(SIDE)], np.float32)
    values = (pixels / np.float32(255) - mean) / deviation
    return torch.from_numpy(values.transpose(2, 0, 1)[None].astype(np.float64))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    output = parser.parse_args().output
    model = onnx.load(Path(__file__).resolve().parents[3] / "Weights" / "Default" / "netviz-vgg.onnx")
    weights = {t.name: torch.from_numpy(numpy_helper.to_array(t).astype(np.float32).astype(np.float64))
               for t in model.graph.initializer}
    for name, picture in PICTURES.items():
        for rule in rules.RULES:
            images = preprocess(model, picture).requires_grad_()
            s = scores(model.graph, weights, images, rule)
            s[0, int(s.argmax())].backward()
            np.save(output / f"{name}.{rule}.npy", images.grad.numpy().astype(np.float32))


if __name__ == "__main__":
    main()
