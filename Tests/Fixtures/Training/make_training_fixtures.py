"""Makes the fixtures of this folder: what PyTorch's autograd and optimiser find in float64 when small layers and networks train.

Run:       /usr/bin/python3 Tests/Fixtures/Training/make_training_fixtures.py [--output DIR]
Packages:  Debian 12: python3-torch (1.13.1), python3-numpy (1.24.2)
Time:      about ten seconds on one core. Two runs on one machine write the same bytes.

Inputs, signals and first parameters are float32 numbers; everything is computed from them in float64. Each case is one .npy,
all its arrays one after the other, and an entry of training.json, which names them. README.md describes the cases.
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import clear_input

# Every ReLU and every pool of every step decides by at least this share of its layer's rms; float32 errs by some 1e-6 of it.
BOUND = 1e-4
STEPS = 5

# Of batch normalisation; epsilon as float32 has it.
EPSILON, MOMENTUM = float(np.float32(1e-5)), 0.1

# N, C, H, W, O, and the arguments of F.conv2d; kernels from 1x1 to 5x3.
CONVOLUTIONS = {
    "conv_3x3": (3, 17, 10, 9, 18, (3, 3), dict(padding=1)),
    "conv_1x1": (2, 5, 6, 7, 4, (1, 1), dict()),
    "conv_strides": (2, 3, 13, 12, 6, (5, 3), dict(stride=(2, 3), padding=(2, 1))),
    "conv_dilation": (2, 4, 11, 12, 5, (3, 3), dict(padding=2, dilation=2)),
    "conv_groups": (3, 6, 9, 8, 9, (3, 3), dict(padding=1, groups=3)),
    "conv_depthwise": (2, 5, 8, 9, 10, (3, 3), dict(stride=2, padding=1, dilation=2, groups=5)),
}

# Stages, hidden layers, classes, batch normalisation; inputs of 3x8x8.
NETWORKS = {
    "vgg_norm": ([[4, 6], [8]], [10], 5, True),
    "vgg_plain": ([[4], [6, 6]], [9, 7], 4, False),
}
BATCH = 6

OPTIMISERS = {
    "momentum": dict(nesterov=False, clip=0.0),
    "nesterov": dict(nesterov=True, clip=0.0),
    "clipped": dict(nesterov=False, clip=0.5),
    "nesterov_clipped": dict(nesterov=True, clip=0.5),
}
LEARNING_RATE, SGD_MOMENTUM, WEIGHT_DECAY, SMOOTHING = 0.05, 0.9, 5e-4, 0.1


def require(condition, message):
    if not condition:
        raise RuntimeError(message)


class Draw:
    """Seeded float32 numbers, held in float64."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, deviation=1.0, mean=0.0):
        numbers = mean + deviation * torch.randn(*shape, generator=self.generator, dtype=torch.float64)
        return numbers.float().double()

    def classes(self, count, classes):
        return torch.randint(classes, (count,), generator=self.generator)


class Fixtures:
    """The files of this folder."""

    def __init__(self, folder):
        self.folder, self.cases = folder, []

    def add(self, name, kind, arrays, **attributes):
        """Writes a case: its arrays in the order given, as one .npy of version 1.0, little-endian float64."""
        arrays = {key: np.asarray(value.detach() if torch.is_tensor(value) else value, dtype=np.float64)
                  for key, value in arrays.items()}
        for key, value in arrays.items():
            require(bool(np.isfinite(value).all()), f"{name}: {key} is not finite")
        with open(self.folder / f"{name}.npy", "wb") as file:
            whole = np.concatenate([value.ravel() for value in arrays.values()]).astype("<f8")
            np.lib.format.write_array(file, whole, version=(1, 0))
        self.cases.append({"name": name, "kind": kind, **attributes,
                           "arrays": [{"name": key, "shape": list(value.shape)} for key, value in arrays.items()]})


def check_slope(name, loss, variable, gradient):
    """<gradient, direction> is the central difference of the loss along a random direction."""
    direction = torch.randn(variable.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    step = 1e-6
    with torch.no_grad():
        difference = (loss(variable + step * direction) - loss(variable - step * direction)) / (2 * step)
        expected = (gradient * direction).sum()
        scale = gradient.norm() * direction.norm()
    require(abs(difference - expected) < 1e-6 * scale, f"{name}: the gradient and the central difference differ")


def convolution(fixtures, name, seed):
    n, c, h, w, o, kernel, arguments = CONVOLUTIONS[name]
    draw = Draw(seed)
    x = draw.normal(n, c, h, w).requires_grad_()
    weight = draw.normal(o, c // arguments.get("groups", 1), *kernel).requires_grad_()
    bias = draw.normal(o).requires_grad_()
    y = F.conv2d(x, weight, bias, **arguments)
    signal = draw.normal(*y.shape)
    y.backward(signal)
    check_slope(name, lambda v: (F.conv2d(x, v, bias, **arguments) * signal).sum(), weight.detach(), weight.grad)

    def pair(key, default):
        value = arguments.get(key, default)
        return list(value) if isinstance(value, tuple) else [value, value]

    fixtures.add(name, "conv", dict(
        input=x, weight=weight, bias=bias, signal=signal, output=y,
        input_signal=x.grad, weight_signal=weight.grad, bias_signal=bias.grad),
        strides=pair("stride", 1), pads=pair("padding", 0), dilations=pair("dilation", 1), groups=arguments.get("groups", 1))


def linear(fixtures, name, seed):
    draw = Draw(seed)
    x, weight, bias = (v.requires_grad_() for v in (draw.normal(7, 33), draw.normal(19, 33), draw.normal(19)))
    y = F.linear(x, weight, bias)
    signal = draw.normal(*y.shape)
    y.backward(signal)
    fixtures.add(name, "linear", dict(
        input=x, weight=weight, bias=bias, signal=signal, output=y,
        input_signal=x.grad, weight_signal=weight.grad, bias_signal=bias.grad))


def batch_normalization(fixtures, name, seed, shape, mean):
    draw = Draw(seed)
    x = draw.normal(*shape, mean=mean).requires_grad_()
    scale, shift = (v.requires_grad_() for v in (draw.normal(shape[1]), draw.normal(shape[1])))
    y = F.batch_norm(x, None, None, scale, shift, True, 0, EPSILON)
    signal = draw.normal(*y.shape)
    y.backward(signal)
    check_slope(name, lambda v: (F.batch_norm(v, None, None, scale, shift, True, 0, EPSILON) * signal).sum(),
                x.detach(), x.grad)
    axes = [0, *range(2, len(shape))]
    fixtures.add(name, "batch_normalization", dict(
        input=x, scale=scale, shift=shift, signal=signal, output=y, mean=x.mean(axes), variance=x.var(axes, unbiased=False),
        input_signal=x.grad, scale_signal=scale.grad, shift_signal=shift.grad))


def cross_entropy(fixtures, name, seed, smoothing):
    draw = Draw(seed)
    scores = draw.normal(6, 11, deviation=4.0).requires_grad_()
    classes = draw.classes(6, 11)
    loss = F.cross_entropy(scores, classes, label_smoothing=smoothing)
    loss.backward()
    check_slope(name, lambda v: F.cross_entropy(v, classes, label_smoothing=smoothing), scores.detach(), scores.grad)
    fixtures.add(name, "cross_entropy", dict(scores=scores, loss=loss, signal=scores.grad),
                 smoothing=smoothing, classes=classes.tolist())


def build(name, draw):
    """The network and {name in the manifest: (module, attribute)} of its parameters and running statistics, in order."""
    stages, hidden, classes, norm = NETWORKS[name]
    layers, names, channels, side = [], {}, 3, 8

    def linear_layer(kind, place, module, last=False):
        layers.append(module)
        names[f"{kind}{place}.weight"] = (module, "weight")
        if module.bias is not None:
            names[f"{kind}{place}.bias"] = (module, "bias")
        if last:
            return
        if norm:
            layers.append((nn.BatchNorm2d if kind == "conv" else nn.BatchNorm1d)(module.weight.shape[0], EPSILON, MOMENTUM))
            for ours, theirs in dict(scale="weight", shift="bias", mean="running_mean", variance="running_var").items():
                names[f"bn{place}.{ours}"] = (layers[-1], theirs)
        layers.append(nn.ReLU())

    for s, stage in enumerate(stages):
        for i, width in enumerate(stage):
            linear_layer("conv", f"{s + 1}_{i + 1}", nn.Conv2d(channels, width, 3, padding=1, bias=not norm))
            channels = width
        layers.append(nn.MaxPool2d(2))
        side //= 2
    layers.append(nn.Flatten())
    features, number = channels * side * side, len(stages) + 1
    for neurons in hidden:
        linear_layer("fc", number, nn.Linear(features, neurons, bias=not norm))
        features, number = neurons, number + 1
    linear_layer("fc", number, nn.Linear(features, classes), last=True)
    model = nn.Sequential(*layers).double().train()
    with torch.no_grad():
        for key, (module, attribute) in names.items():
            tensor = getattr(module, attribute)
            if key.endswith(".weight"):
                tensor.copy_(draw.normal(*tensor.shape, deviation=(2 / tensor[0].numel()) ** 0.5))
            elif key.endswith((".bias", ".shift")):
                tensor.copy_(draw.normal(*tensor.shape, deviation=0.1))
            elif key.endswith(".scale"):
                tensor.copy_(draw.normal(*tensor.shape, deviation=0.2, mean=1.0))
    return model, names


def values(names):
    return {key: getattr(module, attribute).detach().clone() for key, (module, attribute) in names.items()}


def smallest_margin(model, images):
    """The smallest margin of all decisions; the pass leaves the running statistics as they were."""
    state = {key: value.clone() for key, value in model.state_dict().items()}
    with torch.no_grad():
        margin = min(float(m.min()) for m in clear_input.margins(model, images).values())
    model.load_state_dict(state)
    return margin


def train(name, seed, nesterov, clip):
    """STEPS steps from the seed's network on the seed's pictures; None where a decision is too near to its kink."""
    draw = Draw(seed)
    model, names = build(name, draw)
    classes = NETWORKS[name][2]
    images, labels = draw.normal(STEPS, BATCH, 3, 8, 8), draw.classes(STEPS * BATCH, classes).view(STEPS, BATCH)
    learned = {key: entry for key, entry in names.items() if not key.endswith((".mean", ".variance"))}
    decays = [getattr(*entry) for key, entry in learned.items() if key.endswith(".weight")]
    others = [getattr(*entry) for key, entry in learned.items() if not key.endswith(".weight")]
    sgd = torch.optim.SGD([dict(params=decays, weight_decay=WEIGHT_DECAY), dict(params=others)], lr=LEARNING_RATE,
                          momentum=SGD_MOMENTUM, nesterov=nesterov)
    first, losses, norms, gradients, margin = values(names), [], [], None, np.inf
    for step in range(STEPS):
        margin = min(margin, smallest_margin(model, images[step]))
        if margin < BOUND:
            return None
        loss = F.cross_entropy(model(images[step]), labels[step], label_smoothing=SMOOTHING)
        sgd.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {key: getattr(*entry).grad.clone() for key, entry in learned.items()}
        losses.append(float(loss))
        # Not clip_grad_norm_, which divides by the norm + 1e-6.
        everything = [parameter.grad for parameter in decays + others]
        norms.append(float(torch.stack([g.norm() for g in everything]).norm()))
        for g in everything if 0 < clip < norms[-1] else []:
            g.mul_(clip / norms[-1])
        sgd.step()
    if clip > 0:
        require(sum(norm > clip for norm in norms) >= 2, f"{name}: the gradient is hardly ever clipped")
    return dict(first=first, images=images, labels=labels, losses=losses, norms=norms, gradients=gradients,
                last=values(names), margin=margin)


def network(fixtures, name):
    """One seed for which no optimiser comes near a kink in any step."""
    for seed in range(10000):
        runs = {}
        for optimiser, arguments in OPTIMISERS.items():
            runs[optimiser] = train(name, seed, **arguments)
            if runs[optimiser] is None:
                break
        else:
            break
    else:
        raise RuntimeError(f"{name}: no seed keeps its distance; try a smaller bound")
    stages, hidden, classes, norm = NETWORKS[name]
    one = runs["momentum"]
    arrays = {"images": one["images"]}
    arrays.update({f"first/{key}": value for key, value in one["first"].items()})
    arrays.update({f"gradient/{key}": value for key, value in one["gradients"].items()})
    for optimiser, run in runs.items():
        arrays[f"{optimiser}/losses"] = run["losses"]
        arrays[f"{optimiser}/norms"] = run["norms"]
        arrays.update({f"{optimiser}/last/{key}": value for key, value in run["last"].items()})
    fixtures.add(
        name, "network", arrays, stages=stages, hidden=hidden, output_classes=classes, batch_norm=norm,
        steps=STEPS, batch=BATCH, labels=one["labels"].tolist(), smoothing=SMOOTHING, learning_rate=LEARNING_RATE,
        sgd_momentum=SGD_MOMENTUM, weight_decay=WEIGHT_DECAY,
        optimisers=[{"name": key, **arguments} for key, arguments in OPTIMISERS.items()],
        margin=float(f"{min(run['margin'] for run in runs.values()):.3g}"), seed=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent, metavar="DIR")
    folder = parser.parse_args().output
    torch.set_num_threads(1)
    fixtures = Fixtures(folder)
    for i, name in enumerate(CONVOLUTIONS):
        convolution(fixtures, name, 100 + i)
    linear(fixtures, "linear", 200)
    batch_normalization(fixtures, "batch_normalization", 300, (3, 5, 6, 7), 0.0)
    batch_normalization(fixtures, "batch_normalization_off_centre", 301, (4, 3, 5, 5), 8.0)
    batch_normalization(fixtures, "batch_normalization_rank_2", 302, (9, 13), 0.0)
    cross_entropy(fixtures, "cross_entropy", 400, 0.0)
    cross_entropy(fixtures, "cross_entropy_smoothed", 401, 0.1)
    for name in NETWORKS:
        network(fixtures, name)
    with open(folder / "training.json", "w", encoding="utf-8") as file:
        text = json.dumps({"torch": torch.__version__, "epsilon": EPSILON, "cases": fixtures.cases}, indent=1)
        # Lists of numbers and arrays with their shapes on one line each.
        text = re.sub(r"\[\s+([-\d.,\s]+?)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text)
        file.write(re.sub(r"\{\s+(\"name\": [^{}]+?)\s+\}", lambda match: "{" + re.sub(r"\s+", " ", match[1]) + "}", text) + "\n")


if __name__ == "__main__":
    main()
