"""Transforms of stacks of matrices by NumPy and SciPy, for bench/kernels/fft2.ts: the server of ../python with variants
of its own.

    python3 fft2_references.py WORKERS clock|cpu
"""

import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import serve
from inputs import pixels
from packages import optional

numpy, scipy_fft = optional("numpy"), optional("scipy.fft")

NEEDS = {"scipy-stack": ["scipy"], "scipy-workers": ["scipy"], "numpy-loop": ["numpy"]}
MOST = 1000  # matrices of a case, of which it is the number order * MOST + count


def prepare(case, pool):
    order, count = divmod(case, MOST)
    stack, workers = pixels((count, order, order), 2), int(sys.argv[2])
    return {
        "scipy-stack": lambda: scipy_fft.fft2(stack),
        "scipy-workers": lambda: scipy_fft.fft2(stack, workers=workers),
        "numpy-loop": lambda: [numpy.fft.fft2(matrix) for matrix in stack],
    }


if __name__ == "__main__":
    sys.argv.insert(1, "fft2_references")
    if sys.argv[3] == "cpu":
        time.perf_counter = time.process_time
    serve.main()
