"""Maps 20,000 numbers over Python's own pool; answers each line on stdin with the seconds that took."""

import json
import multiprocessing
import sys
import time

COUNT = 20000


def double(x):
    return 2 * x


def main():
    numbers = list(range(COUNT))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for _ in sys.stdin:
            start = time.perf_counter()
            assert pool.map(double, numbers)[-1] == 2 * (COUNT - 1)
            print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
