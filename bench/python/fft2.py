"""Fourier transforms of integer matrices of 100 x 100."""

from inputs import pixels
from packages import optional

numpy, scipy_fft = optional("numpy"), optional("scipy.fft")

SIDE = 100

NEEDS = {
    "numpy-loop": ["numpy"],
    "scipy-stack": ["numpy", "scipy"],
    "scipy-workers": ["numpy", "scipy"],
    "multiprocessing": ["numpy"],
}


def each(matrix):
    return numpy.fft.fft2(matrix)


def prepare(size, pool):
    stack = pixels((size, SIDE, SIDE), 2)
    return {
        "numpy-loop": lambda: [each(matrix) for matrix in stack],
        "scipy-stack": lambda: scipy_fft.fft2(stack),
        "scipy-workers": lambda: scipy_fft.fft2(stack, workers=pool.workers),
        "multiprocessing": lambda: pool.map(each, list(stack)),
    }
