"""Reads and writes safetensors files: eight bytes of header length, a JSON header, the tensors' bytes."""
import json
import struct

import numpy as np

DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "U8": np.uint8}


def read(path):
    """Returns ({name: array}, metadata)."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        raw = np.frombuffer(data[8 + size + first:8 + size + last], dtype=DTYPES[entry["dtype"]])
        tensors[name] = raw.reshape(entry["shape"])
    return tensors, metadata


def write(path, tensors, metadata=None):
    """tensors: {name: array}; float64 is stored as F32, any integer as I32, uint8 as U8."""
    header = {"__metadata__": {k: str(v) for k, v in metadata.items()}} if metadata else {}
    blobs = []
    offset = 0
    for name in sorted(tensors):
        value = np.asarray(tensors[name])
        if value.dtype == np.uint8:
            kind = "U8"
        elif np.issubdtype(value.dtype, np.integer) or value.dtype == bool:
            kind = "I32"
        else:
            kind = "F32"
        blob = np.ascontiguousarray(value, dtype=DTYPES[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
