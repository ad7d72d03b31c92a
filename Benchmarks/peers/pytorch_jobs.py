"""The whole job of `netviz saliency FOLDER` in PyTorch, NumPy and Pillow, for Benchmarks -- jobs.

pytorch_jobs.py MODEL.onnx FOLDER OUTPUT THREADS all|npy|classify

SqueezeNet 1.0 with the weights of MODEL.onnx; for each picture of FOLDER one forward pass, of the class with the highest score a backward
pass under each of three rules, and the same files: a heat map, an overlay and a raw signal a rule, a sheet and a JSON file. The last line
of its output is the class and score of the first picture, which must be those of netviz.
"""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn

MEAN = np.array([104, 117, 123], np.float32)
RESIZED, SIDE, PANEL, PERCENTILE = 256, 227, 400, 99.5


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protocol buffer message: number and value."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            width = 8 if kind == 1 else 4
            value, at = data[at:at + width], at + width
        yield key >> 3, value


def packed(value):
    at, numbers = 0, []
    while at < len(value):
        number, at = varint(value, at)
        numbers.append(number)
    return numbers


def tensors(path):
    """The initialisers of an ONNX file by name, and the weights and biases of its convolutions in their order."""
    graph = next(v for k, v in fields(memoryview(open(path, "rb").read())) if k == 7)
    values, convolutions = {}, []
    for number, part in fields(graph):
        if number == 5:
            shape, raw, floats, name = [], b"", [], ""
            for k, v in fields(part):
                if k == 1:
                    shape += [v] if isinstance(v, int) else packed(v)
                elif k == 9:
                    raw = bytes(v)
                elif k == 4:
                    floats.append(bytes(v))
                elif k == 8:
                    name = bytes(v).decode()
            values[name] = np.frombuffer(raw or b"".join(floats), "<f4").reshape(shape) if raw or floats else None
        elif number == 1:
            inputs = [bytes(v).decode() for k, v in fields(part) if k == 1]
            if any(k == 4 and bytes(v) == b"Conv" for k, v in fields(part)):
                pads = [packed(v) if not isinstance(v, int) else [v] for k, a in fields(part) if k == 5
                        and any(n == 1 and bytes(x) == b"pads" for n, x in fields(a)) for n, v in fields(a) if n == 8]
                convolutions.append((inputs[1], inputs[2], pads[0][0] if pads else 0))
    return [(values[w], values[b], pad) for w, b, pad in convolutions]


class Rule(torch.autograd.Function):
    """A rectifier whose backward pass is one of three rules."""
    name = "gradient"

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, signal):
        (x,) = context.saved_tensors
        if Rule.name == "deconvnet":
            return signal.clamp(min=0)
        return torch.where(x > 0, signal if Rule.name == "gradient" else signal.clamp(min=0), torch.zeros(()))


class SqueezeNet(nn.Module):
    def __init__(self, convolutions):
        super().__init__()
        self.convolutions = nn.ModuleList()
        for n, (weight, bias, pad) in enumerate(convolutions):
            layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride=2 if n == 0 else 1, padding=pad)
            layer.weight.data = torch.from_numpy(weight.copy())
            layer.bias.data = torch.from_numpy(bias.copy())
            layer.requires_grad_(False)
            self.convolutions.append(layer)

    def forward(self, x):
        c = self.convolutions
        x = nn.functional.max_pool2d(Rule.apply(c[0](x)), 3, 2)
        for fire in range(8):
            s, a, b = c[1 + 3 * fire], c[2 + 3 * fire], c[3 + 3 * fire]
            x = Rule.apply(s(x))
            x = torch.cat([Rule.apply(a(x)), Rule.apply(b(x))], 1)
            if fire in (2, 6):
                x = nn.functional.max_pool2d(x, 3, 2)
        return Rule.apply(c[25](x)).mean((2, 3))


def heat_colours():
    """256 colours from black over red and yellow to white."""
    v = np.arange(256) / 255
    return np.stack([np.clip(3 * v, 0, 1), np.clip(3 * v - 1, 0, 1), np.clip(3 * v - 2, 0, 1)], 1)


HEAT = (heat_colours() * 255).round().astype(np.uint8)


def limit_of(values):
    magnitudes = np.abs(values[values != 0])
    return float(np.percentile(magnitudes, PERCENTILE)) if magnitudes.size else 0.0


def placed(plane, box, width, height):
    """A plane of the network's input in the photograph's pixels; NaN outside of the crop."""
    left, top, w, h = box
    big = np.asarray(Image.fromarray(plane).resize((max(1, round(w)), max(1, round(h))), Image.BILINEAR))
    out = np.full((height, width), np.nan, np.float32)
    x, y = round(left), round(top)
    big = big[:height - y, :width - x]
    out[y:y + big.shape[0], x:x + big.shape[1]] = big
    return out


def coloured(laid, limit, grey):
    position = np.clip(laid / limit, 0, 1) if limit > 0 else laid * 0
    colours = HEAT[np.nan_to_num(position * 255).astype(np.uint8)]
    colours[np.isnan(laid)] = (64 + grey // 2)[np.isnan(laid)][:, None]
    return position, colours


def overlay(position, colours, grey):
    dark = (0.62 * grey)[..., None]
    opacity = np.sqrt(np.nan_to_num(position))[..., None]
    mixed = dark + (colours - dark) * opacity
    mixed[np.isnan(position)] = (0.3 * grey)[np.isnan(position)][:, None]
    return mixed.round().astype(np.uint8)


def save(array, path):
    # Pillow's fastest compression that still filters.
    Image.fromarray(array).save(path, compress_level=1)


def sheet(photo, panels, signals, title, notes, path):
    margin, gap, line = 28, 20, 18
    w, h = photo.size
    page = Image.new("RGB", (2 * margin + 4 * w + 3 * gap, 2 * margin + 2 * h + 8 * line), "white")
    draw = ImageDraw.Draw(page)
    draw.text((margin, margin - line), title, fill=24)
    page.paste(photo, (margin, margin + line))
    for k, (panel, signal) in enumerate(zip(panels, signals)):
        x = margin + (k + 1) * (w + gap)
        page.paste(Image.fromarray(panel), (x, margin + line))
        draw.text((x, margin + h + line), notes[k], fill=96)
        page.paste(Image.fromarray(signal), (x, margin + h + 4 * line))
    bar = Image.fromarray(np.repeat(HEAT[None], 14, 0)).resize((3 * w + 2 * gap, 14))
    page.paste(bar, (margin + w + gap, margin + h + 2 * line))
    page.save(path, compress_level=1)


def explain(net, path, stem, output, what):
    photo = Image.open(path).convert("RGB")
    width, height = photo.size
    edge = (RESIZED - SIDE) // 2
    crop = photo.resize((RESIZED, RESIZED), Image.BILINEAR).crop((edge, edge, edge + SIDE, edge + SIDE))
    x = torch.from_numpy(np.ascontiguousarray((np.asarray(crop, np.float32)[..., ::-1] - MEAN).transpose(2, 0, 1)))[None]
    if what == "classify":
        with torch.no_grad():
            scores = net(x)[0]
        best = torch.topk(scores, 5)
        return int(best.indices[0]), float(best.values[0])

    x.requires_grad_(True)
    scores = net(x)[0]
    top = int(scores.argmax())
    rules, signals = ["gradient", "deconvnet", "guided"], []
    for n, name in enumerate(rules):
        Rule.name = name
        signals.append(torch.autograd.grad(scores[top], x, retain_graph=n < 2)[0].numpy())
    for name, signal in zip(rules, signals):
        np.save(os.path.join(output, f"{stem}.{name}.npy"), signal)
    score = float(scores[top].detach())
    if what == "all":
        scale = RESIZED / SIDE
        box = (edge * width / RESIZED, edge * height / RESIZED, width / scale, height / scale)
        maps = [np.abs(signal[0]).max(0) for signal in signals]
        grey = np.asarray(photo.convert("L"))
        shared = limit_of(np.concatenate([m.ravel() for m in maps]))
        shrink = PANEL / max(width, height)
        small = photo.resize((max(1, round(width * shrink)), max(1, round(height * shrink))), Image.BOX)
        small_grey = np.asarray(small.convert("L"))
        small_box = tuple(v * shrink for v in box)
        panels, pictures = [], []
        for name, plane, signal in zip(rules, maps, signals):
            position, colours = coloured(placed(plane, box, width, height), limit_of(plane), grey)
            save(colours, os.path.join(output, f"{stem}.{name}.png"))
            save(overlay(position, colours, grey), os.path.join(output, f"{stem}.{name}.overlay.png"))
            panels.append(coloured(placed(plane, small_box, *small.size), shared, small_grey)[1])
            largest = limit_of(signal) or 1.0
            planes = [placed(signal[0, 2 - c], small_box, *small.size) for c in range(3)]
            picture = np.stack(planes, 2) / largest
            drawn = (128 + 127 * np.clip(np.nan_to_num(picture), -1, 1)).round().astype(np.uint8)
            drawn[np.isnan(picture[..., 0])] = (64 + small_grey // 2)[np.isnan(picture[..., 0])][:, None]
            pictures.append(drawn)
        notes = [f"{name}, largest {float(m.max()):.3g}" for name, m in zip(rules, maps)]
        sheet(small, panels, pictures, f"{os.path.basename(path)}: class {top}, score {score:.2f}", notes,
              os.path.join(output, f"{stem}.sheet.png"))
        with open(os.path.join(output, f"{stem}.json"), "w") as file:
            json.dump({"image": path, "class_index": top, "score": score, "maps": [
                {"rule": name, "signal_norm": float(np.sqrt((s.astype(np.float64) ** 2).sum())), "peak": float(m.max())}
                for name, s, m in zip(rules, signals, maps)]}, file, indent=2)
    return top, score


def main():
    model, folder, output, threads, what = sys.argv[1:]
    torch.set_num_threads(int(threads))
    os.makedirs(output, exist_ok=True)
    net = SqueezeNet(tensors(model)).eval()
    first = None
    for name in sorted(os.listdir(folder)):
        found = explain(net, os.path.join(folder, name), os.path.splitext(name)[0], output, what)
        first = first or found
    print(*first)


main()
