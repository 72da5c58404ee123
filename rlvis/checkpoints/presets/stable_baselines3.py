"""Policies of Stable-Baselines3 and its contributions with the Nature network: PPO, A2C, DQN, QR-DQN, recurrent PPO."""

import re
from dataclasses import dataclass, field

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions, input_channels
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.side_by_side import SIDE_BY_SIDE_NOTE, Transforms, doubled, reads_half, side_by_side
from rlvis.checkpoints.presets.tensor_names import first_match, numbered, recurrent_layers, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Affine, Dense, Recurrence, StackDescription

TORCH = CONVENTIONS["torch"]
_FIRST = re.compile(r"(.*?)((?:q_net|quantile_net)\.)?features_extractor\.cnn\.0\.weight")
_SEVERAL_INPUTS = re.compile(r"(.*?)features_extractor\.extractors\..*")
_ACTIVATIONS = {
    "Tanh": "tanh", "ReLU": "relu", "ELU": "elu", "LeakyReLU": "leaky_relu", "GELU": "gelu", "SiLU": "silu", "Sigmoid": "sigmoid", "Mish": "mish", "SELU": "selu",
    "Softplus": "softplus", "Identity": "linear",
}  # fmt: skip
_CHOICES = ("MultiDiscrete", "MultiBinary")


def recognise(contents: Contents) -> bool:
    """The names of Stable-Baselines3's NatureCNN, or of its extractor for several inputs."""
    return any(first_match(contents.tensors, pattern) is not None for pattern in (_FIRST, _SEVERAL_INPUTS))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, as far as names, shapes and the plain fields of `data` tell."""
    match = first_match(contents.tensors, _FIRST)
    if match is None:
        raise CheckpointError("this Stable-Baselines3 agent takes several inputs at once (MultiInputPolicy); only agents that see one picture can be explained")
    prefix, kind = match.groups()
    policy = _Policy(contents, prefix, request)
    policy.check_actions()
    result, names, transforms = policy.actor_critic() if kind is None else policy.action_values(kind)
    notes = tuple(policy.notes) if kind is None else (Q_NOTE, *policy.notes)
    if kind == "quantile_net.":
        notes += ("Each action value is the mean of its quantiles.",)
    return Interpretation(
        result,
        names,
        TORCH,
        environment_defaults={"atari": stack_of(result.observation_shape[2])},
        gamma=metadata_number(contents.metadata, "gamma"),
        gae_lambda=metadata_number(contents.metadata, "gae_lambda"),
        notes=notes,
        transforms=transforms,
    )


@dataclass
class _Policy:
    contents: Contents
    prefix: str
    request: Request
    notes: list[str] = field(default_factory=list)
    shared: bool = True

    def __post_init__(self):
        self.tensors = self.contents.tensors

    def check_actions(self):
        """Refuse agents that do not choose one of some actions."""
        space = self.contents.metadata.get("action_space")
        kind = str(space.get(":type:", "")) if isinstance(space, dict) else ""
        several = next((choice for choice in _CHOICES if choice in kind), None)
        if f"{self.prefix}log_std" in self.tensors or several:
            what = f"makes several choices at once ({several})" if several else "has continuous actions"
            raise CheckpointError(f"this Stable-Baselines3 agent {what}; only a choice among actions can be explained")

    def actor_critic(self):
        """Trunk: the extractor and shared layers; towers: recurrent cells and the layers of `mlp_extractor`."""
        prefix = self.prefix
        extractor, names = self._extractor(f"{prefix}features_extractor.")
        transforms: Transforms = {}
        if not self._same_extractors():
            transforms = side_by_side(self.tensors, names, lambda name: f"{prefix}vf_{name.removeprefix(prefix)}")
            extractor, self.shared = doubled(extractor), False
            self.notes.append(SIDE_BY_SIDE_NOTE)
        shared, shared_names = self._shared()
        policy, policy_names = self._tower("policy", "" if "lstm" in shared_names else f"{prefix}lstm_actor", f"{prefix}mlp_extractor.policy_net.")
        value, value_names = self._tower("value", f"{prefix}lstm_critic", f"{prefix}mlp_extractor.value_net.")
        if f"{prefix}critic.weight" in self.tensors:
            features = shape_of(self.tensors, f"{prefix}critic.weight", 2)[0]
            value, value_names = (Dense("value_dense", features, "linear"), *value), {"value_dense": f"{prefix}critic", **value_names}
        if transforms:
            for number, (tower, head) in enumerate(((policy, "policy"), (value, "value"))):
                reader = tower[0] if tower else None
                part = "input_kernel" if isinstance(reader, Recurrence) else "kernel"
                transforms[reader.name if reader else head, part] = reads_half(number)
        names |= shared_names | policy_names | value_names | {"policy": f"{prefix}action_net", "value": f"{prefix}value_net"}
        num_actions = shape_of(self.tensors, f"{prefix}action_net.weight", 2)[0]
        return self._fit(extractor, shared, names, num_actions, policy, value), names, transforms

    def action_values(self, kind):
        """DQN: layers of `q_net.q_net`, the last is the head. QR-DQN: the same with A values for each of N quantiles."""
        prefix = self.prefix + kind
        extractor, names = self._extractor(f"{prefix}features_extractor.")
        layers = numbered(self.tensors, prefix + kind)
        if not layers:
            raise CheckpointError(f"tensor {prefix + kind + '0.weight'!r} is missing")
        hidden, hidden_names = self._layers("q", layers[:-1], "relu")
        names |= hidden_names | {"policy": layers[-1]}
        rows = shape_of(self.tensors, f"{layers[-1]}.weight", 2)[0]
        num_actions, transforms = rows, {}
        if kind == "quantile_net.":
            num_actions = self._num_actions(rows)
            # The mean over quantiles of linear outputs is the linear output of the mean weights.
            mean = lambda array: array.astype(np.float32).reshape(-1, num_actions, *array.shape[1:]).mean(axis=0)  # noqa: E731
            transforms = {("policy", "kernel"): mean, ("policy", "bias"): mean}
        return self._fit(extractor, hidden, names, num_actions, kind="q"), names, transforms

    def _fit(self, extractor, hidden, names, num_actions, policy=(), value=(), kind="actor-critic"):
        def make(shape):
            return StackDescription(shape, num_actions, (*self._scale(), *extractor, *hidden), policy, value, kind, "nature")

        channels = input_channels(self.tensors, names["conv1"] + ".weight", TORCH)
        shape = self.request.observation_shape or self._observation_shape(channels)
        inputs = shape_of(self.tensors, names["dense"] + ".weight", 2)[1] * (1 if self.shared else 2)
        return fit_picture(make, "dense", inputs, channels, Request(shape))

    def _extractor(self, prefix):
        prefixes = numbered(self.tensors, f"{prefix}cnn.")
        layers = convolutions(self.tensors, prefixes, TORCH, ".weight")
        features = shape_of(self.tensors, f"{prefix}linear.0.weight", 2)[0]
        names = {layer.name: name for layer, name in zip(layers, prefixes, strict=True)}
        return (*layers, Dense("dense", features)), {**names, "dense": f"{prefix}linear.0"}

    def _tower(self, name, lstm, dense):
        memory, memory_names = (), {}
        if f"{lstm}.weight_hh_l0" in self.tensors:
            memory, memory_names = recurrent_layers(self.tensors, f"{name}_lstm", lstm, "lstm")
        layers, names = self._dense(name, dense, "tanh")
        return memory + layers, memory_names | names

    def _shared(self):
        """What policy and value have in common after the extractor: the dense layers of old versions, or an LSTM."""
        prefix = self.prefix
        shared, names = self._dense("shared", f"{prefix}mlp_extractor.shared_net.", "tanh")
        alone = not any(f"{prefix}{critic}" in self.tensors for critic in ("lstm_critic.weight_hh_l0", "critic.weight"))
        if alone and f"{prefix}lstm_actor.weight_hh_l0" in self.tensors:
            memory, memory_names = recurrent_layers(self.tensors, "lstm", f"{prefix}lstm_actor", "lstm")
            return (*memory, *shared), memory_names | names
        return shared, names

    def _scale(self):
        """Policies made with `normalize_images=False` see bytes as they are."""
        metadata = self.contents.metadata
        arguments, space = metadata.get("policy_kwargs"), metadata.get("observation_space")
        unscaled = isinstance(arguments, dict) and arguments.get("normalize_images") is False
        bytes_ = isinstance(space, dict) and "uint8" in str(space.get("dtype"))
        return (Affine("bytes", 255.0),) if unscaled and bytes_ else ()

    def _dense(self, name, prefix, default):
        return self._layers(name, numbered(self.tensors, prefix), default)

    def _layers(self, name, prefixes, default):
        activation = self._activation(default) if prefixes else default
        layers = tuple(Dense(f"{name}_dense{number}", shape_of(self.tensors, f"{prefix}.weight", 2)[0], activation) for number, prefix in enumerate(prefixes, start=1))
        return layers, {layer.name: prefix for layer, prefix in zip(layers, prefixes, strict=True)}

    def _activation(self, default):
        arguments = self.contents.metadata.get("policy_kwargs")
        named = arguments.get("activation_fn") if isinstance(arguments, dict) else None
        if named is None:
            if not self.contents.metadata and not self.notes:
                self.notes.append(f"The file does not say which activation function follows the dense layers of policy and value; {default}, the usual one, was taken.")
            return default
        function = re.sub(r".*\.|[^\w]+$", "", str(named))
        if function not in _ACTIVATIONS:
            raise CheckpointError(f"the layers of policy and value are followed by {function[:60]!r}; supported are {', '.join(_ACTIVATIONS)}")
        return _ACTIVATIONS[function]

    def _same_extractors(self):
        pair = [self.tensors.get(f"{self.prefix}{part}_features_extractor.cnn.0.weight") for part in ("pi", "vf")]
        return any(tensor is None for tensor in pair) or np.array_equal(*map(np.asarray, pair))

    def _observation_shape(self, channels):
        space = self.contents.metadata.get("observation_space")
        shape = space.get("_shape", space.get("shape")) if isinstance(space, dict) else None
        numbers = [int(n) for n in re.findall(r"\d{1,5}", str(shape))] if shape is not None else []
        if len(numbers) != 3 or channels not in numbers:
            return None
        # Channels come first unless only the last number can be theirs.
        return (*numbers[1:], channels) if numbers[0] == channels else (*numbers[:2], channels)

    def _num_actions(self, rows):
        space = self.contents.metadata.get("action_space")
        text = str(space.get("n", "")) if isinstance(space, dict) else ""
        number = re.search(r"\d{1,5}", text)
        count = int(number.group()) if number else rows // 200
        if count < 1 or rows % count:
            raise CheckpointError(f"the quantile network has {rows} outputs, which {count} actions do not divide")
        return count


PRESET = Preset("stable-baselines3", "Stable-Baselines3 policy with the Nature network", recognise, interpret)
