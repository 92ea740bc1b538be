"""Determinants of the slices of a (10, 10, count) tensor."""

from inputs import uniform
from packages import optional

numpy, numba = optional("numpy"), optional("numba")

ORDER = 10

NEEDS = {
    "numpy-loop": ["numpy"],
    "numpy-stack": ["numpy"],
    "multiprocessing": ["numpy"],
    "numba": ["numpy", "numba", "scipy"],  # numba calls LAPACK through SciPy
}


def each(matrix):
    return numpy.linalg.det(matrix)


def loop(tensor):
    count = tensor.shape[2]
    out = numpy.empty(count)
    for i in numba.prange(count):
        out[i] = numpy.linalg.det(numpy.ascontiguousarray(tensor[:, :, i]))
    return out


if numba:
    loop = numba.njit(loop, parallel=True)


def prepare(size, pool):
    tensor = uniform((ORDER, ORDER, size), 3)
    stack = numpy.moveaxis(tensor, 2, 0)
    return {
        "numpy-loop": lambda: [each(tensor[:, :, i]) for i in range(size)],
        "numpy-stack": lambda: numpy.linalg.det(stack),
        "multiprocessing": lambda: pool.map(each, list(stack)),
        "numba": lambda: loop(tensor),
    }
