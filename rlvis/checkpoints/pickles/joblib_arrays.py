"""What a joblib file says about arrays: a wrapper in the pickle, the numbers right behind it in the file."""

from math import prod

from rlvis.checkpoints.arrays import array_from_bytes, checked_shape, item_size
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.pickles.numpy_arrays import PickledArray, PickledType
from rlvis.checkpoints.pickles.safe_pickle import Reference, Rules
from rlvis.errors import CheckpointError

WRAPPER = Reference("joblib.numpy_pickle", "NumpyArrayWrapper")


def joblib_rules(budget: Budget) -> Rules:
    """The rules that read joblib's array wrapper, counting each array's bytes.

    An array of Python objects would follow as a second pickle; joblib itself reads that with the ordinary, unsafe
    reader. Here it is refused before a byte of it is read.
    """

    def read_array(_, state, stream):
        if not isinstance(state, dict) or not isinstance(state.get("dtype"), PickledType):
            raise CheckpointError("a joblib array has no number type")
        kind, shape = state["dtype"].resolve(), checked_shape(state.get("shape"))
        if state.get("numpy_array_alignment_bytes") is not None:
            padding = stream.read(1)
            stream.read(padding[0] if padding else 0)
        count = prod(shape) * item_size(kind)
        budget.spend(count, f"an array of shape {shape}")
        value = PickledArray()
        value.array = array_from_bytes(stream.read(count), kind, shape, "F" if state.get("order") == "F" else "C")
        return value

    return Rules(states={WRAPPER: read_array})
