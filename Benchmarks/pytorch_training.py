"""The peer of `dotnet run -c Release --project Benchmarks -- training`: the same network, trained by plain PyTorch.

Run by the benchmark with a folder that holds network.json (layers as in VggArchitecture, optimiser, threads), the first
parameters, the images [N, C, H, W] and the classes [N], all as .npy. Writes one line of JSON with the parameter count and the
first loss; then, for each number k read from standard input, trains k steps and writes one line with their times in seconds.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def build(description):
    """The network, and {our name of a parameter: PyTorch's parameter}."""
    norm, layers, named = description["batchNorm"], [], {}
    channels, side = description["inputChannels"], description["inputSize"]

    def add(name, place, layer, norm_layer):
        layers.append(layer)
        named[f"{name}{place}.weight"] = layer.weight
        if layer.bias is not None:
            named[f"{name}{place}.bias"] = layer.bias
        if norm_layer is None:
            return
        if norm:
            layers.append(norm_layer(layer.weight.shape[0]))
            named[f"bn{place}.scale"], named[f"bn{place}.shift"] = layers[-1].weight, layers[-1].bias
        layers.append(nn.ReLU(inplace=True))

    for s, stage in enumerate(description["stages"]):
        for i, width in enumerate(stage):
            add("conv", f"{s + 1}_{i + 1}", nn.Conv2d(channels, width, 3, padding=1, bias=not norm), nn.BatchNorm2d)
            channels = width
        layers.append(nn.MaxPool2d(2))
        side //= 2
    layers.append(nn.Flatten())
    features, number = channels * side * side, len(description["stages"]) + 1
    for neurons in description["hidden"]:
        add("fc", number, nn.Linear(features, neurons, bias=not norm), nn.BatchNorm1d)
        features, number = neurons, number + 1
    add("fc", number, nn.Linear(features, description["classes"]), None)
    return nn.Sequential(*layers).train(), named


def main():
    folder = Path(sys.argv[1])
    description = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    torch.set_num_threads(description["threads"])
    model, named = build(description)
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(torch.from_numpy(np.load(folder / f"{name}.npy")))
    images = torch.from_numpy(np.load(folder / "images.npy"))
    classes = torch.from_numpy(np.load(folder / "classes.npy")).long()
    decay = description["weightDecay"]
    sgd = torch.optim.SGD(
        [dict(params=[p for name, p in named.items() if name.endswith(".weight")], weight_decay=decay),
         dict(params=[p for name, p in named.items() if not name.endswith(".weight")], weight_decay=0.0)],
        lr=description["learningRate"], momentum=description["momentum"], nesterov=description["nesterov"])

    def say(message):
        print(json.dumps(message), flush=True)

    def loss_of_batch():
        return F.cross_entropy(model(images), classes, label_smoothing=description["smoothing"])

    with torch.no_grad():
        # In training form, as all that follows; the running statistics that this moves are read by nothing.
        loss = float(loss_of_batch())
    say({"parameters": sum(p.numel() for p in model.parameters()), "loss": loss, "version": torch.__version__,
         "threads": torch.get_num_threads()})

    for line in sys.stdin:
        steps = []
        for _ in range(int(line)):
            began = time.perf_counter()
            sgd.zero_grad(set_to_none=True)
            loss = loss_of_batch()
            forward = time.perf_counter()
            loss.backward()
            backward = time.perf_counter()
            sgd.step()
            steps.append({"forward": forward - began, "backward": backward - forward,
                          "step": time.perf_counter() - backward, "loss": loss.item()})
        say(steps)


if __name__ == "__main__":
    main()
