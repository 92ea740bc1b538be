"""A thousand tasks that each work for a known time."""

import time

TASKS = 1000

NEEDS = {"loop": [], "apply": [], "map-1": [], "map": []}


def spin(seed, steps):
    """Steps of a linear generator (Numerical Recipes)."""
    state = seed
    for _ in range(steps):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state


def nanoseconds_of_step():
    steps, best = 20000, float("inf")
    for _ in range(10):
        start = time.perf_counter()
        spin(1, steps)
        best = min(best, (time.perf_counter() - start) / steps * 1e9)
    return best


def prepare(size, pool):
    steps = max(1, round(size / nanoseconds_of_step()))
    pairs = [(seed, steps) for seed in range(TASKS)]
    return {
        "loop": lambda: [spin(seed, steps) for seed, steps in pairs],
        "apply": lambda: [pool.apply(spin, pair) for pair in pairs],
        "map-1": lambda: pool.starmap(spin, pairs, chunksize=1),
        "map": lambda: pool.starmap(spin, pairs),
    }
