"""Whether to believe saliency maps: do they find what the outputs depend on, do they depend on what was learned, do methods agree?

Read `removal_curves.py` (insertion and deletion), `parameter_randomization.py`, `rank_correlation.py` (agreement), then
`assessment.py`, which asks all of it of one agent.
"""
