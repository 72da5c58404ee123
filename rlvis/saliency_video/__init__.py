"""Videos and pictures of an agent's play with saliency over it.

Read `options.py` (what can be chosen), `clip.py` (play and explain), `overlay.py` (colour), `legend.py` (words),
`picture_files.py` (GIF and PNG; videos are in `rlvis.video`).
"""
