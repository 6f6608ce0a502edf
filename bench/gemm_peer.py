"""Matrix products of another library, for bench/gemm.sh. Reads commands from standard input, answers each with a line.
usage: gemm_peer.py onednn|onednn-bf16|onednn-sgemm|openblas PATH_OF_LIBRARY clock|cpu
commands: `shape TOKENS IN OUT` -> `ok`; `run FORM MILLISECONDS` -> `BEST MEDIAN` (seconds);
FORM 0: y = x w^T; 1: dx += dy w; 2: dw += dy^T x. Threads: OMP_NUM_THREADS and OPENBLAS_NUM_THREADS."""
import ctypes
import statistics
import sys
import time
from ctypes import byref, c_char, c_float, c_int, c_int64, c_void_p

import numpy

LIBRARY, PATH = sys.argv[1], sys.argv[2]
now = time.process_time if sys.argv[3] == "cpu" else time.perf_counter
lib = ctypes.CDLL(PATH, mode=ctypes.RTLD_GLOBAL)


def matrix(rows, cols):
    """A random matrix at a multiple of 64 bytes."""
    raw = numpy.empty(rows * cols + 16, numpy.float32)
    start = -raw.ctypes.data % 64 // 4
    out = raw[start:start + rows * cols].reshape(rows, cols)
    out[:] = numpy.random.default_rng(1).random((rows, cols), numpy.float32) - 0.5
    return out


def halves(a):
    """The numbers of `a` as bf16, at a multiple of 64 bytes."""
    out = matrix(a.shape[0], (a.shape[1] + 1) // 2).view(numpy.uint16).reshape(-1)[:a.size].reshape(a.shape)
    out[:] = (a.view(numpy.uint32) + 0x8000) >> 16
    return out


def pointer(a):
    return c_void_p(a.ctypes.data)


def sgemm(c, a, turn_a, b, turn_b, add):
    """c (+)= a b, each of a and b transposed where `turn` says so."""
    m, n = c.shape
    k = a.shape[0] if turn_a else a.shape[1]
    if LIBRARY == "openblas":
        f = lib.scipy_cblas_sgemm
        f.argtypes = [c_int] * 6 + [c_float, c_void_p, c_int, c_void_p, c_int, c_float, c_void_p, c_int]
        head = (101, 112 if turn_a else 111, 112 if turn_b else 111)
    else:
        f = lib.dnnl_sgemm
        f.argtypes = [c_char] * 2 + [c_int64] * 3 + [
            c_float, c_void_p, c_int64, c_void_p, c_int64, c_float, c_void_p, c_int64]
        head = (b"T" if turn_a else b"N", b"T" if turn_b else b"N")
    args = (*head, m, n, k, 1.0, pointer(a), a.shape[1], pointer(b), b.shape[1], 1.0 if add else 0.0,
            pointer(c), n)
    return lambda: f(*args)


class Matmul:
    """oneDNN's matmul primitive; `add` is its sum post-operation."""

    def __init__(self):
        self.engine, self.stream = c_void_p(), c_void_p()
        check(lib.dnnl_engine_create(byref(self.engine), 1, c_int64(0)))
        check(lib.dnnl_stream_create(byref(self.stream), self.engine, 1))

    def description(self, rows, cols, turn, kind=3):
        dims = (c_int64 * 12)(*((cols, rows) if turn else (rows, cols)))
        strides = (c_int64 * 12)(*((1, cols) if turn else (cols, 1)))
        out = c_void_p()
        check(lib.dnnl_memory_desc_create_with_strides(byref(out), 2, dims, kind, strides))
        return out

    def product(self, c, a, turn_a, b, turn_b, add):
        class Arg(ctypes.Structure):
            _fields_ = [("arg", c_int), ("memory", c_void_p)]

        attr = c_void_p()
        check(lib.dnnl_primitive_attr_create(byref(attr)))
        if add:
            ops = c_void_p()
            check(lib.dnnl_post_ops_create(byref(ops)))
            check(lib.dnnl_post_ops_append_sum(ops, c_float(1), 0, 3))
            check(lib.dnnl_primitive_attr_set_post_ops(attr, ops))
        kind = 2 if a.dtype == numpy.uint16 else 3  # bf16, f32
        descriptions = [self.description(*a.shape, turn_a, kind), self.description(*b.shape, turn_b, kind),
                        self.description(*c.shape, False)]
        wanted, primitive = c_void_p(), c_void_p()
        check(lib.dnnl_matmul_primitive_desc_create(
            byref(wanted), self.engine, descriptions[0], descriptions[1], None, descriptions[2], attr))
        check(lib.dnnl_primitive_create(byref(primitive), wanted))
        args = (Arg * 3)()
        for i, (index, values) in enumerate(((1, a), (33, b), (17, c))):
            memory = c_void_p()
            check(lib.dnnl_memory_create(byref(memory), descriptions[i], self.engine, pointer(values)))
            args[i] = Arg(index, memory)

        def run():
            lib.dnnl_primitive_execute(primitive, self.stream, 3, args)
            lib.dnnl_stream_wait(self.stream)
        return run


def check(status):
    if status:
        raise RuntimeError(f"oneDNN status {status}")


product = Matmul().product if LIBRARY in ("onednn", "onednn-bf16") else sgemm
forms, kept = [], None
for line in sys.stdin:
    command, *numbers = line.split()
    if command == "shape":
        tokens, inner, outer = map(int, numbers)
        x, w, y = matrix(tokens, inner), matrix(outer, inner), matrix(tokens, outer)
        dx, dw = matrix(tokens, inner), matrix(outer, inner)
        kept = (x, w, y, dx, dw)
        few = LIBRARY == "onednn-bf16"
        a, b, dy = (halves(x), halves(w), halves(y)) if few else (x, w, y)
        forms = [product(y, a, False, b, True, False), product(dx, dy, False, b, False, True),
                 product(dw, dy, True, a, False, True)]
        kept += (a, b, dy)
        forms[0]()
        worst = numpy.abs(y[:4] - x[:4].astype(numpy.float64) @ w.T.astype(numpy.float64)).max()
        print("ok" if worst < (0.2 if few else 1e-2) else f"wrong by {worst}", flush=True)
    else:
        run, end, times = forms[int(numbers[0])], time.perf_counter() + int(numbers[1]) / 1000, []
        run()
        while time.perf_counter() < end or len(times) < 3:
            start = now()
            run()
            times.append(now() - start)
        print(min(times), statistics.median(times), flush=True)
