"""The peer of `dotnet run -c Release --project Benchmarks -- gpu`: VGG-16 with random weights in plain PyTorch.

Measures, at each batch size, forward alone (under inference_mode) and forward plus the gradient of a class score at the
images (weights with requires_grad_(False)), eagerly and through torch.compile, with TF32 off and on. Each is the better of both
memory formats: contiguous and channels_last. Times are medians in milliseconds: of events on a card, of the clock elsewhere;
`whole_ms` is from images in the host's page-locked memory to the gradient there, by the clock.

Writes a line about itself, then one line of JSON for each mode, TF32 setting and batch size. Needs torch alone.
"""

import argparse
import json
import os
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as missing:
    print(f"not measured: {missing}")
    sys.exit(3)

WARM_UP, FEWEST = 5, 5
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def vgg16(channels, hidden, size, classes=1000):
    """Configuration D of Simonyan and Zisserman (2014), `channels` in the first convolutions; no dropout, as at test time."""
    layers, depth = [], 3
    for block, count in enumerate([2, 2, 3, 3, 3]):
        wide = channels * min(8, 2**block)
        for _ in range(count):
            layers += [nn.Conv2d(depth, wide, 3, padding=1), nn.ReLU(inplace=True)]
            depth = wide
        layers.append(nn.MaxPool2d(2))
    features = depth * (size // 32) ** 2
    layers.append(nn.Flatten())
    for wide in (hidden, hidden):
        layers += [nn.Linear(features, wide), nn.ReLU(inplace=True)]
        features = wide
    layers.append(nn.Linear(features, classes))
    model = nn.Sequential(*layers).eval().requires_grad_(False)
    for layer in model:
        # As NetViz's generator: signals keep their size through the ReLUs (He et al. 2015).
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.normal_(layer.bias, std=0.01)
    return model


class Clock:
    """Times a job on the device, and on the wall."""

    def __init__(self, device, seconds):
        self.cuda, self.seconds = device.type == "cuda", seconds

    def median(self, job, wall=False):
        times, start = [], None
        while len(times) < WARM_UP + FEWEST or time.perf_counter() - start < self.seconds:
            if len(times) == WARM_UP:
                start = time.perf_counter()
            times.append(self._once(job, wall or not self.cuda))
        return statistics.median(times[WARM_UP:])

    def _once(self, job, wall):
        if wall:
            if self.cuda:
                torch.cuda.synchronize()
            began = time.perf_counter()
            job()
            if self.cuda:
                torch.cuda.synchronize()
            return (time.perf_counter() - began) * 1000
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        job()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)


def measure(model, run, images, memory_format, clock):
    """Medians in milliseconds of forward, forward plus gradient, and the latter from host to host."""
    device = next(model.parameters()).device
    on_device = images.to(device).contiguous(memory_format=memory_format)
    gradient_on_host = torch.empty_like(images, pin_memory=clock.cuda)

    def forward():
        with torch.inference_mode():
            return run(on_device)

    def gradient(pixels):
        pixels = pixels.detach().requires_grad_(True)
        score = run(pixels)[:, 0].sum()
        return torch.autograd.grad(score, pixels)[0]

    def host_to_host():
        pixels = images.to(device, non_blocking=True).contiguous(memory_format=memory_format)
        gradient_on_host.copy_(gradient(pixels))

    return {
        "forward_ms": clock.median(forward),
        "both_ms": clock.median(lambda: gradient(on_device)),
        "whole_ms": clock.median(host_to_host, wall=True),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batch", default="1,8,32")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--hidden", type=int, default=4096)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    device = torch.device(options.device)
    clock = Clock(device, options.seconds)
    if clock.cuda and not torch.cuda.is_available():
        print(f"not measured: torch {torch.__version__} sees no CUDA device")
        sys.exit(3)
    # torch.compile keeps what it compiled under the user's name, which an empty environment has not.
    os.environ.setdefault("USER", "netviz")
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    name = torch.cuda.get_device_name(device) if clock.cuda else f"processor, {torch.get_num_threads()} threads"
    cudnn = f", cuDNN {torch.backends.cudnn.version()}" if clock.cuda else ""
    print(f"torch {torch.__version__}{cudnn} on {name}", flush=True)
    model = vgg16(options.channels, options.hidden, options.size).to(device)

    modes = ["eager", "compile"] if hasattr(torch, "compile") else ["eager"]
    for tf32 in [False, True] if clock.cuda else [False]:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        for batch in [int(text) for text in options.batch.split(",")]:
            images = torch.randn(batch, 3, options.size, options.size, pin_memory=clock.cuda)
            formats = list(FORMATS)
            for mode in modes:
                line = {"mode": mode, "tf32": tf32, "batch": batch}
                try:
                    found = []
                    for memory_format in formats:
                        model.to(memory_format=FORMATS[memory_format])
                        if mode == "compile":
                            torch._dynamo.reset()
                        run = torch.compile(model, dynamic=False) if mode == "compile" else model
                        times = measure(model, run, images, FORMATS[memory_format], clock)
                        found.append({"format": memory_format, **times})
                    best = min(found, key=lambda one: one["both_ms"])
                    line.update(best)
                    for job in ("forward_ms", "both_ms", "whole_ms"):
                        line[job] = min(one[job] for one in found)
                    # Compiling takes a minute; it is done for the format that was better eagerly.
                    formats = [best["format"]]
                except Exception as failure:  # What compiles depends on the machine: the others are still measured.
                    line["error"] = f"{type(failure).__name__}: {failure}".splitlines()[0]
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
