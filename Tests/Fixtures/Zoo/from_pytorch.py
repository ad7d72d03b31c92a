"""What torch.onnx.export writes (PyTorch 1.13.1, the TorchScript exporter), at every operator set that it can.

The graphs are real: only the networks are small. They mirror the exports of torchvision's vgg16, vgg16_bn, alexnet and
squeezenet, and of the networks that users derive from them.
"""

import io
import warnings

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn
from torch.onnx import TrainingMode

from builder import Entry

warnings.filterwarnings("ignore")
EXPORTER = "PyTorch 1.13.1, torch.onnx.export"


class View(nn.Module):
    """x.view(x.size(0), -1), which the exporter writes as Shape, Gather, Unsqueeze, Concat and Reshape."""

    def forward(self, x):
        return x.view(x.size(0), -1)


class ViewOpen(nn.Module):
    """x.view(-1, length)."""

    def forward(self, x):
        return x.view(-1, 128)


class Vgg(nn.Module):
    """torchvision.models.vgg in small: features, avgpool, flatten, classifier. Input [N, 3, 16, 16], ten classes."""

    def __init__(self, pool=None, flatten=None, norm=None, act=nn.ReLU, last=None, groups=1, classifier=None):
        super().__init__()
        layers, channels = [], 3
        for v in (6, "M", 8, "M"):
            if v == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers += [nn.Conv2d(channels, v, 3, padding=1, groups=groups if channels % groups == 0 else 1)]
            layers += [norm(v)] if norm else []
            layers += [act()]
            channels = v
        self.features = nn.Sequential(*layers)
        self.avgpool = pool or nn.AdaptiveAvgPool2d((4, 4))
        self.flatten = flatten or nn.Flatten()
        self.classifier = classifier or nn.Sequential(
            nn.Linear(8 * 4 * 4, 16), act(), nn.Dropout(), nn.Linear(16, 10))
        self.last = last

    def forward(self, x):
        x = self.classifier(self.flatten(self.avgpool(self.features(x))))
        return self.last(x) if self.last else x


class MatMulHead(nn.Module):
    """x @ w.t() + b, whose transposed weight stays in the graph unless constants are folded."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(10, 128)), nn.Parameter(torch.zeros(10))

    def forward(self, x):
        return x @ self.weight.t() + self.bias


def fill(model, seed):
    """Seeded weights by numpy, whose generator gives the same numbers everywhere and always."""
    random = np.random.RandomState(seed)
    for name, value in model.state_dict().items():
        if not value.dtype.is_floating_point:
            continue
        fan_in = int(np.prod(value.shape[1:])) if value.dim() > 1 else 100
        numbers = random.standard_normal(tuple(value.shape)) * (2 / fan_in) ** 0.5
        if name.endswith("running_var"):
            numbers = 0.5 + numbers ** 2
        elif value.dim() == 1 and name.endswith("weight"):
            numbers = 1 + numbers  # the scale of a normalisation
        value.copy_(torch.from_numpy(numbers).to(value.dtype))
    return model


def export(model, opset, dynamic=True, seed=1, size=16, dtype=torch.float32, **options):
    """The exporter's bytes, parsed again. dynamic: False for a fixed batch of one, True for an open one, "all" with sizes."""
    fill(model.eval(), seed)
    if dtype != torch.float32:
        model = model.to(dtype)
    axes = {0: "batch", 2: "height", 3: "width"} if dynamic == "all" else {0: "batch"}
    dynamic_axes = {"input": axes, "output": {0: "batch"}} if dynamic else None
    file = io.BytesIO()
    torch.onnx.export(model, torch.zeros(1, 3, size, size, dtype=dtype), file, opset_version=opset, input_names=["input"],
                      output_names=["output"], dynamic_axes=dynamic_axes, **options)
    return onnx.load_from_string(file.getvalue())


def entries():
    """One file for each operator set, then one for each particular form."""
    layers = ["/features/features.0/Conv", "/features/features.3/Conv", "/classifier/classifier.3/Gemm"]
    for opset in range(9, 18):
        yield Entry(f"pytorch_opset{opset:02}.onnx", EXPORTER, f"opset {opset}, as it comes, open batch",
                    "torchvision vgg16: AdaptiveAvgPool2d becomes AveragePool, torch.flatten a Flatten",
                    export(Vgg(), opset), layers=layers)

    def entry(name, form, mirrors, model, **kwargs):
        return Entry(f"pytorch_{name}.onnx", EXPORTER, form, mirrors, model, **kwargs)

    yield entry("fixed_batch", "opset 9, batch fixed to 1", "vgg16 exported without dynamic_axes", export(Vgg(), 9, False))
    for opset in (9, 13):
        yield entry(f"view_opset{opset:02}", f"opset {opset}, no constant folding: Shape, Gather, Unsqueeze, Concat, Reshape",
                    "VGG with x.view(x.size(0), -1), as older model files have it",
                    export(Vgg(flatten=View()), opset, do_constant_folding=False))
    yield entry("view_fixed", "opset 11, x.view(x.size(0), -1) at a fixed batch: Reshape to the constant [1, -1]",
                "the same, traced without dynamic_axes", export(Vgg(flatten=View()), 11, False))
    yield entry("view_open", "opset 13, Reshape to the constant [-1, 128]", "VGG with x.view(-1, 25088)",
                export(Vgg(flatten=ViewOpen()), 13))
    yield entry("matmul_unfolded", "opset 12, no constant folding: Transpose of a weight, MatMul, Add",
                "a head written as x @ w.t() + b", export(Vgg(classifier=MatMulHead()), 12, do_constant_folding=False))
    yield entry("initializers_as_inputs", "opset 9, keep_initializers_as_inputs", "files for ONNX Runtime before 1.0",
                export(Vgg(), 9, keep_initializers_as_inputs=True))
    yield entry("global_pool", "opset 11, AdaptiveAvgPool2d(1): GlobalAveragePool", "VGG with a global average, as CAM uses",
                export(Vgg(pool=nn.AdaptiveAvgPool2d(1), classifier=nn.Linear(8, 10)), 11))
    yield entry("average_2x2", "opset 13, AdaptiveAvgPool2d(2) on 4x4: AveragePool 2x2", "VGG on another input size",
                export(Vgg(pool=nn.AdaptiveAvgPool2d(2), classifier=nn.Linear(32, 10)), 13))
    yield entry("global_max_pool", "opset 13, AdaptiveMaxPool2d(1): MaxPool over the whole plane",
                "VGG with a global maximum (Oquab et al.)",
                export(Vgg(pool=nn.AdaptiveMaxPool2d(1), classifier=nn.Linear(8, 10)), 13))
    yield entry("open_size", "opset 13, open batch, height and width", "a fully convolutional VGG with a global average",
                export(Vgg(pool=nn.AdaptiveAvgPool2d(1), classifier=nn.Linear(8, 10)), 13, "all"), size=(20, 24))
    yield entry("bn_folded", "opset 13, BatchNormalization folded into Conv", "torchvision vgg16_bn",
                export(Vgg(norm=nn.BatchNorm2d), 13))
    yield entry("bn_opset09", "opset 9, BatchNormalization as a node", "vgg16_bn exported with TrainingMode.PRESERVE",
                export(Vgg(norm=nn.BatchNorm2d), 9, training=TrainingMode.PRESERVE, do_constant_folding=False))
    yield entry("bn_opset15", "opset 15, BatchNormalization as a node with training_mode 0", "the same, newer",
                export(Vgg(norm=nn.BatchNorm2d), 15, training=TrainingMode.PRESERVE, do_constant_folding=False))
    for opset in (10, 11, 17):
        form = "attributes" if opset < 11 else "inputs"
        yield entry(f"relu6_opset{opset}", f"opset {opset}, ReLU6 as Clip with its limits as {form}",
                    "VGG with nn.ReLU6, as in MobileNet", export(Vgg(act=nn.ReLU6), opset))
    yield entry("leaky_relu", "opset 13, LeakyRelu", "VGG with nn.LeakyReLU(0.1)",
                export(Vgg(act=lambda: nn.LeakyReLU(0.1)), 13))
    yield entry("groups", "opset 13, convolution in groups", "AlexNet's two groups, ResNeXt",
                export(Vgg(groups=2), 13))
    yield entry("softmax_opset11", "opset 11, Softmax at the end over an axis", "VGG with nn.Softmax(1)",
                export(Vgg(last=nn.Softmax(1)), 11))
    yield entry("softmax_opset13", "opset 13, Softmax at the end", "VGG with nn.Softmax(1)", export(Vgg(last=nn.Softmax(1)), 13))
    for opset in (12, 13):
        yield entry(f"log_softmax_opset{opset}", f"opset {opset}, LogSoftmax at the end",
                    "VGG with F.log_softmax, trained on NLLLoss",
                    export(Vgg(last=nn.LogSoftmax(1)), opset))
    yield entry("double", "opset 13, all in float64, input and output too", "model.double() exported",
                export(Vgg(), 13, dtype=torch.float64), twin="pytorch_opset13.onnx",
                why_twin="ONNX Runtime has no convolution in float64 on a processor")
    yield entry("sigmoid_head", "opset 13, Sigmoid at the end", "a VGG of several labels", export(Vgg(last=nn.Sigmoid()), 13))
    yield from refused(entry)


def refused(entry):
    """What a user may bring and NetViz does not take, or did not at first."""
    yield entry("silu", "opset 13, SiLU: x * Sigmoid(x)", "VGG with nn.SiLU",
                export(Vgg(act=nn.SiLU), 13), layers=["/features/features.1/Mul"])
    yield entry("prelu", "opset 13, PRelu", "VGG with nn.PReLU", export(Vgg(act=nn.PReLU), 13),
                layers=["/features/features.1/PRelu"])
    yield entry("lrn_chain", "opset 13, LocalResponseNorm taken apart: Pow, Pad, AveragePool over three axes and more",
                "AlexNet with nn.LocalResponseNorm", export(Vgg(norm=lambda _: nn.LocalResponseNorm(5), pool=nn.Identity()), 13),
                refusal=["/features/features.1/", "supported"])
    yield entry("training", "opset 13, exported in training mode", "vgg16_bn exported with TrainingMode.TRAINING",
                export(Vgg(norm=nn.BatchNorm2d), 13, training=TrainingMode.TRAINING, do_constant_folding=False),
                refusal=["training", "evaluation mode"])
    yield entry("training_dropout", "opset 12, Dropout with training_mode true", "vgg16 exported with TrainingMode.TRAINING",
                export(Vgg(), 12, training=TrainingMode.TRAINING, do_constant_folding=False),
                refusal=["(Dropout)", "training_mode is true", "evaluation mode"])
