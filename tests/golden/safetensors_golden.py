#!/usr/bin/env python3
"""Writes tests/golden/values/safetensors_every_type.safetensors by hand, using only struct and json: the reference for engine/io/safetensors.

For every floating type there is a second tensor NAME.expected (F32) with the values Python reads from the same bits.
The header's length is odd, so the data is unaligned, as in files that other programs write.
"""
import json
import math
import struct
from pathlib import Path

tensors = []


def add(name, dtype, shape, data):
    tensors.append((name, dtype, shape, data))


halves = list(range(0, 65536, 97)) + [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x83FF]
halves = [h for h in halves if not (h & 0x7C00 == 0x7C00 and h & 0x3FF)]  # NaN is tested separately
half_bytes = b"".join(struct.pack("<H", h) for h in halves)
add("half", "F16", [len(halves)], half_bytes)
half_values = [struct.unpack("<e", half_bytes[2 * i : 2 * i + 2])[0] for i in range(len(halves))]
add("half.expected", "F32", [len(halves)], struct.pack(f"<{len(halves)}f", *half_values))

brain = [0x0000, 0x8000, 0x0001, 0x3F80, 0x4049, 0x7F7F, 0x7F80, 0xFF80, 0x0080, 0xC2F7]
add("brain", "BF16", [2, 5], struct.pack(f"<{len(brain)}H", *brain))
add("brain.expected", "F32", [2, 5], b"".join(struct.pack("<HH", 0, b) for b in brain))

doubles = [0.1, -math.pi, 1e300, 5e-324, 2.0**-149]
add("double", "F64", [5], struct.pack("<5d", *doubles))
add("double.expected", "F32", [5], struct.pack("<5f", 0.1, -math.pi, math.inf, 0.0, 2.0**-149))

add("nan", "F16", [], struct.pack("<H", 0x7E01))
add("long", "I64", [2, 1], struct.pack("<2q", -(2**63), 2**63 - 1))
add("int", "I32", [3], struct.pack("<3i", -1, 0, 2**31 - 1))
add("short", "I16", [1], struct.pack("<h", -2))
add("tiny", "I8", [1], struct.pack("<b", -3))
add("byte", "U8", [4], bytes([0, 1, 254, 255]))
add("truth", "BOOL", [2], bytes([1, 0]))
add("nothing", "F32", [3, 0, 2], b"")
add('ключ "quoted" \t', "U8", [1], b"\x07")

header, offset = {"__metadata__": {"maker": "safetensors_golden.py", "größe": "ü"}}, 0
for name, dtype, shape, data in tensors:
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
    offset += len(data)
text = json.dumps(header, ensure_ascii=False).encode()
text += b" " * ((3 - len(text)) % 8)  # 3 bytes past a multiple of 8
path = Path(__file__).parent / "values" / "safetensors_every_type.safetensors"
path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for *_, data in tensors))
print(path.name, path.stat().st_size, "bytes")
