"""Training agents with PPO: options go in, a run directory with checkpoints, curves and a report comes out.

Read `trainer.py` (the loop), `starting_point.py`, then `rollout.py` (playing), `minibatches.py`, `losses.py`, `gradients.py` and `update.py`
(learning), `evaluation.py`, `run_directory.py` and `training_state.py` (keeping).
"""
