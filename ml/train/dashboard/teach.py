"""Training in two lessons: renders only, which every judged model shares, then real photos on top; resumable."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from ml.train.dashboard import scenes
from ml.train.dashboard.network import Namer

SAVE_EVERY = 50


def teach(
    bank: scenes.Stock, network: Namer, steps: int, rate: float, seed: int, place: Path, background: int
) -> Namer:
    """The network after this lesson; a lesson that was broken off goes on from its last save."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps + 1, pct_start=0.2)
    done = _resume(place, network, optimiser, schedule)
    network.train()
    bar = tqdm(range(done, steps), initial=done, total=steps, desc=place.stem, mininterval=10)
    for step in bar:
        dice = torch.Generator().manual_seed(seed * 1_000_003 + step)
        torch.manual_seed(seed * 7_919 + step)
        crops, labels = scenes.batch(bank, 64, background, dice)
        loss = functional.cross_entropy(network(crops), labels, label_smoothing=0.03)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        bar.set_postfix(loss=f"{float(loss):.3f}")
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            _save(place, network, optimiser, schedule, step + 1)
    return network.eval()


def _save(place: Path, network: Namer, optimiser: torch.optim.Optimizer, schedule: object, step: int) -> None:
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),  # type: ignore[attr-defined]
        "step": step,
    }
    part = place.with_suffix(".part")
    torch.save(state, part)
    part.replace(place)


def _resume(place: Path, network: Namer, optimiser: torch.optim.Optimizer, schedule: object) -> int:
    if not place.exists():
        return 0
    state = torch.load(place, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])  # type: ignore[attr-defined]
    return int(state["step"])


def predict(network: Namer, crops: Tensor) -> Tensor:
    """Logits of many crops, in pieces that fit a small machine."""
    with torch.inference_mode():
        return torch.cat([network(piece) for piece in crops.split(256)])
