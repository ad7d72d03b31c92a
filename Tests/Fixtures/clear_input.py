"""Inputs on which no float32 rounding can flip a ReLU bit or a pool switch.

The margin of a rectifier's pre-activation is its distance from the nearest kink (0; for ReLU6 also 6). The margin of a
pool window is its best value minus its second best. Both are divided by the root mean square of the layer's input.
"""

import torch
import torch.nn.functional as F
from torch import nn


def _windows(x, pool):
    """The entries of every window of a max-pool, [N,C,OH,OW,KH*KW] in row-major order; padding is minus infinity."""
    k, s, p = pool.kernel_size, pool.stride, pool.padding
    bottom, right = ((-(n + 2 * p - k)) % s if pool.ceil_mode else 0 for n in x.shape[2:])
    x = F.pad(x, (p, p + right, p, p + bottom), value=-torch.inf)
    return x.unfold(2, k, s).unfold(3, k, s).flatten(4)


def _distances(layer, x):
    """How far each decision of a layer is from flipping, in the unit of x; None where the layer decides nothing."""
    if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
        return x.abs()
    if isinstance(layer, nn.ReLU6):
        return torch.minimum(x.abs(), (x - 6).abs())
    if isinstance(layer, nn.MaxPool2d):
        best, second = _windows(x, layer).topk(2, dim=-1).values.unbind(-1)
        # After a ReLU a window of nothing but zeros is a tie in any arithmetic: the first entry wins.
        return torch.where((best == 0) & (second == 0), torch.inf, best - second)
    return None


def decisions(model, images):
    """{name: (layer, input)} of the layers that rectify or pool."""
    found = {}
    handles = [layer.register_forward_pre_hook(lambda layer, inputs, name=name: found.__setitem__(name, (layer, *inputs)))
               for name, layer in model.named_modules()
               if isinstance(layer, (nn.ReLU, nn.LeakyReLU, nn.ReLU6, nn.MaxPool2d))]
    model(images)
    for handle in handles:
        handle.remove()
    return found


def rms(x):
    """The root mean square over all entries, the unit of margins; not differentiated."""
    return x.detach().square().mean().sqrt()


def margins(model, images):
    """{name: relative margins [N, decisions of the layer]}, differentiable in the images."""
    return {name: _distances(layer, x).flatten(1) / rms(x) for name, (layer, x) in decisions(model, images).items()}


def first_maximum_wins(layer, x):
    """Whether PyTorch's switches of this max-pool are the first maximum of each window in row-major order."""
    switches = F.max_pool2d(x, layer.kernel_size, layer.stride, layer.padding, 1, layer.ceil_mode, return_indices=True)[1]
    position = torch.arange(x[0, 0].numel(), dtype=x.dtype).view(x.shape[2:]).expand(x.shape)
    first = torch.from_numpy(_windows(x, layer).numpy().argmax(-1))  # numpy's argmax is the first by definition
    ours = _windows(position, layer).gather(-1, first[..., None])[..., 0]
    return bool((ours == switches).all())


def random_images(shape, generator):
    """Standard-normal noise, smooth (4x4 patches, enlarged) and white in equal parts, [2,C,H,W] in float64."""
    coarse = torch.randn(2, shape[0], 4, 4, generator=generator, dtype=torch.float64)
    smooth = F.interpolate(coarse, shape[1:], mode="bicubic", align_corners=True)
    white = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
    return (smooth / smooth.std() + white) / 2 ** 0.5


def clear_images(model, images, bound, steps=2000):
    """Moves the images (by about a hundredth of their deviation) until every margin is at least the bound.

    Adam on the hinge loss sum of max(0, 1 - margin / bound), in float64 with a float64 model; the bound is then tested on
    the images as rounded to float32, which are returned.
    """
    images = images.clone().requires_grad_()
    adam = torch.optim.Adam([images], lr=3e-4, betas=(0.9, 0.99))
    for _ in range(steps):
        rounded = images.detach().float()
        if all(bool((m >= bound).all()) for m in margins(model, rounded.double()).values()):
            return rounded
        adam.zero_grad()
        loss = sum((1 - m / (1.02 * bound)).clamp(min=0).sum() for m in margins(model, images).values())
        loss.backward()
        adam.step()
    raise RuntimeError(f"no input with margins of {bound} found in {steps} steps; try a smaller bound or another seed")
