"""The checkpoints of understanding-rl-vision: Baselines' PPO2 with the networks clear, impala and nature."""

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import atari_environment, stack_of
from rlvis.environments.actions import COINRUN_OLD_ACTIONS, PROCGEN_ACTIONS
from rlvis.environments.procgen_options import COINRUN_OLD, ProcgenOptions
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import CheckpointError
from rlvis.networks.architectures import describe
from rlvis.networks.stack import StackDescription

_HEAD = "pi/w:0"


def recognise(contents: Contents) -> bool:
    """Baselines' policy head, and `args` that a trainer wrote, or the layers of its IMPALA network."""
    scope = _scope(contents.tensors)
    return scope is not None and (isinstance(contents.metadata.get("args"), dict) or f"{scope}pi/layer_0/kernel:0" in contents.tensors)


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network that `args` names, and the environment."""
    scope = _scope(contents.tensors)
    arguments = contents.metadata.get("args")
    if not isinstance(arguments, dict):
        # What Baselines itself saves, as the published training code of Procgen does.
        arguments = _impala_arguments(contents.tensors, scope)
    cnn = arguments.get("cnn") or "clear"
    if cnn not in _LAYERS:
        raise CheckpointError(f"the checkpoint's network is {str(cnn)[:60]!r}; supported are {', '.join(_LAYERS)}")
    description = _describe(cnn, scope, contents.tensors, arguments, request)
    names = {layer: f"{scope}pi/{name}" for layer, name in _LAYERS[cnn](contents, scope, description)}
    heads = {"policy": f"{scope}pi", "value": f"{scope}vf"}
    procgen = contents.metadata.get("args") is None and description.num_actions == len(PROCGEN_ACTIONS)
    memory = {"lstm": _lstm_prefix(contents.tensors)} if any(layer.name == "lstm" for layer in description.trunk) else {}
    environment = _environment(arguments, description.num_actions)
    old = environment is not None and environment.name == COINRUN_OLD
    return Interpretation(
        description,
        {**names, **heads, **memory, **_normalization(contents, names, description)},
        CONVENTIONS["tensorflow"],
        environment=environment,
        action_names=COINRUN_OLD_ACTIONS[: description.num_actions] if old else PROCGEN_ACTIONS if procgen else (),
        gamma=metadata_number(arguments, "gamma"),
        gae_lambda=metadata_number(arguments, "lambda"),
    )


def _scope(tensors):
    """What stands before the head `pi/w:0`; `None` if there is none."""
    return next((name[: -len(_HEAD)] for name in tensors if name.endswith("/" + _HEAD)), None)


def _impala_arguments(tensors, scope):
    """The arguments that an IMPALA network's shapes imply: five convolutions in each sequence, then a dense layer."""
    shape_at = lambda number: tuple(getattr(tensors.get(f"{scope}pi/layer_{number}/kernel:0"), "shape", ()))  # noqa: E731
    count = next(count for count in range(20) if len(shape_at(5 * count)) != 4 or count == 19)
    features = shape_at(5 * count)
    if not count or len(features) != 2:
        raise CheckpointError(f"layer {5 * count} of the IMPALA network is not its dense layer; expected a tensor '{scope}pi/layer_{5 * count}/kernel:0' of two dimensions")
    return {"cnn": "impala", "stack_channels": "_".join(str(shape_at(5 * index)[3]) for index in range(count)), "emb_size": int(features[1])}


def _describe(cnn, scope, tensors, arguments, request) -> StackDescription:
    first = {"clear": f"{scope}pi/1a/conv2d/kernel:0", "impala": f"{scope}pi/layer_0/kernel:0", "nature": f"{scope}pi/c1/w:0"}[cnn]
    if first not in tensors or len(tensors[first].shape) != 4:
        raise CheckpointError(f"the checkpoint says its network is {cnn!r}, but there is no tensor {first!r} of four dimensions")
    options = {"lstm": _lstm_size(tensors)} if arguments.get("use_lstm") else {}
    if cnn == "clear":
        options.update(channels=tensors[first].shape[3], normalization=f"{scope}pi/1a/batch_normalization/gamma:0" in tensors)
    elif cnn == "impala":
        options.update(channels=_stack_channels(arguments), features=_whole_number(arguments, "emb_size", 256))
    size = (64, 64) if (arguments.get("env_kind") or "procgen") == "procgen" else (84, 84)
    shape = request.observation_shape or (*size, tensors[first].shape[2])
    return describe(cnn, shape, tensors[f"{scope}{_HEAD}"].shape[-1], **options)


def _stack_channels(arguments):
    text = str(arguments.get("stack_channels") or "16_32_32")
    if not all(part.isdigit() and len(part) < 5 for part in text.split("_")) or len(text) > 60:
        raise CheckpointError(f"stack_channels is {text[:60]!r}; expected numbers joined by underscores, such as 16_32_32")
    return tuple(int(part) for part in text.split("_"))


def _whole_number(arguments, key, default):
    value = arguments.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 20:
        raise CheckpointError(f"{key} is {str(value)[:60]!r}; expected a whole number")
    return value


def _clear_layers(_contents, _scope, _description):
    convolutions = [(name, f"{name}/conv2d") for name in ("1a", "2a", "2b", "3a", "4a")]
    return [*convolutions, ("dense1", "dense"), ("dense2", "dense_1")]


def _nature_layers(_contents, _scope, _description):
    return [("conv1", "c1"), ("conv2", "c2"), ("conv3", "c3"), ("dense", "fc1")]


def _impala_layers(_contents, _scope, description):
    blocks = sum(layer.name.endswith(".conv") for layer in description.trunk)
    parts = ("conv", "res1.conv1", "res1.conv2", "res2.conv1", "res2.conv2")
    layers = [f"block{block + 1}.{part}" for block in range(blocks) for part in parts] + ["dense"]
    return [(layer, f"layer_{number}") for number, layer in enumerate(layers)]


_LAYERS = {"clear": _clear_layers, "impala": _impala_layers, "nature": _nature_layers}


def _normalization(contents, names, description):
    """Only what was trained is in the file; the recorded mean and variance stayed at 0 and 1, as the training code left them."""
    found = {}
    for layer in description.trunk:
        if getattr(layer, "normalization", False):
            prefix = names[layer.name].removesuffix("conv2d") + "batch_normalization"
            parts = {"scale": "gamma", "offset": "beta", "mean": "moving_mean", "variance": "moving_variance"}
            found[f"{layer.name}.normalization"] = {
                part: f"{prefix}/{name}:0" if f"{prefix}/{name}:0" in contents.tensors or part in ("scale", "offset") else None
                for part, name in parts.items()
            }
    return found


def _lstm_prefix(tensors):
    found = [name for name in tensors if name.endswith("lstm/wx:0")]
    if not found:
        raise CheckpointError("the checkpoint says that it has an LSTM (use_lstm), but there is no tensor lstm/wx:0")
    return found[0].removesuffix("/wx:0")


def _lstm_size(tensors):
    shape = tensors[_lstm_prefix(tensors) + "/wx:0"].shape
    if len(shape) != 2 or shape[1] % 4 or not shape[1]:
        raise CheckpointError(f"tensor {_lstm_prefix(tensors) + '/wx:0'!r} has shape {tuple(shape)}; expected (inputs, 4 times the LSTM's size)")
    return shape[1] // 4


def _environment(arguments, num_actions):
    kind = arguments.get("env_kind") or "procgen"
    if kind == "atari":
        sticky = {"repeat_action_probability": 0.25} if arguments.get("use_sticky_actions") == 1 else {}
        return atari_environment(arguments.get("env_id"), {**stack_of(_whole_number(arguments, "frame_stack", 1)), "episodic_life": True, **sticky})
    name = arguments.get("env_name")
    if kind != "procgen" or not isinstance(name, str):
        return None
    options = {key: arguments[key] for key in ProcgenOptions.__dataclass_fields__ if arguments.get(key) is not None}
    stack = _whole_number(arguments, "frame_stack", 1)
    options |= ({"frame_stack": stack} if stack > 1 else {}) | ({"num_actions": num_actions} if name == COINRUN_OLD else {})
    return EnvironmentSpecification("procgen", name, options)


PRESET = Preset("reference", "understanding-rl-vision checkpoint (clear, impala, nature)", recognise, interpret)
