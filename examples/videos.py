"""The saliency videos that others published, of an agent of one's own: `python examples/videos.py RECIPE CHECKPOINT FILE [OPTION …]`.

Recipes: greydanus, xaitk, dtu, and fls, for which FILE is a directory. Further options are those of `rlvis saliency` (of
`rlvis evaluate` for fls), and have the last word: `--frames 20`, `--env spaceinvaders`, ….
"""

import sys

from rlvis.command_line import main

RECIPES = {
    # "Visualizing and Understanding Atari Agents": the actor's light is blue, the critic's red; 20 frames from number 150 on.
    "greydanus": ("saliency", "--methods", "perturbation", "--outputs", "policy", "value", "--colors", "blue", "red", "--greedy", "--start", "150", "--frames", "20", "--fps", "8"),
    # The notebook of xaitk-saliency: each map stretched over its own range, colours mixed with the picture.
    "xaitk": (
        "saliency", "--methods", "perturbation", "--method-options", "aggregate=mask", "stretch=true", "--outputs", "policy", "value", "--colors", "blue", "red",
        "--scale", "frame", "--intensity", "255", "--blend", "0.6", "--greedy", "--fps", "30", "--no-legend",
    ),
    # The project of the course 02456 at DTU: a grid of every fourth pixel, the actor alone, blurred, each frame at full strength.
    "dtu": (
        "saliency", "--methods", "perturbation", "--method-options", "stride=4", "--outputs", "policy", "--colors", "red", "--height", "512",
        "--sigma", "5", "--scale", "frame", "--intensity", "100", "--frames", "128", "--fps", "5",
    ),
    # Free-Lunch Saliency: pictures and observations with the network's own attention, one episode.
    "fls": ("evaluate", "--raw-obs", "--processed-obs", "--num-env", "1"),
}  # fmt: skip


def arguments(recipe: str, checkpoint: str, output: str, *further: str) -> list[str]:
    """The command line that a recipe stands for."""
    if recipe not in RECIPES:
        raise SystemExit(f"there is no recipe {recipe!r}; there are {', '.join(RECIPES)}")
    command, *options = RECIPES[recipe]
    return [command, checkpoint, "-o", output, *options, *further]


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    sys.exit(main(arguments(*sys.argv[1:])))
