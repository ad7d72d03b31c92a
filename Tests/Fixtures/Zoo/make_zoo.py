"""Makes the files of this folder: small networks in the forms that real exporters give, and zoo.json, which lists them.

Run:       /usr/bin/python3 Tests/Fixtures/Zoo/make_zoo.py [--output DIR]
Packages:  Debian 12: python3-torch (1.13.1), python3-onnx (1.12.0), python3-numpy (1.24.2)
Time:      about ten seconds on one core. Two runs write the same bytes.

One module an exporter: from_pytorch.py (real exports), from_dynamo.py, from_keras.py, from_caffe2.py, from_mxnet.py,
from_cntk.py, from_darknet.py; stored.py has the ways in which weights can lie in a file, refused.py what is refused on purpose.
zoo.json says for each file what it mirrors and what is expected of NetViz; Tests/Weights/ZooTests.cs holds NetViz to it.
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import onnx

import from_caffe2
import from_cntk
import from_darknet
import from_dynamo
import from_keras
import from_mxnet
import from_pytorch
import refused
import stored

MODULES = [from_pytorch, from_dynamo, from_keras, from_caffe2, from_mxnet, from_cntk, from_darknet, stored, refused]


def write(entry, folder):
    """Writes one model, its external data beside it; removes what an earlier run left, which onnx would append to."""
    path = folder / entry.file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not entry.external:
        path.write_bytes(entry.model.SerializeToString(deterministic=True))
        return
    for old in path.parent.iterdir():
        old.unlink()
    one = entry.external == "one"
    # In one file as real writers have it, which leave short tensors inside: ONNX counts 33 bytes of Python's own to a size.
    onnx.save_model(entry.model, str(path), save_as_external_data=True, all_tensors_to_one_file=one,
                    location="weights.bin" if one else None, size_threshold=33 + 20 if one else 0)


def check(entry):
    """The file is what it claims to be: valid for ONNX itself, where Debian's version knows its operators."""
    opset = max((s.version for s in entry.model.opset_import if s.domain == ""), default=1)
    if opset <= 17 and not entry.refusal and not entry.external:
        onnx.checker.check_model(entry.model)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    folder = parser.parse_args().output
    found = [entry for module in MODULES for entry in module.entries()]
    names = [entry.file for entry in found]
    assert len(set(names)) == len(names), "two files of one name"
    for entry in found:
        check(entry)
        write(entry, folder)
    records = json.dumps([entry.record() for entry in found], indent=2) + "\n"
    (folder / "zoo.json").write_text(records)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix != ".py")
    print(f"{len(found)} models, {size / 1e6:.2f} MB with everything")
    assert size < 2_000_000


if __name__ == "__main__":
    main()
