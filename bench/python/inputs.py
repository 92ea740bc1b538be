"""Random numbers, the same as those of bench/compare/input.ts: each is a function of its index."""

from packages import optional

numpy = optional("numpy")


def hashes(count, seed):
    """C. Wellons, "Prospecting for hash functions" (2018): lowbias32."""
    bits = numpy.arange(count, dtype=numpy.uint32)
    bits += numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    bits ^= bits >> numpy.uint32(16)
    bits *= numpy.uint32(0x7FEB352D)
    bits ^= bits >> numpy.uint32(15)
    bits *= numpy.uint32(0x846CA68B)
    bits ^= bits >> numpy.uint32(16)
    return bits


def pixels(shape, seed):
    """Integers from 0 to 99, as float64."""
    return (hashes(product(shape), seed) % numpy.uint32(100)).astype(float).reshape(shape)


def uniform(shape, seed):
    """Numbers in [-0.5, 0.5)."""
    return (hashes(product(shape), seed) / 2.0**32 - 0.5).reshape(shape)


def product(shape):
    count = 1
    for length in shape:
        count *= length
    return count
