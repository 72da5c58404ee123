"""What everything about an agent depends on."""

from rlvis.stages.digest import digest


def agent_origin(checkpoint) -> dict | None:
    """An agent's network and parameters as dependencies of a stage; `None` where the network is own code, of which nobody can tell when it changes."""
    if checkpoint.network.description is None:
        return None
    return {"network": checkpoint.network.description, "parameters": digest(checkpoint.parameters)}
