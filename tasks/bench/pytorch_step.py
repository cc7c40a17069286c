"""One pretraining step of MAE or MetaMAE in plain eager PyTorch, for comparison on the same machine.

    pytorch_step.py CONFIGURATION        seconds of every timed step, peak memory, and how it was run
    pytorch_step.py --probe SHAPES       speed of matrix products
    pytorch_step.py --parity FOLDER      comparison with recorded runs of the published implementation
    pytorch_step.py --version            version of PyTorch

CONFIGURATION and SHAPES are JSON documents; every answer is one JSON document on the last line.
"""

import ctypes
import json
import os
import resource
import sys
import time

# The heap stays with the process: freed buffers that went back to the system would be faulted in
# again at every step. The thresholds do not fit the C function's int, so they go in as glibc's
# tunables, which it reads when a process starts.
TUNABLES = ":".join(f"glibc.malloc.{name}={value}" for name, value in (
    ("mmap_threshold", 4 << 30),
    ("trim_threshold", 16 << 30),
    ("top_pad", 256 << 20),
))
SIZES = {
    "paper": ((256, 12, 8), (128, 4, 4)),
    "small": ((128, 4, 4), (64, 2, 2)),
    "tiny": ((64, 2, 2), (32, 1, 1)),
}


def keep_heap():
    """Starts this program anew with the tunables; other C libraries ignore them."""
    if os.environ.get("GLIBC_TUNABLES") != TUNABLES:
        os.environ["GLIBC_TUNABLES"] = TUNABLES
        os.execv(sys.executable, [sys.executable, *sys.argv])


def mapped_bytes():
    """Bytes that malloc got by mapping instead of from its heap, where glibc can be asked: 0 if kept."""
    class Info(ctypes.Structure):
        _fields_ = [(name, ctypes.c_size_t) for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return None
    mallinfo2.restype = Info
    return mallinfo2().hblkhd


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def random_batch(torch, setting, samples):
    if setting["kind"] == "tokens":
        return torch.randint(setting["vocabulary"], (samples, setting["length"]))
    shape = (setting["length"],) if setting["kind"] == "series" else (
        setting["height"], setting["width"])
    return torch.randn(samples, setting["channels"], *shape)


def faster_adamw(torch, shapes):
    """The faster of the two implementations of AdamW on parameters of these shapes, and both times."""
    seconds = {}
    for name in ("foreach", "fused"):
        parameters = [torch.zeros(shape, requires_grad=True) for shape in shapes]
        for parameter in parameters:
            parameter.grad = torch.randn(parameter.shape) * 1e-3
        optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-4, **{name: True})
        times = []
        for _ in range(5):
            start = time.perf_counter()
            optimizer.step()
            times.append(time.perf_counter() - start)
        seconds[name] = min(times[1:])
    return min(seconds, key=seconds.get), seconds


def measure(options):
    import torch
    from pytorch_model import MaskedAutoencoder, objective

    torch.set_num_threads(options["threads"])
    torch.manual_seed(0)
    samples = options["batchSize"]
    model = MaskedAutoencoder(options["setting"], SIZES[options["preset"]], 0.1).train()
    chosen, adamw_seconds = faster_adamw(torch, [p.shape for p in model.parameters()])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4, **{chosen: True})
    batch = random_batch(torch, options["setting"], samples)
    seconds, faults = [], []
    for _ in range(options["warmup"] + options["steps"]):
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        draws = [torch.rand(samples, model.patches) for _ in range(2)]
        loss = objective(model, batch, *draws)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value = loss.item()
        seconds.append(time.perf_counter() - start)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return {
        "seconds": seconds[options["warmup"]:],
        "firstStep": seconds[0],
        "peakBytes": peak_bytes(),
        "loss": value,
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "optimizer": chosen,
        "optimizerSeconds": adamw_seconds,
        "mappedBytes": mapped_bytes(),
        "faults": faults[options["warmup"]:],
    }


def probe(options):
    """GFLOP/s of float32 matrix products: the best of repeated runs, each of at least 20 ms."""
    import torch

    torch.set_num_threads(options["threads"])
    results = []
    for m, k, n in options["shapes"]:
        a, b, best = torch.randn(m, k), torch.randn(k, n), 0.0
        repeats = max(1, round(4e9 / (2 * m * k * n)))
        for _ in range(6):
            start = time.perf_counter()
            for _ in range(repeats):
                torch.mm(a, b)
            best = max(best, 2 * m * k * n * repeats / (time.perf_counter() - start) / 1e9)
        results.append(best)
    return {"gigaflops": results}


def parity(folder):
    import torch
    from pytorch_parity import run_cases

    torch.set_num_threads(1)
    return {"cases": run_cases(folder)}


def version(_):
    import torch

    return {"version": torch.__version__}


def main():
    given, rest = sys.argv[1], sys.argv[2:]
    if given == "--version":
        answer = version(rest)
    elif given == "--parity":
        answer = parity(rest[0])
    elif given == "--probe":
        answer = probe(json.loads(rest[0]))
    else:
        keep_heap()
        answer = measure(json.loads(given))
    print(json.dumps(answer))


main()
