#!/usr/bin/env python3
"""Writes the GPU's properties in cuDNN's JSON format, with which cuDNN can make plans for it on another machine.

  cudnn_facts.py --json FILE [--device 0]

Exit codes: 0 written, 4 no cuDNN 9 or no GPU."""
import argparse
import ctypes
import os
import pathlib
import sys

sys.dont_write_bytecode = True
from gpu_runner import cuda_places  # noqa: E402

DEVICE_PROPERTIES, DEVICE_ID, JSON_TEXT = 38, 2700, 2702  # cudnn_graph_v9.h: a descriptor's type and two of its attributes
INT32, CHAR = 23, 24


def opened_cudnn():
    """Opens cuDNN from the loader's path, or else from a toolkit or a Python package."""
    there = [file for place in cuda_places() for sub in ("lib64", "lib") if os.path.exists(file := f"{place}/{sub}/libcudnn.so.9")]
    try:
        return ctypes.CDLL("libcudnn.so.9")
    except OSError:
        if not there:
            raise
        return ctypes.CDLL(there[0])


class Properties:
    def __init__(self, cudnn):
        self.cudnn, self.descriptor = cudnn, ctypes.c_void_p()
        cudnn.cudnnGetErrorString.restype = ctypes.c_char_p
        self.check(cudnn.cudnnBackendCreateDescriptor(DEVICE_PROPERTIES, ctypes.byref(self.descriptor)))

    def check(self, status):
        if status != 0:
            raise OSError(f"cuDNN: {self.cudnn.cudnnGetErrorString(status).decode()}")

    def set(self, attribute, kind, count, values):
        self.check(self.cudnn.cudnnBackendSetAttribute(self.descriptor, attribute, kind, ctypes.c_int64(count), values))
        self.check(self.cudnn.cudnnBackendFinalize(self.descriptor))

    def json(self):
        count = ctypes.c_int64()
        get = self.cudnn.cudnnBackendGetAttribute
        self.check(get(self.descriptor, JSON_TEXT, CHAR, ctypes.c_int64(0), ctypes.byref(count), None))
        text = ctypes.create_string_buffer(count.value + 1)
        self.check(get(self.descriptor, JSON_TEXT, CHAR, count, ctypes.byref(count), text))
        return text.raw[:count.value].rstrip(b"\0").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--device", type=int, default=0)
    options = parser.parse_args()
    try:
        properties = Properties(opened_cudnn())
        properties.set(DEVICE_ID, INT32, 1, ctypes.byref(ctypes.c_int32(options.device)))
        options.json.write_text(properties.json() + "\n", encoding="utf-8")
    except OSError as error:
        print(f"cudnn_facts: {error}", file=sys.stderr)
        return 4
    print(options.json.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
