"""PPO in PyTorch with the settings of rlvis's training, to measure against: as CleanRL writes it, and tuned for a CPU.

Started by `training.py`, with the Python that has torch: `torch_ppo.py NETWORK ITERATIONS NUM_STEPS {published,tuned}`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.training import minibatches  # noqa: E402
from rlvis.environments import EnvironmentSpecification, make_environment  # noqa: E402

NUM_ENVS, EPOCHS, CLIP, GAMMA, LAMBDA = 64, 3, 0.2, 0.999, 0.95
MICRO_BATCH = 64


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(torch.relu(x))))


def trunk(network):
    if network == "nature":
        return nn.Sequential(nn.Conv2d(3, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 4 * 4, 512), nn.ReLU()), 512
    layers, before = [], 3
    for channels in (16, 32, 32):
        layers += [nn.Conv2d(before, channels, 3, padding=1), nn.MaxPool2d(3, 2, 1), Residual(channels), Residual(channels)]
        before = channels
    return nn.Sequential(*layers, nn.Flatten(), nn.ReLU(), nn.Linear(32 * 8 * 8, 256), nn.ReLU()), 256


class Agent(nn.Module):
    def __init__(self, network, num_actions):
        super().__init__()
        self.trunk, features = trunk(network)
        self.policy, self.value = nn.Linear(features, num_actions), nn.Linear(features, 1)

    def forward(self, observations):
        hidden = self.trunk(observations)
        return torch.distributions.Categorical(logits=self.policy(hidden)), self.value(hidden)[:, 0]


class Loop:
    """One PPO loop; `tuned` computes gradients in micro-batches and keeps pictures channels-last."""

    def __init__(self, network, num_steps, tuned):
        self.environment = make_environment(EnvironmentSpecification("procgen", "coinrun", {"distribution_mode": "easy"}), NUM_ENVS, 0)
        self.agent, self.num_steps, self.tuned = Agent(network, self.environment.num_actions), num_steps, tuned
        self.channels_last = tuned or network == "impala"
        if tuned:
            self.agent = self.agent.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.agent.parameters(), lr=5e-4, eps=1e-5)

    def pictures(self, observations):
        """uint8 `(N, H, W, C)` to float `(N, C, H, W)`.

        CleanRL's script for Procgen (impala) permutes NHWC pictures, which thereby are channels-last, while its script
        for Atari (nature) gets NCHW ones.
        """
        pictures = torch.as_tensor(observations).permute(0, 3, 1, 2)
        return (pictures if self.channels_last else pictures.contiguous()).float() / 255

    def iterate(self):
        shape = (self.num_steps, NUM_ENVS)
        observations = np.zeros((*shape, 64, 64, 3), np.uint8)
        actions, log_probabilities, values, rewards, dones = (torch.zeros(shape) for _ in range(5))
        seconds = {"emulator": 0.0}
        start = time.perf_counter()
        moment = self.environment.observe()
        for t in range(self.num_steps):
            observations[t] = moment.observations
            with torch.no_grad():
                policy, values[t] = self.agent(self.pictures(moment.observations))
                action = policy.sample()
                actions[t], log_probabilities[t] = action, policy.log_prob(action)
            before = time.perf_counter()
            transition = self.environment.step(action.numpy().astype(np.int32))
            seconds["emulator"] += time.perf_counter() - before
            rewards[t], dones[t] = torch.as_tensor(transition.rewards), torch.as_tensor(transition.dones).float()
            moment = transition.next
        with torch.no_grad():
            following = self.agent(self.pictures(moment.observations))[1]
        seconds["acting"] = time.perf_counter() - start - seconds["emulator"]
        start = time.perf_counter()
        advantages = torch.zeros(shape)
        carried = torch.zeros(NUM_ENVS)
        for t in reversed(range(self.num_steps)):
            after = following if t == self.num_steps - 1 else values[t + 1]
            delta = rewards[t] + GAMMA * (1 - dones[t]) * after - values[t]
            advantages[t] = carried = delta + GAMMA * LAMBDA * (1 - dones[t]) * carried
        batch = [x.reshape(-1) for x in (actions, log_probabilities, values, advantages, advantages + values)]
        self.learn(observations.reshape(-1, 64, 64, 3), batch)
        seconds["learning"] = time.perf_counter() - start
        return seconds

    def learn(self, observations, batch):
        size = len(observations) // minibatches(NUM_ENVS, self.num_steps)
        for _ in range(EPOCHS):
            order = np.random.permutation(len(observations))
            for start in range(0, len(order), size):
                indices = order[start : start + size]
                advantages = batch[3][indices]
                mean, deviation = advantages.mean(), advantages.std()
                self.optimizer.zero_grad()
                for part in np.array_split(indices, max(1, size // MICRO_BATCH)) if self.tuned else [indices]:
                    self.loss(observations[part], [x[part] for x in batch], mean, deviation, size).backward()
                nn.utils.clip_grad_norm_(self.agent.parameters(), 0.5)
                self.optimizer.step()

    def loss(self, observations, batch, mean, deviation, size):
        actions, old, old_values, advantages, returns = batch
        policy, values = self.agent(self.pictures(observations))
        advantages = (advantages - mean) / (deviation + 1e-8)
        ratio = (policy.log_prob(actions) - old).exp()
        policy_loss = torch.max(-advantages * ratio, -advantages * ratio.clamp(1 - CLIP, 1 + CLIP)).sum()
        clipped = old_values + (values - old_values).clamp(-CLIP, CLIP)
        value_loss = 0.5 * torch.max((values - returns) ** 2, (clipped - returns) ** 2).sum()
        return (policy_loss + 0.5 * value_loss - 0.01 * policy.entropy().sum()) / size


if __name__ == "__main__":
    network, iterations, num_steps, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    loop = Loop(network, num_steps, kind == "tuned")
    loop.iterate()
    for _ in range(iterations):
        before = time.perf_counter(), time.process_time()
        seconds = loop.iterate()
        elapsed, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
        print(json.dumps({"steps": NUM_ENVS * num_steps, "seconds": elapsed, "cpu": cpu, **seconds}), flush=True)
