"""Teaches sieve and head on banks of ready features; a lesson that was broken off goes on from its last save."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from ml.train.dashboard.banks import Bank
from ml.train.dashboard.network import Head, Sieve, colours_of

DRAWN, LIT, DARK = 112, 64, 80
"""Crops of each bank in a step."""
FORGETTING, LEAST_CHANCE = 0.5, 0.05
"""A crop of background is shown as often as it was lately taken for a light, and never quite forgotten."""
RATE = 4e-3
SAVE_EVERY = 200


class Pupil(nn.Module):
    """What is taught: the two small networks, and how much each crop of background still fools them."""

    def __init__(self, classes: int, dark: int) -> None:
        super().__init__()
        self.sieve, self.head = Sieve(), Head(classes)
        self.chances = nn.Parameter(torch.ones(dark), requires_grad=False)


def teach(drawn: Bank, lit: Bank, dark: Bank, classes: int, steps: int, seed: int, place: Path) -> Pupil:
    """Sieve and head after this many steps."""
    torch.manual_seed(seed)
    pupil = Pupil(classes, len(dark.labels))
    taught = [*pupil.sieve.parameters(), *pupil.head.parameters()]
    optimiser = torch.optim.AdamW(taught, lr=RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1, pct_start=0.2)
    done = _resume(place, pupil, optimiser, schedule)
    pupil.train()
    for step in (bar := tqdm(range(done, steps), initial=done, total=steps, desc=place.stem, mininterval=5)):
        torch.manual_seed(seed * 1_000_003 + step)
        rows = torch.multinomial(pupil.chances, DARK, replacement=True)
        parts = [_some(drawn, DRAWN), _some(lit, LIT), _at(dark, rows)]
        crops, features, labels = (torch.cat(pieces) for pieces in zip(*parts, strict=True))
        logits = pupil.head(features.float(), colours_of(crops))
        is_lit = (labels != classes - 1).float()
        loss = functional.cross_entropy(logits, labels, label_smoothing=0.03)
        loss = loss + functional.binary_cross_entropy_with_logits(pupil.sieve(crops), is_lit)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        mistaken = 1 - logits.detach()[-DARK:].softmax(dim=1)[:, -1]
        before = pupil.chances.data[rows]
        pupil.chances.data[rows] = (FORGETTING * before + (1 - FORGETTING) * mistaken).clamp(min=LEAST_CHANCE)
        bar.set_postfix(loss=f"{loss.item():.3f}")
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            _save(place, pupil, optimiser, schedule, step + 1)
    return pupil.eval()


def _some(bank: Bank, count: int) -> tuple[Tensor, Tensor, Tensor]:
    return _at(bank, torch.randint(len(bank.labels), (count,)))


def _at(bank: Bank, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return bank.crops[rows], bank.features[rows], bank.labels[rows]


def _save(
    place: Path,
    pupil: Pupil,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    step: int,
) -> None:
    state = {
        "pupil": pupil.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    part = place.with_suffix(".part")
    torch.save(state, part)
    part.replace(place)


def _resume(
    place: Path, pupil: Pupil, optimiser: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler
) -> int:
    if not place.exists():
        return 0
    state = torch.load(place, weights_only=True)
    pupil.load_state_dict(state["pupil"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])
