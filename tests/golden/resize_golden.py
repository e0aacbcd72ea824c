#!/usr/bin/env python3
"""Makes resize_golden.txt: outputs of PIL's Image.resize, BILINEAR and BICUBIC, and of torchvision's resize-and-centre-crop.

Every source picture is the byte stream of a small generator, which the test repeats:
state = state * 1664525 + 1013904223 (mod 2^32), byte = state >> 24, starting from state = width * 1000 + height.
A line is: kind width height out_width out_height crc32 [hex of the pixels, for small ones].
"""
import pathlib
import zlib

import numpy
from PIL import Image

RESIZE = [
    (1, 1, 1, 1), (1, 1, 5, 3), (2, 2, 3, 3), (7, 5, 3, 4), (5, 7, 8, 2), (13, 9, 13, 4), (13, 9, 6, 9), (13, 9, 13, 9),
    (192, 128, 224, 224), (128, 192, 224, 224), (224, 224, 224, 224), (500, 375, 224, 224), (500, 375, 341, 256),
    (375, 500, 256, 341), (1024, 768, 224, 224), (333, 251, 97, 301), (64, 1000, 32, 32), (1000, 3, 10, 224),
]
CROP = [(500, 375, 256, 224), (375, 500, 256, 224), (192, 128, 256, 224), (101, 67, 33, 30), (67, 101, 30, 30)]


def source(width, height):
    state, out = width * 1000 + height, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(out))


def line(kind, size, arguments, picture):
    pixels = numpy.asarray(picture).tobytes()
    hexed = " " + pixels.hex() if len(pixels) <= 120 else ""
    return f"{kind} {size[0]} {size[1]} {arguments[0]} {arguments[1]} {zlib.crc32(pixels):08x}{hexed}\n"


def main():
    from torchvision.transforms import functional

    lines = []
    for width, height, to_width, to_height in RESIZE:
        for kind, filter in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
            resized = source(width, height).resize((to_width, to_height), filter)
            lines.append(line(kind, (width, height), (to_width, to_height), resized))
    for width, height, short_side, size in CROP:
        resized = functional.resize(source(width, height), short_side)
        lines.append(line("crop", (width, height), (short_side, size), functional.center_crop(resized, size)))
    (pathlib.Path(__file__).parent / "values" / "resize_golden.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
