"""`rlvis inspect`: what is in a checkpoint."""

import json

from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments

DESCRIPTION = "Say what is in a checkpoint: format, network, layers to attribute to, environment, metadata, and what is missing. Nothing in the file is executed."
_SHOWN_METADATA = 12


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("inspect", help="say what is in a checkpoint", description=DESCRIPTION)
    add_checkpoint_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=inspect_checkpoint)


def inspect_checkpoint(arguments) -> int:
    """Run the command."""
    given = loading_arguments(arguments)
    from rlvis.checkpoints.inspection import inspect

    found = inspect(arguments.checkpoint, **given)
    print(json.dumps(found, indent=2) if arguments.json else describe(found))
    return 0


def describe(found: dict) -> str:
    """What `rlvis.checkpoints.inspection.inspect` found, as text for people."""
    sections = [_head(found)]
    if found["network"] is None:
        sections.append(_table([("tensor", "shape")] + [(tensor["name"], _size(tensor["shape"])) for tensor in found["tensors"]]))
    else:
        attributable = {tap["name"] for tap in found["taps"] if tap["attributable"]}
        sections.append(_table([("layer", "kind", "output", "parameters")] + [_layer(layer) for layer in found["layers"]]))
        sections.append("layers to attribute to: " + (", ".join(tap["name"] for tap in found["taps"] if tap["name"] in attributable) or "none"))
        sections.append(_play(found))
    if found["metadata"]:
        sections.append("metadata\n" + "\n".join(f"  {key}: {_short(value)}" for key, value in list(found["metadata"].items())[:_SHOWN_METADATA]))
    sections += [f"note: {note}" for note in found.get("notes", ())]
    sections += [f"missing: {item}" for item in found["missing"]]
    return "\n\n".join(sections)


def _head(found):
    lines = [f"{found['path']}", f"{found['format']}, {found['bytes']:,} bytes" if found["bytes"] else found["format"]]
    network = found["network"]
    if network:
        memory = ", with memory" if network["recurrent"] else ""
        lines.append(f"network {network['name']} ({network['kind']}{memory}): observations {_size(network['observation_shape'])}, {network['num_actions']} actions, {network['parameters']:,} parameters")
    return "\n".join(lines)


def _layer(layer):
    sizes = ", ".join(_size(shape) for shape in layer["parameters"].values() if len(shape) > 1)
    return layer["name"], layer["kind"], "" if layer["output_shape"] is None else _size(layer["output_shape"]) or "1", f"{layer['count']:,} ({sizes})" if sizes else ""


def _play(found):
    environment = found["environment"]
    lines = []
    if environment:
        options = ", ".join(f"{name}={json.dumps(value)}" for name, value in environment["options"].items())
        lines.append(f"environment: {environment['kind']} {environment['name']}{f' ({options})' if options else ''}")
    lines.append("preprocessing: " + _preprocessing(found["preprocessing"]))
    lines.append(f"actions: {', '.join(found['action_names'])}")
    lines.append(f"advantages: γ {found['gamma']:g}, λ {found['gae_lambda']:g}")
    return "\n".join(lines)


def _preprocessing(steps):
    parts = []
    if steps.get("crop"):
        parts.append("crop to rows {}–{}, columns {}–{}".format(*steps["crop"]))
    if steps.get("grayscale"):
        parts.append(f"grey ({steps['grayscale']})")
    if steps.get("contrast_stretch") or steps.get("filter") == "byte_bilinear":
        parts.append("contrast stretched")
    if steps.get("resize"):
        parts.append(f"resize to {_size(steps['resize'])} ({steps['filter']})")
    if steps.get("frame_stack", 1) > 1:
        parts.append(f"stack of {steps['frame_stack']} frames, {steps['stack_order'].replace('_', ' ')}, starting with {steps['stack_start']}")
    return "; ".join([*parts, steps["scale"]])


def _table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _size(shape):
    return "×".join(map(str, shape))


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 160 else text[:157] + "…"
