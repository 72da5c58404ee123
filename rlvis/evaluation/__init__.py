"""How well an agent plays: episodes that were not picked for being short, their results, and videos of them.

Read `play.py` (which episodes count), `results.py` (what is written), `perception.py` (a picture of what the agent sees
and attends to), `recording.py` (videos).
"""
