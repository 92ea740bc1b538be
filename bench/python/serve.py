"""Python's side of a comparison: runs what the lines on stdin say, and answers each with a line of JSON.

    python3 serve.py COMPARISON WORKERS

First it says by itself which versions it found and which variants they allow. Then:

    {"do": "prepare", "size": 100}                             makes the input
    {"do": "check", "variant": "numpy-loop", "at": [0, 5]}     runs once; answers with these numbers of the answer
    {"do": "run", "variant": "numpy-loop", "times": 3}         answers with the seconds of each run

An answer with "error" says what went wrong; the next line is served all the same. It ends when stdin does.
"""

import importlib
import json
import multiprocessing
import os
import platform
import sys
import time

from packages import optional


class Workers:
    """A pool that is started when it is first needed, and then kept warm."""

    def __init__(self, workers):
        self.workers = workers
        self._pool = None

    def __getattr__(self, verb):
        if self._pool is None:
            self._pool = multiprocessing.Pool(self.workers)
        return getattr(self._pool, verb)

    def close(self):
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()


class Server:
    def __init__(self, comparison, workers):
        versions = {name: getattr(optional(name), "__version__", None) for name in ("numpy", "scipy", "numba")}
        self.module = importlib.import_module(comparison)
        self.pool = Workers(workers)
        self.variants = {}
        if versions["numba"]:
            numba = optional("numba")
            numba.set_num_threads(min(workers, numba.config.NUMBA_NUM_THREADS))
        missing = {
            variant: [name for name in needs if not versions[name]]
            for variant, needs in self.module.NEEDS.items()
        }
        self.greeting = {"python": platform.python_version(), "packages": versions, "missing": missing}

    def prepare(self, size):
        self.close_variants()
        self.variants = self.module.prepare(size, self.pool)
        return {}

    def check(self, variant, at):
        start = time.perf_counter()
        answer = self.variants[variant]()
        seconds = time.perf_counter() - start
        values = flatten(answer)
        return {"length": len(values), "values": [float(values[i]) for i in at if i < len(values)], "seconds": seconds}

    def run(self, variant, times):
        run, seconds = self.variants[variant], []
        for _ in range(times):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        return {"seconds": seconds}

    def close_variants(self):
        self.variants.pop("close", lambda: None)()

    def close(self):
        self.close_variants()
        self.pool.close()


def flatten(answer):
    """The numbers of an answer in a row; of complex ones, real and imaginary parts in turn."""
    numpy = optional("numpy")
    if numpy is None:
        return answer
    array = numpy.ascontiguousarray(answer)
    return array.view(float).ravel() if array.dtype == complex else array.ravel()


def main():
    # Nothing but answers may go where answers go.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    server = Server(sys.argv[1], int(sys.argv[2]))
    answer(server.greeting)
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer(getattr(server, request.pop("do"))(**request))
            except Exception as error:
                answer({"error": f"{type(error).__name__}: {error}"})
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


if __name__ == "__main__":
    main()
