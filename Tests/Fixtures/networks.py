"""The three networks, with seeded He weights. All hyper-parameters are exact in float32, as ONNX attributes are float32."""

import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore", message=".*_graph_op.*")  # torch 1.13 deprecates the g.op it documents


class _OnnxLRN(torch.autograd.Function):
    """F.local_response_norm, exported as one LRN node (PyTorch itself would write Pad, AveragePool, Pow and Div)."""

    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        return F.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def symbolic(g, x, size, alpha, beta, k):
        return g.op("LRN", x, size_i=size, alpha_f=alpha, beta_f=beta, bias_f=k).setType(x.type())


class LRN(nn.Module):
    """y = x / (k + alpha/size * sum of x^2 over the channel window)^beta, in PyTorch and in ONNX.

    The windows are c - size//2 .. c + (size-1)//2 in PyTorch and c - (size-1)//2 .. c + size//2 in ONNX: the
    same for odd sizes only.
    """

    def __init__(self, size, alpha, beta, k):
        super().__init__()
        assert size % 2 == 1
        self.arguments = (size, alpha, beta, k)

    def forward(self, x):
        return (_OnnxLRN.apply if torch.onnx.is_in_onnx_export() else F.local_response_norm)(x, *self.arguments)


class _OnnxPaddedAverage(torch.autograd.Function):
    """F.avg_pool2d, exported as AveragePool with count_include_pad=1 (PyTorch itself would write Pad and AveragePool)."""

    @staticmethod
    def forward(ctx, x, kernel, stride, padding):
        return F.avg_pool2d(x, kernel, stride, padding)

    @staticmethod
    def symbolic(g, x, kernel, stride, padding):
        attributes = dict(kernel_shape_i=[kernel] * 2, strides_i=[stride] * 2, pads_i=[padding] * 4)
        return g.op("AveragePool", x, count_include_pad_i=1, **attributes).setType(x.type().with_sizes([None] * 4))


class PaddedAverage(nn.Module):
    """Average over kernel x kernel, padding counted."""

    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.arguments = (kernel, stride, padding)

    def forward(self, x):
        return (_OnnxPaddedAverage.apply if torch.onnx.is_in_onnx_export() else F.avg_pool2d)(x, *self.arguments)


class Concat(nn.Module):
    """A module, so that its output has a name here and in the file."""

    def forward(self, *inputs):
        return torch.cat(inputs, dim=1)


class Add(nn.Module):
    """A module, so that its output has a name here and in the file."""

    def forward(self, a, b):
        return a + b


class SmallVgg(nn.Module):
    """[N,3,32,32] -> ten scores: pairs of 3x3 convolutions, then 2x2 pools, then two fully connected layers."""

    input_shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for width in (12, 24, 32):
            for _ in range(2):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(nn.Linear(32 * 4 * 4, 128), nn.ReLU(), nn.Dropout(), nn.Linear(128, 10))

    def forward(self, x):
        return self.classifier(self.flatten(self.features(x)))


class SmallAlexNet(nn.Module):
    """[N,3,63,70] -> ten probabilities: LRN, overlapping pools, groups, stride 4. Height and width differ on purpose; the
    strides leave a rest at the right edge, so that the last columns of the input touch no window."""

    input_shape = (3, 63, 70)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 11, stride=4, padding=2),  # 15 x 16
            nn.ReLU(),
            LRN(5, alpha=0.5, beta=0.75, k=2.0),
            nn.MaxPool2d(3, 2),  # 7 x 7
            nn.Conv2d(16, 32, 5, padding=2, groups=2),
            nn.ReLU(),
            LRN(3, alpha=1.0, beta=0.5, k=1.0),
            nn.MaxPool2d(3, 2),  # 3 x 3
            nn.Conv2d(32, 48, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1, groups=2),
            nn.ReLU(),
        )
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(48 * 3 * 3, 96), nn.ReLU(), nn.Linear(96, 10), nn.Softmax(dim=1))

    def forward(self, x):
        return self.classifier(self.flatten(self.features(x)))


class SmallBranch(nn.Module):
    """[N,3,20,24] -> five scores: a fire module with a pool branch and Concat, then a residual block with Add."""

    input_shape = (3, 20, 24)

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1, bias=False),  # 20 x 24
            nn.BatchNorm2d(16),
            nn.LeakyReLU(0.125),
            nn.AvgPool2d(3, 2, 1, count_include_pad=False),  # 10 x 12
        )
        self.squeeze = nn.Sequential(nn.Conv2d(16, 8, 1), nn.ReLU())
        self.expand1 = nn.Sequential(nn.Conv2d(8, 16, 1), nn.ReLU())
        self.expand3 = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU())
        self.pooled = nn.Sequential(PaddedAverage(3, 1, 1), nn.Conv2d(16, 8, 1), nn.ReLU())
        self.concat = Concat()
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)  # 5 x 6, the last windows hang over the edge
        self.residual = nn.Sequential(
            nn.Conv2d(40, 40, 3, padding=1, bias=False),
            nn.BatchNorm2d(40),
            nn.ReLU6(),
            nn.Conv2d(40, 40, 3, padding=1, bias=False),
            nn.BatchNorm2d(40),
        )
        self.add = Add()
        self.head = nn.Sequential(
            nn.LeakyReLU(0.25),
            nn.AvgPool2d(3, 2, 1, count_include_pad=True),  # 3 x 3; PyTorch writes Pad and AveragePool
            nn.Conv2d(40, 24, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(24, 5),
        )

    def forward(self, x):
        x = self.stem(x)
        fire = self.squeeze(x)
        x = self.concat(self.expand1(fire), self.expand3(fire), self.pooled(x))
        x = self.pool(x)
        return self.head(self.add(x, self.residual(x)))


def initialise(model, seed):
    """He initialisation: weights ~ N(0, 2 / fan_in), biases ~ N(0, 0.1^2); BatchNormalization as after some training.

    The normalisation before ReLU6 gets a scale and a shift that reach both of its kinks.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, deviation, mean=0.0):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation + mean)

    def uniform(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    with torch.no_grad():
        layers = list(model.modules())
        for layer, following in zip(layers, layers[1:] + [None]):
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                normal(layer.weight, math.sqrt(2 / layer.weight[0].numel()))
                if layer.bias is not None:
                    normal(layer.bias, 0.1)
            elif isinstance(layer, nn.BatchNorm2d):
                before_relu6 = isinstance(following, nn.ReLU6)
                layer.eps = 2.0 ** -16
                uniform(layer.weight, *((2.0, 4.0) if before_relu6 else (0.5, 1.5)))
                normal(layer.bias, 0.3, mean=2.0 if before_relu6 else 0.0)
                normal(layer.running_mean, 0.3)
                uniform(layer.running_var, 0.5, 2.0)
    return model.eval()
