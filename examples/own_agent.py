"""An interface for a network and an environment of your own: anything written in JAX, anything that shows pictures.

    python examples/own_agent.py -o my-interface
"""

import argparse

import jax
import jax.numpy as jnp
import numpy as np

import rlvis
from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, register_environment
from rlvis.networks import Network, Outputs


class Catch(VectorEnvironment):
    """A fruit falls through a 24 × 24 field; a basket at the bottom catches it (1) or does not (−1)."""

    observation_shape = (24, 24, 3)
    action_names = ("LEFT", "NOOP", "RIGHT")
    num_actions = 3

    def __init__(self, specification, num_envs, seed, human_frames=False, num_threads=None):
        self.num_envs = num_envs
        self.random = np.random.default_rng(seed)
        self.basket = np.full(num_envs, 12)
        self.fruit = np.stack([np.zeros(num_envs, int), self.random.integers(2, 22, num_envs)])
        self.moment = self.look(np.ones(num_envs, bool))

    def observe(self):
        return self.moment

    def step(self, actions):
        self.basket = np.clip(self.basket + 2 * (actions - 1), 2, 21)
        self.fruit[0] += 1
        landed = self.fruit[0] == 22
        rewards = np.where(landed, np.where(abs(self.fruit[1] - self.basket) <= 2, 1, -1), 0).astype(np.float32)
        self.fruit[0][landed] = 0
        self.fruit[1][landed] = self.random.integers(2, 22, landed.sum())
        self.moment = self.look(landed)
        return Transition(rewards, terminated=landed, truncated=np.zeros_like(landed), next=self.moment)

    def close(self):
        pass

    def look(self, firsts):
        pictures = np.full((self.num_envs, 24, 24, 3), 40, np.uint8)
        for picture, basket, row, column in zip(pictures, self.basket, *self.fruit, strict=True):
            picture[22:, max(basket - 2, 0) : basket + 3] = (80, 160, 255)
            picture[max(row - 1, 0) : row + 2, column - 1 : column + 2] = (255, 90, 60)
        return Moment(pictures, firsts)


def forward(parameters, observations, state, tap):
    """A network is a function; `tap` names each point that can be attributed to."""
    x = observations
    for name in ("low", "high"):
        x = jax.lax.conv_general_dilated(x, parameters[name]["kernel"], (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = tap(name, jax.nn.relu(x + parameters[name]["bias"]), kind="relu")
    x = x.reshape(x.shape[0], -1)
    return Outputs(logits=x @ parameters["policy"]["kernel"], value=(x @ parameters["value"]["kernel"])[:, 0])


def random_parameters(seed=0):
    """An untrained agent; put your trained parameters here."""
    random = np.random.default_rng(seed)
    shapes = {"low": (5, 5, 3, 8), "high": (5, 5, 8, 8), "policy": (288, 3), "value": (288, 1)}
    return {name: {"kernel": jnp.asarray(random.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1])), jnp.float32), "bias": jnp.zeros(shape[-1])} for name, shape in shapes.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", default="my-interface")
    output = parser.parse_args().output
    register_environment("catch", Catch, lambda specification: Catch.action_names)
    agent = rlvis.Checkpoint(Network(forward, (24, 24, 3), 3, name="mine"), random_parameters(), EnvironmentSpecification("catch", "catch"), Catch.action_names)
    page = rlvis.run(agent, output, trajectories={"num_envs": 2, "num_steps": 64}, observations={"num_envs": 4, "num_obs": 16, "obs_every": 3}, nmf_features=4)
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
