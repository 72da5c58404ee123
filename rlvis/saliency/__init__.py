"""Saliency of pixels: observations `(N, H, W, C)` and targets → maps `(targets, N, h, w)`, whatever the method.

Read `method.py` (what a method is), `perturbation.py` (the best known one), then the others; `registry.py` lists them.
"""

from rlvis.saliency.method import POLICY, SaliencyMethod
from rlvis.saliency.registry import METHODS, find_method, register_saliency_method

__all__ = ["METHODS", "POLICY", "SaliencyMethod", "find_method", "register_saliency_method"]
