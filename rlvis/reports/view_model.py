"""What a page of curves shows, as plain data for its script."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rlvis.reports.curves import Run, Series, series
from rlvis.training.options import TrainingOptions


@dataclass(frozen=True)
class Chart:
    """One chart of a single run's report: its title, what it means, and the columns it shows, with labels."""

    title: str
    meaning: str
    columns: tuple[tuple[str, str], ...]


RETURN = "Sum of an episode's rewards as the game gives them. Training: episodes that ended in the iteration. Evaluations: mean and standard error over episodes played for that."
CHARTS = (
    Chart("Return", RETURN, (("return_mean", "training"), ("train_return", "train levels"), ("unseen_return", "unseen levels"))),
    Chart("Episode length", "Steps of the episodes that ended in the iteration.", (("length_mean", "steps"),)),
    Chart("Policy loss", "Clipped surrogate objective, mean over the iteration's minibatches.", (("policy_loss", "policy loss"),)),
    Chart("Value loss", "Half the squared error of the critic, clipped if so set.", (("value_loss", "value loss"),)),
    Chart("Imitation loss", "Divergence from the teacher's policy, and half the squared difference to its values.", (("imitation_loss", "imitation loss"),)),
    Chart("Entropy", "Of the policy, in nats.", (("entropy", "entropy"),)),
    Chart("Explained variance", "1 − Var[R − V] / Var[R]: 1 for a perfect critic, 0 for one no better than a constant.", (("explained_variance", "explained variance"),)),
    Chart("Divergence from the old policy", "Approximate KL divergence, in nats.", (("approximate_kl", "KL"),)),
    Chart("Clipped steps", "Fraction of steps whose probability ratio was clipped.", (("clip_fraction", "fraction"),)),
    Chart("Gradient norm", "Global norm before it is limited.", (("gradient_norm", "norm"),)),
    Chart("Learning rate", "Adam's step size.", (("learning_rate", "learning rate"),)),
    Chart("Speed", "Environment steps per second, and per second of processor time over all processes.", (("steps_per_second", "per second"), ("steps_per_cpu_second", "per processor second"))),
    Chart("Where time goes", "Fractions of an iteration's time.", (("emulator_fraction", "emulator"), ("forward_fraction", "acting"), ("update_fraction", "learning"))),
)
SHOWN_OPTIONS = ("environment", "network", "seed", "num_levels", "distribution_mode", "learning_rate", "epochs", "minibatches", "num_envs", "num_steps", "gamma", "gae_lambda")


def report_model(run: Run) -> dict[str, Any]:
    """The page of one run: every chart that the run has something for."""
    charts = []
    for chart in CHARTS:
        lines = [line for column, label in chart.columns if (line := series(run, 0, column, label)) is not None]
        if any(line.values.any() for line in lines):
            charts.append(chart_model(chart.title, chart.meaning, lines))
    return page_model(f"Training of {run.label}", [run], charts)


def comparison_model(runs: Sequence[Run]) -> dict[str, Any]:
    """The page of several runs: a chart for each quantity, with a line for each run that has it."""
    charts = []
    for chart in CHARTS:
        for column, label in chart.columns:
            lines = [line for number, run in enumerate(runs) if (line := series(run, number, column, run.label)) is not None]
            if any(line.values.any() for line in lines):
                title = chart.title if len(chart.columns) == 1 else f"{chart.title}: {label}"
                charts.append(chart_model(title, chart.meaning, lines))
    return page_model(f"Comparison of {', '.join(run.label for run in runs)}", runs, charts)


def chart_model(title: str, meaning: str, lines: Sequence[Series]) -> dict[str, Any]:
    """A chart as plain data."""
    return {"title": title, "meaning": meaning, "series": [_line_model(line) for line in lines]}


def page_model(title: str, runs: Sequence[Run], charts: Sequence[dict]) -> dict[str, Any]:
    """A page as plain data: its charts, and for each run its label, what it reached and how it was trained."""
    return {"format": "rlvis-report", "version": 1, "title": title, "charts": list(charts), "runs": [_run_model(run, len(runs) > 1) for run in runs]}


def _line_model(line):
    model = {"label": line.label, "run": line.run, "points": line.points}
    arrays = {"steps": line.steps, "hours": line.hours, "values": line.values, "errors": line.errors}
    return model | {name: None if array is None else [float(f"{x:.6g}") for x in array] for name, array in arrays.items()}


def _run_model(run, brief):
    steps = int(run.columns["steps"][-1])
    facts = [["steps", f"{steps:,} of {run.options.total_steps:,}"], ["time", _duration(run.columns["seconds"][-1])]]
    for column, label in (("train_return", "return on train levels"), ("unseen_return", "return on unseen levels")):
        known = np.flatnonzero(np.isfinite(run.columns.get(column, np.array([]))))
        if len(known):
            value, error = run.columns[column][known[-1]], run.columns[f"{column}_error"][known[-1]]
            facts.append([f"{label}, last evaluation", f"{value:.3g} ± {error:.2g}"])
    names = SHOWN_OPTIONS if brief else [item.name for item in fields(TrainingOptions)]
    options = [[name, _text(getattr(run.options, name))] for name in names]
    return {"label": run.label, "facts": facts, "options": options}


def _text(value):
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return {True: "yes", False: "no", None: "none"}.get(value, str(value)) if isinstance(value, bool) or value is None else str(value)


def _duration(seconds):
    hours, minutes = divmod(round(float(seconds) / 60), 60)
    return f"{hours} h {minutes:02d} min"
