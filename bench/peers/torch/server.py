"""PyTorch on as many threads as its environment says, asked line by line on standard input; it times itself.

A line asks for a work by name, with what it is given: for its answer, or, with a pace, for its time in
milliseconds, or, of a work about memory, for the MiB that it took at most. bench/works has the same works, and says what each is.
"""

import json
import os
import sys
import time

import torch

import works

if "OMP_NUM_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
BATCH = 10


def batch(run, runs):
    start = time.perf_counter()
    for _ in range(runs):
        run()
    return (time.perf_counter() - start) * 1e3


def warm(run, most):
    """Runs for a fifth of the longest warm-up, and gives how many runs make a batch."""
    spent, runs = batch(run, 1), 1
    while spent < most / 5:
        spent += batch(run, runs)
        runs *= 2
    return max(1, round(BATCH * runs / spent))


def resident(what):
    """How many MiB of this process are in memory, or were at most."""
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(what))


class Contender:
    def __init__(self, work, given):
        self.run, self.answer = works.WORKS[work](given)
        self.runs, self.weighed, self.before = None, work.startswith("memory"), resident("VmRSS")

    def measure(self, pace):
        if self.weighed:
            self.run()
            return resident("VmHWM") - self.before
        self.runs = self.runs or warm(self.run, pace["warmUp"])
        times, end = [], time.perf_counter() + pace["slice"] / 1e3
        while not times or time.perf_counter() < end:
            times.append(batch(self.run, self.runs) / self.runs)
        return sorted(times)[len(times) // 2]


def blas():
    """Which library multiplies matrices."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        libraries = maps.read().lower()
    names = {"openblas": "OpenBLAS", "libmkl": "MKL", "blis": "BLIS", "libblas": "reference BLAS"}
    return next((name for part, name in names.items() if part in libraries), "its own BLAS")


def reply(value):
    print(json.dumps(value), flush=True)


torch.rand(2, 2) @ torch.rand(2, 2)
about = {"version": torch.__version__, "blas": blas(), "threads": torch.get_num_threads()}
reply({"value": {**about, "works": list(works.WORKS)}})
asked, contender = None, None
for line in sys.stdin:
    request = json.loads(line)
    try:
        # A work that we do compiled is begun anew.
        key = [request["work"], request["given"], request.get("compiled")]
        if key != asked:
            contender = None
            asked, contender = key, Contender(*key[:2])
        reply({"value": contender.measure(request["pace"]) if "pace" in request else contender.answer()})
    except Exception as error:  # whatever it is, who asked is to hear it
        reply({"error": f"{type(error).__name__}: {error}".splitlines()[0]})
