"""Train a small agent with attention, then see how it plays and what it attends to: `python examples/attention_agent.py [STEPS]`.

The more steps, the further the attention leaves its first, even state; the agent that this trains in minutes is weak.
"""

import sys

import rlvis

RUN, RESULTS = "attention-run", "attention-results"


def main(steps: str = "300000") -> None:
    checkpoint = rlvis.train(
        "fruitbot",
        RUN,
        network="cnn_sparse_fls",
        network_options=("channels=[16,32,32]", "attention_features=64", "features=256"),
        distribution_mode="easy",
        total_steps=int(steps),
        eval_every=0,
    )
    results = rlvis.evaluate(checkpoint, RESULTS, num_env=2, evals_per_env=2, raw_obs=True, video_format="mp4")
    low, high = results["summary"]["mean_interval"]
    print(f"mean return {results['summary']['mean']:.2f} ({low:.2f} to {high:.2f}); what it attends to: {RESULTS}/perception.mp4")


if __name__ == "__main__":
    main(*sys.argv[1:])
