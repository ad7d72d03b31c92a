"""Grid graphs of the project's own sample pictures, and their maximum flows by scipy.

    dotnet run -c Release --project tools/Samples -- DIR 40 orange banana lighthouse bell-pepper
    /usr/bin/python3 Tests/Fixtures/MaxFlow/make_flows.py DIR

with Debian's python3-scipy (1.10.1), python3-numpy and python3-pil. For each PNG in DIR it writes NAME.npy beside this file,
float32 [5, height, width], whole numbers: the capacity from the source (positive) or to the sink (negative), and those between
the pixel and its neighbour to the right, below, below right and below left (both ways); flows.json holds the maximum flow and
how many pixels can be reached from the source in what it leaves, the smallest source side of a minimum cut.
"""
import json
import pathlib
import sys

import numpy as np
from PIL import Image
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

PAIRS = [(1, 0), (0, 1), (1, 1), (-1, 1)]
HERE = pathlib.Path(__file__).parent


def capacities(rgb):
    """Two colour models, one normal distribution each, of the middle and of the rim, and a contrast term, in 1/256."""
    height, width, _ = rgb.shape
    y, x = np.mgrid[:height, :width]
    middle = np.hypot(x - width / 2, y - height / 2) < width / 4
    rim = np.minimum.reduce([x, y, width - 1 - x, height - 1 - y]) < 4

    def cost(where):
        mean, covariance = rgb[where].mean(0), np.cov(rgb[where].T) + 9 * np.eye(3)
        d = rgb - mean
        return (np.einsum("hwi,ij,hwj->hw", d, np.linalg.inv(covariance), d) + np.log(np.linalg.det(covariance))) / 2

    result = np.zeros((5, height, width))
    result[0] = np.clip(np.rint(256 * (cost(rim) - cost(middle))), -1 << 20, 1 << 20)
    squares = [((rgb - np.roll(rgb, (-dy, -dx), (0, 1))) ** 2).sum(2) for dx, dy in PAIRS]
    beta = 1 / (2 * np.mean(squares))
    for k, (dx, dy) in enumerate(PAIRS):
        inside = (x + dx >= 0) & (x + dx < width) & (y + dy < height)
        result[1 + k] = np.where(inside, np.rint(256 * 50 * np.exp(-beta * squares[k]) / np.hypot(dx, dy)), 0)
    return result.astype(np.float32)


def solve(planes):
    _, height, width = planes.shape
    count = height * width
    source, sink = count, count + 1
    node = np.arange(count).reshape(height, width)
    terminal = planes[0].astype(np.int64).ravel()
    rows, columns, values = [], [], []

    def join(a, b, capacity):
        rows.extend(a), columns.extend(b), values.extend(capacity)

    join(np.full(count, source), node.ravel(), np.maximum(terminal, 0))
    join(node.ravel(), np.full(count, sink), np.maximum(-terminal, 0))
    y, x = np.mgrid[:height, :width]
    for k, (dx, dy) in enumerate(PAIRS):
        inside = (x + dx >= 0) & (x + dx < width) & (y + dy < height)
        a, capacity = node[inside], planes[1 + k][inside].astype(np.int64)
        b = node[(y + dy)[inside], (x + dx)[inside]]
        join(a, b, capacity), join(b, a, capacity)
    graph = csr_matrix((np.array(values, np.int32), (rows, columns)), (count + 2, count + 2))
    graph.eliminate_zeros()
    result = maximum_flow(graph, source, sink)
    flow = result.flow if hasattr(result, "flow") else result.residual
    left = graph - flow
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    return {"flow": int(result.flow_value), "source_pixels": int((reached < count).sum())}


flows = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.png")):
    planes = capacities(np.asarray(Image.open(path).convert("RGB"), float))
    np.save(HERE / f"{path.stem}.npy", planes)
    flows[path.stem] = solve(planes)
(HERE / "flows.json").write_text(json.dumps(flows, indent=2) + "\n")
print(flows)
