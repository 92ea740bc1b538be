"""Full autocorrelations of integer matrices of 100 x 100."""

from inputs import pixels
from packages import optional

numpy, signal, numba = optional("numpy"), optional("scipy.signal"), optional("numba")

SIDE = 100
LAGS = 2 * SIDE - 1

NEEDS = {
    "scipy-loop": ["numpy", "scipy"],
    "numpy-stack": ["numpy"],
    "scipy-fft-loop": ["numpy", "scipy"],
    "multiprocessing": ["numpy", "scipy"],
    "numba": ["numpy", "numba"],
}


def each(matrix):
    return signal.correlate2d(matrix, matrix)


def by_fft(stack):
    """What SciPy's FFT method does, for all matrices at once."""
    spectra = numpy.fft.rfft2(stack, s=(2 * SIDE, 2 * SIDE))
    power = spectra.real**2 + spectra.imag**2
    lags = numpy.fft.irfft2(power, s=(2 * SIDE, 2 * SIDE))
    return numpy.roll(lags, (SIDE - 1, SIDE - 1), axis=(1, 2))[:, :LAGS, :LAGS]


def sums(stack, out):
    for k in numba.prange(stack.shape[0]):
        image = stack[k]
        for down in range(1 - SIDE, SIDE):
            for right in range(1 - SIDE, SIDE):
                total = 0.0
                for i in range(max(0, -down), min(SIDE, SIDE - down)):
                    for j in range(max(0, -right), min(SIDE, SIDE - right)):
                        total += image[i, j] * image[i + down, j + right]
                out[k, down + SIDE - 1, right + SIDE - 1] = total
    return out


if numba:
    sums = numba.njit(sums, parallel=True, fastmath=True)


def prepare(size, pool):
    stack = pixels((size, SIDE, SIDE), 1)
    return {
        "scipy-loop": lambda: [each(matrix) for matrix in stack],
        "numpy-stack": lambda: by_fft(stack),
        "scipy-fft-loop": lambda: [signal.correlate(matrix, matrix, method="fft") for matrix in stack],
        "multiprocessing": lambda: pool.map(each, list(stack)),
        "numba": lambda: sums(stack, numpy.empty((size, LAGS, LAGS))),
    }
