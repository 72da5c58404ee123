"""What the variables of Free-Lunch Saliency's networks are called, and in which order its graph makes them."""

from rlvis.networks.free_lunch_saliency import VARIANTS

SCOPE = "ppo2_model"


def variable_prefixes(network: str, scope: str = SCOPE) -> dict[str, str]:
    """By layer of the described network, what stands before `/w:0` and `/b:0`; in the order of the graph.

    Args:
        network: a key of `VARIANTS`.
        scope: the model's variable scope.
    """
    gates = VARIANTS[network].gates
    # One attention after the last convolution has its variables in the trunk's scope, others have scopes of their own.
    nested = gates not in ((), (3,))
    prefixes = {}
    for number in (1, 2, 3):
        prefixes[f"conv{number}"] = f"{scope}/pi/c{number}"
        if number in gates:
            layer = f"attention{number if len(gates) > 1 else ''}"
            own = f"{scope}/pi/h{number}" if nested else f"{scope}/pi"
            prefixes |= {f"{layer}.hidden": f"{own}/h1", f"{layer}.output": f"{own}/h2"}
    return prefixes | {"dense": f"{scope}/pi/fc1", "policy": f"{scope}/pi", "value": f"{scope}/vf"}
