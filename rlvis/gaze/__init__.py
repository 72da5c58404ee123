"""Agreement of saliency with human gaze: a dataset of people playing, an agent that sees what they saw, and metrics.

Read `atari_head.py` (what is in the dataset), `replay.py` (what the agent sees of it), `fixations.py` (where people
looked meanwhile), `metrics.py` (how maps are compared with that), `agreement.py` (all of it for one trial), `results.py`
(all trials).
"""
