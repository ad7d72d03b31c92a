"""Reads what NetViz writes. One file; it needs NumPy and nothing else.

    import netviz
    result = netviz.Result("netviz-out/orange.json")
    signal = result.signal("gradient")          # [1, C, H, W]
    heat = netviz.reduce(signal)                # [H, W], max over channels of |w|

Run as a program it draws a sheet with matplotlib, which only this needs:

    python3 tools/netviz.py netviz-out/orange.json sheet.png
"""

import csv
import json
import os
import sys
import zipfile

import numpy as np


def load(path):
    """Reads an array (.npy), or a pack of arrays (.npz) as a dictionary without the mark of netviz."""
    data = np.load(path, allow_pickle=False)
    if isinstance(data, np.ndarray):
        return data
    with data:
        return {name: data[name] for name in data.files if name != "netviz"}


def reduce(signal, how="max"):
    """One number a pixel [H, W] of a signal [1, C, H, W], as netviz saliency --reduce computes it."""
    signal = np.asarray(signal)
    if signal.ndim != 4 or signal.shape[0] != 1:
        raise ValueError("a signal has the shape [1, C, H, W], not %s" % (list(signal.shape),))
    planes = signal[0]
    if how == "max":
        return np.abs(planes).max(axis=0)
    if how == "sum":
        return np.abs(planes).sum(axis=0)
    if how == "mean":
        return np.abs(planes).mean(axis=0)
    if how == "signed":
        return planes.sum(axis=0)
    raise ValueError("how is max, sum, mean or signed, not %r" % how)


def scale(maps, percentile=99.5):
    """The end of a scale: a percentile of the magnitudes of all maps that are not 0; 0 where all are."""
    values = np.abs(np.concatenate([np.ravel(m) for m in maps]))
    values = values[np.isfinite(values) & (values != 0)]
    return float(np.percentile(values, percentile)) if values.size else 0.0


class Result:
    """A .json that a command wrote, with the files beside it."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.json = json.load(file)

    def __getitem__(self, name):
        return self.json[name]

    @property
    def provenance(self):
        """All that the result depends on: command line, versions, hashes, settings."""
        return self.json["provenance"]

    @property
    def files(self):
        """The names of the result's files beside the .json."""
        return sorted(self.provenance["files"])

    def file(self, name):
        """The path of a file beside the .json."""
        if os.path.basename(name) != name:
            raise ValueError("%r is no name of a file" % name)
        return os.path.join(os.path.dirname(self.path), name)

    def load(self, name):
        """An array beside the .json, by its file's name."""
        return load(self.file(name))

    def maps(self, image=0, which=0):
        """The maps of netviz saliency for a class of an image: dictionaries with rule, map, files, scale_limit, note."""
        return self.json["images"][image]["classes"][which]["maps"]

    def signal(self, rule, image=0, which=0, kind="signal"):
        """The raw signal of netviz saliency under a rule."""
        for m in self.maps(image, which):
            if m.get("rule") == rule and m["map"] == kind:
                return self.load(m["files"]["signal"])
        known = ", ".join("%s of %s" % (m["map"], m.get("rule")) for m in self.maps(image, which))
        raise KeyError("%s of %s; there are %s" % (kind, rule, known))


class Record:
    """A forward record that netviz unpool export wrote: bits of rectifiers, switches of poolings."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.json = json.loads(archive.read("record.json").decode("utf-8"))
            self.members = {name: archive.read(name) for name in archive.namelist() if name != "record.json"}

    def __getitem__(self, name):
        return self.json[name]


def table(path):
    """A table of comma-separated values, such as summary.csv or that of netviz evaluate: a dictionary for each line, numbers as float."""
    def number(text):
        try:
            return float(text)
        except ValueError:
            return text

    with open(path, encoding="utf-8", newline="") as file:
        return [{name: number(value) for name, value in line.items()} for line in csv.DictReader(file)]


def manifest(path):
    """A table of a labelled set (val.tsv, classes.txt), columns separated by tabs: a list of lists."""
    with open(path, encoding="utf-8", newline="") as file:
        return [line for line in csv.reader(file, delimiter="\t") if line]


def results(folder):
    """All results in a folder, by the name of their .json."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            result = Result(os.path.join(folder, name))
            if isinstance(result.json, dict) and "provenance" in result.json:
                found[name] = result
    return found


def draw(result, target):
    """Draws the maps of a result of netviz saliency on one scale, and below them the signals, as netviz's own sheet does."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plot

    maps = [m for m in result.maps() if "signal" in m["files"]]
    signals = [result.load(m["files"]["signal"]) for m in maps]
    heat = [reduce(signal, result["reduction"] or "max") for signal in signals]
    end = scale(heat)
    figure, axes = plot.subplots(2, len(maps), figsize=(3 * len(maps), 6.4), squeeze=False, layout="constrained")
    for column, (m, signal, values) in enumerate(zip(maps, signals, heat)):
        shown = axes[0][column].imshow(values, cmap="inferno", vmin=0, vmax=end or 1)
        axes[0][column].set_title(m.get("rule") or m["map"])
        own = scale([signal]) or 1
        axes[1][column].imshow(np.clip(0.5 + 0.5 * np.moveaxis(signal[0], 0, -1) / own, 0, 1) if signal.shape[1] == 3
                               else signal[0].sum(axis=0), cmap="gray")
        for row in (0, 1):
            axes[row][column].set_axis_off()
    figure.colorbar(shown, ax=axes[0].tolist(), location="bottom", shrink=0.6, label="max over channels of |w|, one scale")
    probability = result["probability"]
    figure.suptitle("%s: %s%s" % (os.path.basename(result["image"]), result["class_name"],
                                  "" if probability is None else ", %.1f %%" % (100 * probability)))
    figure.savefig(target, dpi=120)
    plot.close(figure)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 netviz.py RESULT.json PICTURE")
    draw(Result(sys.argv[1]), sys.argv[2])
