"""Keeping NumPy's matrix products to one thread each while rlvis's own threads use the cores."""

import threading
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_users = 0
_limiter = None


@contextmanager
def single_blas_thread():
    """Matrix products run on the calling thread alone, for as long as anyone is inside.

    Sharing out a product with eight columns among threads takes several times the work, and much longer where other
    threads want the cores too. The library that sets the number heeds one thread alone as long as that lives: enter
    this in the thread that starts others before they do. Libraries that are loaded later, such as SciPy's, are not kept
    to anything: import what multiplies matrices before.
    """
    global _users, _limiter
    with _lock:
        if _users == 0:
            _limiter = _controller().limit(limits=1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limiter.restore_original_limits()


@cache
def _controller():
    return ThreadpoolController()
