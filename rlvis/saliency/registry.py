"""All saliency methods by name; users add their own."""

from difflib import get_close_matches

from rlvis.errors import OptionError
from rlvis.saliency.attention import ATTENTION
from rlvis.saliency.grad_cam import GRAD_CAM
from rlvis.saliency.gradient import GRADIENT_METHODS
from rlvis.saliency.jacobian import JACOBIAN
from rlvis.saliency.method import TARGET_KINDS, Explain, NoOptions, SaliencyMethod
from rlvis.saliency.perturbation import PERTURBATION_METHODS

METHODS: dict[str, SaliencyMethod] = {method.name: method for method in (*PERTURBATION_METHODS, JACOBIAN, *GRADIENT_METHODS, GRAD_CAM, ATTENTION)}


def register_saliency_method(name: str, explain: Explain, *, label: str | None = None, options: type = NoOptions, target_kinds=TARGET_KINDS, signed=False) -> SaliencyMethod:
    """Add a method of one's own: from then on it can be named in options and shows on the page.

    Args:
        name: letters, digits and underscores; not one of rlvis's own.
        explain: `explain(network, parameters, observations, state, targets, options) → (targets, N, h, w)`.
        label: for a person; the name if `None`.
        options: a dataclass of its options, all with defaults.
        target_kinds: the kinds of targets it can explain.
        signed: whether its maps can be negative, or a function of its options that says so.

    Raises:
        OptionError: for a name that cannot be used.
    """
    if not name.isidentifier() or (name in METHODS and name in _OWN):
        raise OptionError(f"a saliency method cannot be called {name!r}; choose letters, digits and underscores, and none of {', '.join(_OWN)}")
    METHODS[name] = SaliencyMethod(name, label or name, explain, options, tuple(target_kinds), signed)
    return METHODS[name]


def find_method(name: str) -> SaliencyMethod:
    """The method of that name.

    Raises:
        OptionError: if there is none; the message lists those there are.
    """
    if name not in METHODS:
        near = get_close_matches(name, METHODS, 1)
        raise OptionError(f"there is no saliency method {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}there are {', '.join(METHODS)}")
    return METHODS[name]


_OWN = tuple(METHODS)
