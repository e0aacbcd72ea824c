"""Deterministic parameter values that the C++ tests compute too (tests/support/seeded_values.h): golden files of large
networks need only outputs. Philox-4x32-10 as in kernels/base/philox.h, keyed by (seed, FNV-1a of the tensor's name)."""
import numpy as np

SEED = 7


def fnv1a(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def philox_words(seed, stream, first, count):
    """The 32-bit numbers first .. first + count - 1 of a stream; first is a multiple of 4."""
    counter = np.arange(first // 4, (first + count + 3) // 4, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    c0, c1 = counter & low, counter >> shift
    c2 = np.full_like(counter, stream & 0xFFFFFFFF)
    c3 = np.full_like(counter, stream >> 32)
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0 = c0 * np.uint64(0xD2511F53)
        p1 = c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ np.uint64(k0), p1 & low, (p0 >> shift) ^ c3 ^ np.uint64(k1), p0 & low
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count]


def uniform(name, count, seed=SEED):
    """float32 in [0, 1), 24 bits: random_uniform({seed, fnv1a(name)}, i) for i < count."""
    out = np.empty(count, dtype=np.float32)
    chunk = 1 << 20
    for first in range(0, count, chunk):
        n = min(chunk, count - first)
        words = philox_words(seed, fnv1a(name), first, n)
        out[first:first + n] = (words >> np.uint64(8)).astype(np.float32) * np.float32(1.0 / 16777216.0)
    return out


def parameter(name, shape, residual_end=False):
    """The value of a parameter or buffer with that name and (torch, OIHW) shape.

    filters and matrices   (2u - 1) * sqrt(6 / fan_in)
    batch-norm weight      0.8 + 0.4u, times 0.25 where it ends a residual branch, so that deep sums do not grow
    bias, running_mean     0.2u - 0.1
    running_var            0.75 + 0.5u
    """
    u = uniform(name, int(np.prod(shape)))
    f = np.float32
    if len(shape) > 1:
        fan_in = int(np.prod(shape[1:]))
        value = (f(2) * u - f(1)) * f(np.sqrt(6.0 / fan_in))
    elif name.endswith("running_var"):
        value = f(0.75) + f(0.5) * u
    elif name.endswith("weight"):
        value = (f(0.8) + f(0.4) * u) * f(0.25 if residual_end else 1.0)
    else:
        value = f(0.2) * u - f(0.1)
    return value.reshape(shape)
