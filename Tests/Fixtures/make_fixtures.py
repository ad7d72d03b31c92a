"""Makes the fixtures of this folder: three small networks as ONNX files, inputs, and the signals PyTorch finds in float64.

Run:       /usr/bin/python3 Tests/Fixtures/make_fixtures.py [--output DIR]
Packages:  Debian 12: python3-torch (1.13.1), python3-onnx (1.12.0), python3-numpy (1.24.2)
Time:      about ten seconds on one core. Two runs on one machine write the same bytes.

The steps for each network: seeded He weights (networks.py); export by torch.onnx; an input that stays clear of all kinks
(clear_input.py); the checks below; then scores and signals of the three rules (rules.py), written as .npy files
and listed in NAME.json. README.md says how to read the manifest.
"""

import argparse
import copy
import hashlib
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import numpy as np
import onnx
import torch
from torch import nn

import clear_input
import onnx_numpy
import rules
from networks import SmallAlexNet, SmallBranch, SmallVgg, initialise

# Every margin of every decision is at least this share of its layer's rms; float32 errs by about 1e-6 of it.
BOUND = 0.01

# For each network: its class; seeds of weights and of images; the module that gives the scores; the module where a signal is
# read half-way; the module of the inner neuron; the module that a whole tensor seeds, or None.
NETWORKS = {
    "small_vgg": (SmallVgg, 1, 10, "classifier.3", "features.9", "features.10", "features.14"),
    "small_alexnet": (SmallAlexNet, 2, 20, "classifier.3", "features.3", "features.5", None),
    "small_branch": (SmallBranch, 3, 30, "head.6", "pool", "residual.3", "add"),
}


def export(model, path):
    """PyTorch's own exporter, opset 13, with the batch as a symbolic dimension."""
    output = "probabilities" if any(isinstance(m, nn.Softmax) for m in model.modules()) else "scores"
    # PRESERVE keeps BatchNormalization as a node; EVAL would fold it into the convolution before it.
    keep = any(isinstance(m, nn.BatchNorm2d) for m in model.modules())
    torch.onnx.export(
        model, torch.zeros(2, *model.input_shape), str(path), opset_version=13,
        training=torch.onnx.TrainingMode.PRESERVE if keep else torch.onnx.TrainingMode.EVAL, do_constant_folding=not keep,
        input_names=["input"], output_names=[output], dynamic_axes={"input": {0: "batch"}, output: {0: "batch"}})
    return onnx_numpy.load(path)


def node_names(model, graph):
    """{module name: name of the node in the file that gives its output}; Dropout is not in the file."""
    found = {"input": "input"}
    for name, layer in model.named_modules():
        parts = name.split(".")
        scope = "/" + "/".join(".".join(parts[:i + 1]) for i in range(len(parts))) + "/"  # "a.b" is "/a/a.b/"
        nodes = [node.name for node in graph.node if node.name.startswith(scope)]
        if nodes and not list(layer.children()):
            found[name] = nodes[-1]
    return found


def relative(a, b):
    """||a - b|| / ||b||, of tensors or arrays."""
    a, b = (np.asarray(v) for v in (a, b))
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def require(condition, message):
    if not condition:
        raise RuntimeError(message)


def check_file(graph, images, outputs, nodes):
    """The file, evaluated by its definition in numpy, gives the model's output at every layer."""
    evaluated = onnx_numpy.evaluate(graph, images.numpy())
    for name, node in nodes.items():
        if name != "input":
            error = relative(evaluated[node], outputs[name].detach())
            require(error < 1e-12, f"{node}: the file and the model differ by {error}")


def check_decisions(single_model, double_model, images, nodes):
    """PyTorch's pools take the first maximum, and float32 decides as float64 does. Returns the manifest's table of layers."""
    single = clear_input.decisions(single_model, images)
    double = clear_input.decisions(double_model, images.double())
    margins = clear_input.margins(double_model, images.double())
    table = []
    for name, (layer, x) in double.items():
        _, x32 = single[name]
        if isinstance(layer, nn.MaxPool2d):
            require(clear_input.first_maximum_wins(layer, x), f"{name}: PyTorch does not take the first maximum")
            require(clear_input.first_maximum_wins(layer, x32), f"{name}: PyTorch does not take the first maximum in float32")
            layer.return_indices = True
            same = torch.equal(layer(x)[1], layer(x32)[1])
            layer.return_indices = False
        else:
            kinks = (0, 6) if isinstance(layer, nn.ReLU6) else (0,)
            same = all(torch.equal(x > kink, x32 > kink) for kink in kinks)
        require(same, f"{name}: float32 decides otherwise")
        rms = clear_input.rms(x)
        table.append({
            "layer": nodes[name],
            "decisions": margins[name].numel(),
            "input_rms": rounded(rms),
            "margin": rounded(margins[name].min()),
            "float32_error": rounded((x32 - x).abs().max() / rms),
        })
    return table


def check_gradient(model, images, layer, seed, signal):
    """<signal, direction> is the central difference of <seed, output> along a random direction."""
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(images.shape, generator=generator, dtype=torch.float64)
    step = 1e-5  # far below the margins: no kink lies between
    up, down = (rules.forward(model, images + s * direction)[layer] for s in (step, -step))
    difference = ((up - down) * seed).sum() / (2 * step)
    error = abs(float((signal * direction).sum() / difference) - 1)
    require(error < 1e-6, f"{layer}: the gradient and the central difference differ by {error}")


def rounded(value):
    """Three significant digits."""
    return float(f"{float(value):.3g}")


def one_hot(classes, like):
    seed = torch.zeros_like(like)
    seed[range(len(classes)), classes] = 1
    return seed


class Fixture:
    """The files of one network."""

    def __init__(self, folder, name):
        self.folder, self.name, self.cases = folder, name, []

    def path(self, suffix):
        return self.folder / f"{self.name}.{suffix}"

    def save(self, suffix, array):
        """Writes a .npy of version 1.0, little-endian, C order, in the tensor's own precision; returns its file name."""
        array = np.ascontiguousarray(array.detach().numpy())
        with open(self.path(suffix + ".npy"), "wb") as file:
            np.lib.format.write_array(file, array.astype(array.dtype.newbyteorder("<")), version=(1, 0))
        return self.path(suffix + ".npy").name

    def add(self, name, rule, seed, at, signal):
        require(bool(torch.isfinite(signal).all()), f"{name}: not finite")
        require(all(float(s.norm()) > 1e-6 for s in signal), f"{name}: the signal is zero")
        self.cases.append({"rule": rule, "seed": seed, "at": at, "expected": self.save(name, signal)})


def make(folder, name):
    network, weight_seed, image_seed, scores, half_way, inner, whole = NETWORKS[name]
    fixture = Fixture(folder, name)
    model = initialise(network(), weight_seed).requires_grad_(False)
    graph = export(model, fixture.path("onnx"))
    nodes = node_names(model, graph.graph)

    generator = torch.Generator().manual_seed(image_seed)
    start = clear_input.random_images(model.input_shape, generator)
    double_model = copy.deepcopy(model).double()
    images = clear_input.clear_images(double_model, start, BOUND)
    layers = check_decisions(model, double_model, images, nodes)

    by_rule = {rule: rules.under_rule(model, rule) for rule in rules.RULES}
    outputs = {rule: rules.forward(by_rule[rule], images.double()) for rule in rules.RULES}
    for rule in rules.RULES:
        check_file(graph, images, outputs[rule], nodes)
    values = outputs["gradient"]

    # The first image's best class, and the second image's best of the others.
    first = int(values[scores][0].argmax())
    second = next(int(c) for c in values[scores][1].argsort(descending=True) if c != first)
    classes = [first, second]
    # The inner neuron that is most active in both images.
    neuron = np.unravel_index(int(values[inner].amin(dim=0).argmax()), values[inner].shape[1:])
    c, y, x = (int(i) for i in neuron)

    # The seeds: name, module, its description in the manifest, the tensor.
    seeds = [("class", scores, {"kind": "class", "layer": nodes[scores], "classes": classes}, one_hot(classes, values[scores]))]
    seed = torch.zeros_like(values[inner])
    seed[:, c, y, x] = 1
    seeds.append(("neuron", inner, {"kind": "neuron", "layer": nodes[inner], "channel": c, "y": y, "x": x}, seed))
    if whole:
        # A deviation of 4, so that the signal itself crosses the upper bound of a Clip under f(r).
        seed = 4 * torch.randn(values[whole].shape, generator=generator)
        file = fixture.save("tensor.seed", seed)
        seeds.append(("tensor", whole, {"kind": "tensor", "layer": nodes[whole], "file": file}, seed.double()))

    for kind, layer, description, seed in seeds:
        signals = {rule: rules.backward(outputs[rule], layer, seed, "input") for rule in rules.RULES}
        for rule, signal in signals.items():
            fixture.add(f"{kind}.{rule}", rule, description, "input", signal)
            require(all(rule == other or relative(signal, signals[other]) > 0.1 for other in rules.RULES), "two rules agree")
        check_gradient(by_rule["gradient"], images.double(), layer, seed, signals["gradient"])
        if kind == "class":
            for rule in rules.RULES:
                signal = rules.backward(outputs[rule], layer, seed, half_way)
                fixture.add(f"{kind}.{rule}.half-way", rule, description, nodes[half_way], signal)

    manifest = {
        "name": name,
        "model": fixture.path("onnx").name,
        "model_sha256": hashlib.sha256(fixture.path("onnx").read_bytes()).hexdigest(),
        "input": {"name": "input", "file": fixture.save("input", images), "shape": list(images.shape)},
        "scores": {"layer": nodes[scores], "file": fixture.save("scores", values[scores])},
    }
    softmax = next((n for n, m in model.named_modules() if isinstance(m, nn.Softmax)), None)
    if softmax:
        manifest["probabilities"] = {"layer": nodes[softmax], "file": fixture.save("probabilities", values[softmax])}
        seed = one_hot(classes, values[softmax])
        signal = rules.backward(values, softmax, seed, "input")
        check_gradient(by_rule["gradient"], images.double(), softmax, seed, signal)
        fixture.add("posterior.gradient", "gradient", {"kind": "posterior", "layer": nodes[softmax], "classes": classes},
                    "input", signal)
    manifest |= {
        "cases": fixture.cases,
        "decisions": {"margin_bound": BOUND, "margin": min(row["margin"] for row in layers), "layers": layers},
        "random_seeds": {"weights": weight_seed, "images": image_seed},
        "parameters": sum(p.numel() for p in model.parameters()),
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__, "numpy": np.__version__},
    }
    fixture.path("json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8", newline="\n")
    print(f"{name}: {manifest['parameters']} parameters, margin {manifest['decisions']['margin']}, "
          f"float32 error {max(row['float32_error'] for row in layers)}, {len(fixture.cases)} signals")


def main():
    arguments = argparse.ArgumentParser(description="Makes the fixtures of Tests/Fixtures.")
    arguments.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder to write to")
    folder = arguments.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # one order of summation: the same bytes each time
    torch.use_deterministic_algorithms(True)
    for name in NETWORKS:
        make(folder, name)


if __name__ == "__main__":
    main()
