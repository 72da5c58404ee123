"""How fast perturbation saliency is, against the published ways of computing it on the same machine.

    python benchmarks/perturbation_saliency.py [--frames 16] [--repeats 5] [--checkpoint FILE]

Needs the extra "peers", except with `--checkpoint`: then only rlvis's two ways are measured, on that agent's network. Actor and critic maps of frames of 80 × 80 pixels, 256 masks each, by the recurrent network of
Greydanus et al. (random weights: speed does not depend on them). Prints milliseconds per frame, of wall time and of
processor time, the best of the repeats; contenders take turns, so that other work on the machine hits all of them. "xaitk" is
XAITK-saliency's deep reinforcement learning notebook: masks, occlusion and scoring by that package, a PyTorch model run
on one picture at a time. "loop" is what Greydanus et al. and the DTU's videos do: a mask made and a picture blended in
NumPy for every position, and a model run on it, once for the actor and once for the critic. "batched" is all masks of a frame in
one PyTorch batch.

How much the two ways of rlvis differ is rounding: with these weights, which hardly react to a blur, outputs of whole pictures and
of windows are both 4e-7 of the largest output away from a computation in float64, and maps 7e-5 and 4e-5 of their maximum.
"""

import argparse
import sys
import time
from pathlib import Path

import jax
import numpy as np
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import rlvis  # noqa: E402
from rlvis.attribution.targets import VALUE  # noqa: E402
from rlvis.networks.stack import Convolution, Recurrence, StackDescription, build_stack, parameter_shapes  # noqa: E402
from rlvis.saliency import POLICY, find_method  # noqa: E402
from rlvis.saliency.frames import map_trajectory  # noqa: E402
from rlvis.saliency.perturbation import PerturbationOptions, make_masks  # noqa: E402
from rlvis.saliency.perturbed_outputs import initial_state  # noqa: E402

SIZE, ACTIONS, MEMORY = 80, 6, 256


def agent():
    """The network and random parameters."""
    layers = tuple(Convolution(f"conv{i}", 32, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu") for i in range(1, 5))
    description = StackDescription((SIZE, SIZE, 1), ACTIONS, (*layers, Recurrence("gru", MEMORY, "gru")))
    generator = np.random.default_rng(0)
    shapes = parameter_shapes(description)
    parameters = {name: {part: (generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]) or 1)).astype(np.float32) for part, shape in group.items()} for name, group in shapes.items()}
    return build_stack(description), parameters


def torch_model(parameters, device="cpu"):
    """The same network in PyTorch on a device, called with what lies on the CPU and giving what lies there: `model(pictures (N, 1, H, W), memory (N, 256)) → (logits, value)`."""
    import torch

    def tensor(array):
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    convolutions = [(tensor(parameters[f"conv{i}"]["kernel"].transpose(3, 2, 0, 1)), tensor(parameters[f"conv{i}"]["bias"])) for i in range(1, 5)]
    # Rows in (C, H, W) order, as PyTorch flattens.
    kernel = parameters["gru"]["input_kernel"].reshape(5, 5, 32, -1).transpose(2, 0, 1, 3).reshape(800, -1)
    cell = torch.nn.GRUCell(800, MEMORY)
    cell.to(device).load_state_dict({"weight_ih": tensor(kernel.T), "weight_hh": tensor(parameters["gru"]["hidden_kernel"].T), "bias_ih": tensor(parameters["gru"]["bias"]), "bias_hh": tensor(parameters["gru"]["hidden_bias"])})
    heads = [(tensor(parameters[name]["kernel"].T), tensor(parameters[name]["bias"])) for name in ("policy", "value")]

    def model(pictures, memory):
        pictures, memory = pictures.to(device), memory.to(device)
        for weight, bias in convolutions:
            pictures = torch.nn.functional.elu(torch.nn.functional.conv2d(pictures, weight, bias, 2, 1))
        after = cell(pictures.flatten(1), memory)
        return tuple(torch.nn.functional.linear(after, *head).cpu() for head in heads)

    return model


def xaitk(model, pictures, memory):
    """XAITK-saliency's notebook, frame by frame."""
    import torch
    from xaitk_saliency.impls.gen_classifier_conf_sal.squared_difference_scoring import SquaredDifferenceScoring
    from xaitk_saliency.impls.perturb_image.sliding_radial import SlidingRadial
    from xaitk_saliency.utils.masking import occlude_image_batch

    perturber, scoring = SlidingRadial((1, 1), (5, 5), (5, 5)), SquaredDifferenceScoring()
    for picture, one_memory in zip(pictures, memory, strict=True):
        masks = perturber.perturb(picture)
        hidden = occlude_image_batch(picture, masks, gaussian_filter(picture, 3))
        fed = torch.from_numpy(one_memory)[None]
        reference = model(torch.from_numpy(picture)[None, None], fed)
        outputs = [model(torch.from_numpy(each)[None, None], fed) for each in hidden]
        for head in (0, 1):
            scoring.generate(reference[head][0].numpy(), np.concatenate([each[head].numpy() for each in outputs]), masks)


def loop(model, pictures, memory):
    """The published loop, frame by frame, once for each head."""
    import torch

    y, x = np.ogrid[:SIZE, :SIZE]
    for picture, one_memory in zip(pictures, memory, strict=True):
        fed = torch.from_numpy(one_memory)[None]
        for head in (0, 1):
            reference = model(torch.from_numpy(picture)[None, None], fed)[head]
            scores = np.zeros((17, 17))
            for i in range(0, SIZE, 5):
                for j in range(0, SIZE, 5):
                    mask = gaussian_filter(((x - j) ** 2 + (y - i) ** 2 <= 1).astype(np.float32), 5)
                    mask /= mask.max()
                    hidden = picture * (1 - mask) + gaussian_filter(picture, 3) * mask
                    scores[i // 5, j // 5] = 0.5 * (reference - model(torch.from_numpy(hidden)[None, None], fed)[head]).pow(2).sum()


def batched(model, pictures, memory):
    """All masks of a frame in one batch."""
    import torch

    masks = torch.from_numpy(make_masks(SIZE, SIZE, PerturbationOptions()).masks)
    for picture, one_memory in zip(pictures, memory, strict=True):
        fill, plain = torch.from_numpy(gaussian_filter(picture, 3)), torch.from_numpy(picture)
        model((plain + masks * (fill - plain))[:, None], torch.from_numpy(one_memory).expand(len(masks), -1))


def rlvis_maps(network, parameters, observations, state, local):
    """rlvis, as the interface and videos call it."""
    method, options = find_method("perturbation"), PerturbationOptions(local=local)
    return np.concatenate([maps for _, maps in map_trajectory(method, network, parameters, observations, [POLICY, VALUE], state, options)], axis=1)


def rlvis_contenders(network, parameters, observations, state):
    """rlvis's two ways, after a look at whether they agree."""
    whole, windows = (rlvis_maps(network, parameters, observations, state, local) for local in (False, True))
    print(f"recomputing windows instead of whole pictures changes maps by {np.abs(whole - windows).max() / whole.max():.1e} of their maximum", flush=True)
    frames = len(observations)
    return {
        "rlvis, whole pictures": (frames, lambda: rlvis_maps(network, parameters, observations, state, False)),
        "rlvis": (frames, lambda: rlvis_maps(network, parameters, observations, state, True)),
    }


def contenders_of(checkpoint, frames):
    """What is measured of an agent's network, by name, on random pictures."""
    observations = np.random.default_rng(1).random((frames, *checkpoint.network.observation_shape), np.float32)
    return rlvis_contenders(checkpoint.network, checkpoint.parameters, observations, initial_state(checkpoint.network, observations, None))


def contenders(frames, device="cpu"):
    """What is measured, by name; PyTorch on a device."""
    import torch

    network, parameters = agent()
    model = torch_model(parameters, device)
    generator = np.random.default_rng(1)
    pictures = generator.random((frames, SIZE, SIZE), np.float32)
    memory = generator.standard_normal((frames, MEMORY)).astype(np.float32)
    # The slow ones take fewer frames; times are per frame.
    few = max(1, frames // 8)
    with torch.no_grad():
        expected, _ = model(torch.from_numpy(pictures)[:, None], torch.from_numpy(memory))
    observations, state = pictures[..., None], {"gru": {"h": memory}}
    assert np.abs(expected.numpy() - np.asarray(network(parameters, observations, state).logits)).max() < 1e-3, "the two networks differ"
    return {
        "xaitk": (few, lambda: xaitk(model, pictures[:few], memory[:few])),
        "loop": (few, lambda: loop(model, pictures[:few], memory[:few])),
        "batched": (frames, lambda: batched(model, pictures, memory)),
        **rlvis_contenders(network, parameters, observations, state),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--torch-threads", type=int, default=1, help="threads of PyTorch; for one picture at a time more are no faster")
    parser.add_argument("--checkpoint", help="measure rlvis's two ways on this agent's network")
    parser.add_argument("--torch-device", default="cpu", help="where PyTorch computes, such as cuda; rlvis computes where JAX does")
    arguments = parser.parse_args()
    if arguments.checkpoint:
        runs = contenders_of(rlvis.load(arguments.checkpoint), arguments.frames)
    else:
        import torch

        torch.set_num_threads(arguments.torch_threads)
        torch.set_grad_enabled(False)
        runs = contenders(arguments.frames, arguments.torch_device)
    base = next(iter(runs))
    best = dict.fromkeys(runs, (np.inf, np.inf))
    for _ in range(arguments.repeats):
        for name, (frames, run) in runs.items():
            wall, processor = time.perf_counter(), time.process_time()
            run()
            times = (time.perf_counter() - wall) / frames, (time.process_time() - processor) / frames
            best[name] = tuple(map(min, best[name], times))
    print(f"{'':24}ms per frame: wall, processor; times faster than {base}: wall, processor ({jax.devices()[0].device_kind})")
    for name, times in best.items():
        ratios = [slow / fast for slow, fast in zip(best[base], times, strict=True)]
        print(f"{name:24}{1e3 * times[0]:10.1f} {1e3 * times[1]:10.1f} {ratios[0]:10.1f} {ratios[1]:10.1f}")


if __name__ == "__main__":
    main()
