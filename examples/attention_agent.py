"""Train a small agent with attention, and show its attention beside two other maps: `python examples/attention_agent.py [STEPS]`.

Training takes some five minutes of a processor. The agent is weak, but better than chance: on StarPilot it returned 2.92 (95 %
interval 2.54 to 3.29) over 224 episodes, where random actions returned 1.58 (1.29 to 1.88).

Attention comes after the first convolution, so it has a value for every fourth pixel; with cnn_sparse_fls it comes after
the third, and on pictures of 64 × 64 pixels has 4 × 4 values only.
"""

import sys

import rlvis

RUN, RESULTS, PAGE = "attention-run", "attention-results", "attention-page"


def main(steps: str = "400000") -> None:
    checkpoint = rlvis.train(
        "starpilot",
        RUN,
        network="cnn_sparse_fls_h1",
        network_options=("channels=[16,32,32]", "attention_features=16", "features=128"),
        distribution_mode="easy",
        environment_options=("use_backgrounds=false",),
        total_steps=int(steps),
        num_steps=128,
        epochs=2,
        learning_rate=1e-3,
        gamma=0.99,
        eval_every=0,
    )
    for name, epsilon in (("agent", 0.0), ("random actions", 1.0)):
        summary = rlvis.evaluate(checkpoint, f"{RESULTS}/{name}", num_env=32, evals_per_env=7, epsilon=epsilon)["summary"]
        low, high = summary["mean_interval"]
        print(f"{name}: mean return {summary['mean']:.2f} ({low:.2f} to {high:.2f}) over {summary['episodes']} episodes")
    page = rlvis.run(
        checkpoint,
        PAGE,
        trajectories={"num_envs": 2, "num_steps": 128},
        observations={"num_envs": 8, "num_obs": 32, "obs_every": 16},
        layers={"name_contains_one_of": ("conv3",)},
        saliency_methods=("attention", "perturbation", "input_integrated_gradients"),
    )
    print(f"what it attends to, and what else can be said about that: {page}")


if __name__ == "__main__":
    main(*sys.argv[1:])
