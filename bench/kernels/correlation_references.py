"""Correlations by SciPy, for bench/kernels/autocorrelation.ts: the server of ../python with variants of its own.

    python3 correlation_references.py WORKERS COUNT

Size 0 are autocorrelations of matrices of 100 x 100; any other one is that of the kernel that goes over them.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import serve
from inputs import pixels, uniform
from packages import optional

signal = optional("scipy.signal")

NEEDS = {
    "scipy-fft": ["numpy", "scipy"],
    "scipy-direct": ["numpy", "scipy"],
}
ORDER = 100


def prepare(size, pool):
    count = int(sys.argv[3])
    if size == 0:
        stack = pixels((count, ORDER, ORDER), 1)
        return {
            "scipy-fft": lambda: [signal.correlate(a, a, method="fft") for a in stack],
            "scipy-direct": lambda: signal.correlate2d(stack[0], stack[0]),  # one: it takes long enough
        }
    stack, kernel = uniform((count, ORDER, ORDER), 1), uniform((size, size), 2)
    return {
        "scipy-fft": lambda: [signal.correlate(a, kernel, method="fft") for a in stack],
        "scipy-direct": lambda: [signal.correlate2d(a, kernel) for a in stack],
    }


if __name__ == "__main__":
    sys.argv.insert(1, "correlation_references")
    serve.main()
