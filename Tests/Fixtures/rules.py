"""The three rules of the way down, as PyTorch autograd functions in float64.

| layer           | gradient       | deconvnet   | guided           |
| ReLU            | r 1(x > 0)     | max(r, 0)   | max(r, 0) 1(x>0) |
| LeakyReLU, Clip | r f'(x)        | f(r)        | f(r) f'(x)       |
| LRN             | differentiated | passed over | differentiated   |

All other layers are linear (a max-pool at its switches) and keep autograd's own transposed map.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from networks import LRN

RULES = ("gradient", "deconvnet", "guided")


class _Rectify(torch.autograd.Function):
    """y = f(x) forward; backward as in the table, with `slope` as f'."""

    @staticmethod
    def forward(ctx, x, f, slope, rule):
        ctx.f, ctx.slope, ctx.rule = f, slope, rule
        ctx.save_for_backward(x)
        return f(x)

    @staticmethod
    def backward(ctx, r):
        x, = ctx.saved_tensors
        below = r if ctx.rule == "gradient" else ctx.f(r)
        if ctx.rule != "deconvnet":
            below = below * ctx.slope(x)
        return below, None, None, None


class _PassOver(torch.autograd.Function):
    """Local response normalisation forward, the identity backward."""

    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        return F.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def backward(ctx, r):
        return r, None, None, None, None


class _Rectifier(nn.Module):
    def __init__(self, f, slope, rule):
        super().__init__()
        self.arguments = (f, slope, rule)

    def forward(self, x):
        return _Rectify.apply(x, *self.arguments)


class _Normalisation(nn.Module):
    def __init__(self, arguments, rule):
        super().__init__()
        self.arguments, self.normalise = arguments, _PassOver.apply if rule == "deconvnet" else F.local_response_norm

    def forward(self, x):
        return self.normalise(x, *self.arguments)


def _relu(x):
    return x.clamp(min=0)


def _ruled(layer, rule):
    """The layer that stands for `layer` under `rule`; `layer` itself where all rules are the same."""
    if isinstance(layer, nn.ReLU):
        return _Rectifier(_relu, lambda x: (x > 0).to(x), rule)
    if isinstance(layer, nn.ReLU6):
        return _Rectifier(lambda x: x.clamp(0, 6), lambda x: ((x > 0) & (x < 6)).to(x), rule)
    if isinstance(layer, nn.LeakyReLU):
        low = layer.negative_slope
        return _Rectifier(lambda x: torch.where(x > 0, x, low * x), lambda x: torch.where(x > 0, 1.0, low).to(x), rule)
    if isinstance(layer, LRN):
        return _Normalisation(layer.arguments, rule)
    return layer


def under_rule(model, rule):
    """A float64 copy of the model whose backward pass follows the rule; its layers keep their names."""
    ruled = copy.deepcopy(model).double()
    for parameter in ruled.parameters():
        parameter.requires_grad_(False)
    for module in list(ruled.modules()):
        for name, layer in module.named_children():
            setattr(module, name, _ruled(layer, rule))
    return ruled


def forward(model, image):
    """All outputs by layer name. The image becomes a leaf, so that signals can be taken down to it as "input"."""
    outputs = {"input": image.detach().requires_grad_()}
    handles = [layer.register_forward_hook(lambda _, __, y, name=name: outputs.__setitem__(name, y))
               for name, layer in model.named_modules() if not list(layer.children())]
    model(outputs["input"])
    for handle in handles:
        handle.remove()
    return outputs


def backward(outputs, layer, seed, at):
    """The signal at the output of `at` (a layer's name or "input"), from `seed` at the output of `layer`."""
    signal, = torch.autograd.grad(outputs[layer], outputs[at], seed, retain_graph=True)
    return signal
