#!/usr/bin/python3
"""The grid pointing game in PyTorch, as a peer of `netviz evaluate --metric grid-pointing-game`.

    grid_pointing_game.py MODEL.onnx FOLDER [PICTURES] [THREADS]

MODEL.onnx is a VGG of convolutions, rectifiers, max-poolings and fully connected layers, such as the network that ships with NetViz;
FOLDER holds a folder of pictures for each class, in the order of the network's classes. Mosaics of 2x2 pictures that the network knows
with a probability of 0.9 or more; fully connected layers slide as convolutions, and the score of a class is its mean over all places.
Three maps: gradient, DeconvNet and guided. Prints the mean share of each map's mass in the right cell, the pictures a second and the
processor time. Needs Debian's python3-torch, python3-onnx and python3-pil.
"""
import json
import os
import random
import sys
import time

import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F
from PIL import Image

BATCH, CELLS, CONFIDENCE = 16, 2, 0.9


class RuleRelu(torch.autograd.Function):
    rule = "gradient"

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x > 0)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, r):
        (active,) = ctx.saved_tensors
        if RuleRelu.rule != "gradient":
            r = r.clamp(min=0)
        return r if RuleRelu.rule == "deconvnet" else r * active


def layers_of(path):
    graph = onnx.load(path).graph
    weights = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in graph.initializer}
    layers = []
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Cast" and node.input[0] in weights:
            # Weights are stored as float16.
            weights[node.output[0]] = weights[node.input[0]].float()
        elif node.op_type == "Conv":
            bias = weights[node.input[2]] if len(node.input) > 2 else None
            layers.append(("conv", weights[node.input[1]], bias, attributes.get("pads", [0])[0], attributes.get("strides", [1])[0]))
        elif node.op_type == "Relu":
            layers.append(("relu",))
        elif node.op_type == "MaxPool":
            layers.append(("pool", attributes["kernel_shape"][0], attributes["strides"][0]))
        elif node.op_type == "Gemm":
            weight = weights[node.input[1]]
            layers.append(("full", weight if attributes.get("transB", 0) else weight.t().contiguous(), weights[node.input[2]]))
        elif node.op_type in ("Flatten", "Dropout", "Softmax", "Identity", "Reshape"):
            continue
        else:
            raise SystemExit(f"{path}: {node.op_type} is not supported")
    return layers


def scores_of(layers, x, side):
    """Class scores, the mean over the places to which the fully connected layers slide."""
    first = True
    for layer in layers:
        if layer[0] == "conv":
            x = F.conv2d(x, layer[1], layer[2], stride=layer[4], padding=layer[3])
        elif layer[0] == "relu":
            x = RuleRelu.apply(x)
        elif layer[0] == "pool":
            x = F.max_pool2d(x, layer[1], layer[2])
        else:
            out, inputs = layer[1].shape
            own = side if first else 1
            x = F.conv2d(x, layer[1].reshape(out, inputs // (own * own), own, own), layer[2])
            first = False
    return x.mean(dim=(2, 3))


def main():
    path, folder = sys.argv[1:3]
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else os.cpu_count())
    metadata = {p.key: p.value for p in onnx.load(path).metadata_props}
    numbers = [json.loads(v) for v in metadata.values() if v.startswith("{") and "mean" in v]
    mean = np.array(numbers[0]["mean"] if numbers else [0.47421125, 0.44415492, 0.37735102], np.float32)
    deviation = np.array(numbers[0].get("deviation", numbers[0].get("std")) if numbers else [0.27348998, 0.26179746, 0.27774194], np.float32)
    layers = layers_of(path)
    start, processor = time.time(), time.process_time()
    files = [(c, os.path.join(folder, d, f)) for c, d in enumerate(sorted(os.listdir(folder))) for f in sorted(os.listdir(os.path.join(folder, d)))]
    files = [files[i * len(files) // most] for i in range(min(most, len(files)))]
    pictures = []
    for c, f in files:
        pixels = np.asarray(Image.open(f).convert("RGB"), np.float32) / 255
        pictures.append((c, torch.from_numpy(((pixels - mean) / deviation).transpose(2, 0, 1).copy())))
    size = pictures[0][1].shape[1]
    side = size // np.prod([layer[2] for layer in layers if layer[0] == "pool"], dtype=int)
    known = []
    with torch.no_grad():
        for i in range(0, len(pictures), BATCH):
            some = pictures[i:i + BATCH]
            p = scores_of(layers, torch.stack([x for _, x in some]), side).softmax(1)
            known += [picture for picture, row in zip(some, p) if row[picture[0]] >= CONFIDENCE]
    chance = random.Random(1)
    mosaics = []
    for c, x in known:
        cells, classes = [], {c}
        while len(cells) < CELLS * CELLS - 1:
            other = chance.choice(known)
            if other[0] not in classes:
                classes.add(other[0])
                cells.append(other[1])
        cell = chance.randrange(CELLS * CELLS)
        cells.insert(cell, x)
        mosaics.append((c, cell, torch.cat([torch.cat(cells[r * CELLS:(r + 1) * CELLS], 2) for r in range(CELLS)], 1)))
    shares = {rule: [] for rule in ("gradient", "deconvnet", "guided")}
    for i in range(0, len(mosaics), BATCH):
        some = mosaics[i:i + BATCH]
        for rule in shares:
            RuleRelu.rule = rule
            x = torch.stack([m for _, _, m in some]).requires_grad_()
            score = scores_of(layers, x, side)
            (signal,) = torch.autograd.grad(score[torch.arange(len(some)), [c for c, _, _ in some]].sum(), x)
            maps = signal.abs().amax(1)
            for (_, cell, _), m in zip(some, maps):
                top, left = cell // CELLS * size, cell % CELLS * size
                shares[rule].append(float(m[top:top + size, left:left + size].sum() / m.sum()))
    seconds = time.time() - start
    for rule, values in shares.items():
        print(f"{rule}: {np.mean(values):.3f} over {len(values)} mosaics")
    print(f"{len(pictures)} pictures, {len(pictures) / seconds:.1f} pictures/s, {time.process_time() - processor:.1f} s of processor time")


if __name__ == "__main__":
    main()
