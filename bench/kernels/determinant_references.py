"""Determinants by NumPy and numba, for bench/kernels/determinants.ts: the server of ../python with variants of its own.

    python3 determinant_references.py WORKERS MOST
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small: more threads slow it down

import serve
from inputs import uniform
from packages import optional

numpy, numba = optional("numpy"), optional("numba")

NEEDS = {
    "numpy-stack": ["numpy"],
    "numpy-loop": ["numpy"],
    "numba-prange": ["numpy", "numba", "scipy"],  # numba calls LAPACK through SciPy
    "numba-lu": ["numpy", "numba"],
}
PIECES = 64  # of the work of a parallel loop: each has a scratch of its own


def count_of(order):
    most = int(sys.argv[3])
    return max(-(-most // 1000), min(most, 1000 * most // order**3))


def prange_det(stack):
    out = numpy.empty(len(stack))
    for i in numba.prange(len(stack)):
        out[i] = numpy.linalg.det(stack[i])
    return out


def prange_lu(stack):
    count, order = stack.shape[:2]
    out = numpy.empty(count)
    for piece in numba.prange(PIECES):
        a = numpy.empty((order, order))
        for i in range(piece * count // PIECES, (piece + 1) * count // PIECES):
            a[:] = stack[i]
            det = 1.0
            for k in range(order):
                row = k
                for r in range(k + 1, order):
                    if abs(a[r, k]) > abs(a[row, k]):
                        row = r
                if a[row, k] == 0:
                    det = 0.0
                    break
                if row != k:
                    det = -det
                    for j in range(k, order):
                        a[k, j], a[row, j] = a[row, j], a[k, j]
                det *= a[k, k]
                inverse = 1 / a[k, k]
                for r in range(k + 1, order):
                    factor = a[r, k] * inverse
                    for j in range(k + 1, order):
                        a[r, j] -= factor * a[k, j]
            out[i] = det
    return out


if numba:
    prange_det = numba.njit(prange_det, parallel=True)
    prange_lu = numba.njit(prange_lu, parallel=True)


def prepare(order, pool):
    count = count_of(order)
    tensor = uniform((order, order, count), 3)
    stack = numpy.ascontiguousarray(numpy.moveaxis(tensor, 2, 0))
    return {
        "numpy-stack": lambda: numpy.linalg.det(stack),
        "numpy-loop": lambda: [numpy.linalg.det(tensor[:, :, i]) for i in range(count)],
        "numba-prange": lambda: prange_det(stack),
        "numba-lu": lambda: prange_lu(stack),
    }


if __name__ == "__main__":
    sys.argv.insert(1, "determinant_references")
    serve.main()
