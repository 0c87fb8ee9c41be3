"""Teaches the sieve and opinions on banks of ready features; a lesson broken off goes on from its last save.

The first opinion is a head over the published trunk. The second starts from it and may change the trunk's last blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from ml.train.dashboard import products
from ml.train.dashboard.banks import Bank, joined
from ml.train.dashboard.network import Head, Opinion, Sieve, Tail

FORGETTING, LEAST_CHANCE = 0.5, 0.05
"""A crop of background is shown as often as it was lately taken for a light, and never quite forgotten."""
SIEVE_EVERY = 3
"""Steps from one look of the sieve to the next: it has little to learn and costs more than the head."""
SAVE_EVERY = 200


@dataclass(frozen=True, slots=True)
class Course:
    """How an opinion is taught."""

    rates: tuple[float, ...]
    """Of each group of weights."""
    warm_up: float
    steady: float
    """How slowly the weights that are released follow those that are taught: single steps do not shake them."""
    drawn: int
    marks: int
    lit: int
    dark: int
    """Crops of each bank in a step."""


FIRST = Course(rates=(4e-3,), warm_up=0.2, steady=0.995, drawn=112, marks=0, lit=64, dark=80)
SECOND = Course(rates=(1e-3, 3e-4), warm_up=0.1, steady=0.99, drawn=64, marks=16, lit=32, dark=40)


@dataclass(frozen=True, slots=True)
class Books:
    """What is learnt from."""

    drawn: Bank
    marks: Bank
    lit: Bank
    dark: Bank


class Pupil(nn.Module):
    """What is taught first: the sieve, and a head over the published trunk."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.sieve, self.head = Sieve(), Head(classes)


class Lesson:
    """A network on its way, with all that a later run needs to go on."""

    def __init__(
        self, course: Course, taught: nn.Module, groups: list[nn.Module], dark: int, steps: int, place: Path
    ) -> None:
        self.course, self.taught, self.place, self.done = course, taught, place, 0
        self.steady = averaged(taught, course)
        rates = list(course.rates)
        self.optimiser = torch.optim.AdamW(
            [{"params": list(group.parameters()), "lr": rate} for group, rate in zip(groups, rates, strict=True)],
            weight_decay=0.05,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, rates, total_steps=steps + 1, pct_start=course.warm_up
        )
        self.chances = torch.ones(dark)
        """How much each crop of background still fools the network."""
        if place.exists():
            self._resume()

    def some(self, books: Books) -> tuple[Bank, Tensor]:
        """The crops of a step; the last of them are the background at these rows."""
        rows = torch.multinomial(self.chances, self.course.dark, replacement=True)
        counts = [(books.drawn, self.course.drawn), (books.marks, self.course.marks), (books.lit, self.course.lit)]
        parts = [at(bank, torch.randint(len(bank), (count,))) for bank, count in counts if count]
        return joined([*parts, at(books.dark, rows)]), rows

    def learn(self, loss: Tensor, logits: Tensor, rows: Tensor) -> None:
        """One step."""
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        self.schedule.step()
        self.steady.update_parameters(self.taught)
        mistaken = 1 - logits.detach()[-len(rows) :].softmax(dim=1)[:, -1]
        fooled = FORGETTING * self.chances[rows] + (1 - FORGETTING) * mistaken
        self.chances[rows] = fooled.clamp(min=LEAST_CHANCE)
        self.done += 1

    def save(self) -> None:
        """All of it in one file, which is whole or the one before."""
        state = {
            "pupil": self.taught.state_dict(),
            "steady": self.steady.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "chances": self.chances,
            "step": self.done,
        }
        part = self.place.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.place)

    def _resume(self) -> None:
        state = torch.load(self.place, weights_only=True)
        self.taught.load_state_dict(state["pupil"])
        self.steady.load_state_dict(state["steady"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.chances, self.done = state["chances"], int(state["step"])


def averaged(taught: nn.Module, course: Course) -> AveragedModel:
    """The weights as they are on average over the last steps."""
    return AveragedModel(taught, multi_avg_fn=get_ema_multi_avg_fn(course.steady), use_buffers=True)


def at(bank: Bank, rows: Tensor) -> Bank:
    """These rows of a bank."""
    return Bank(bank.crops[rows], bank.early[rows], bank.late[rows], bank.colours[rows], bank.labels[rows])


def teach_first(books: Books, classes: int, steps: int, seed: int, place: Path) -> Pupil:
    """Sieve and first head after this many steps."""
    torch.manual_seed(seed)
    pupil = Pupil(classes)
    lesson = Lesson(FIRST, pupil.train(), [pupil], len(books.dark), steps, place)
    for step in _steps(lesson, steps):
        torch.manual_seed(seed * 1_000_003 + step)
        seen, rows = lesson.some(books)
        logits = pupil.head(seen.late.float(), seen.colours)
        loss = functional.cross_entropy(logits, seen.labels, label_smoothing=0.03)
        if step % SIEVE_EVERY == 0:
            is_lit = (seen.labels != classes - 1).float()
            loss = loss + functional.binary_cross_entropy_with_logits(pupil.sieve(seen.crops), is_lit)
        lesson.learn(loss, logits, rows)
    _settle(lesson)
    return pupil.eval()


def teach_second(books: Books, tail: Tail, first: Head, classes: int, steps: int, seed: int, place: Path) -> Opinion:
    """A second opinion after this many steps, from the published tail and the first head on."""
    torch.manual_seed(seed)
    opinion = Opinion(tail.requires_grad_(requires_grad=True), Head(classes))
    opinion.head.load_state_dict(first.state_dict())
    lesson = Lesson(SECOND, opinion.train(), [opinion.head, opinion.tail], len(books.dark), steps, place)
    for step in _steps(lesson, steps):
        torch.manual_seed(seed * 1_000_003 + step)
        seen, rows = lesson.some(books)
        logits = opinion.head(products.late(opinion.tail, seen.early.float()), seen.colours)
        lesson.learn(functional.cross_entropy(logits, seen.labels, label_smoothing=0.03), logits, rows)
    _settle(lesson)
    return opinion.eval()


def _steps(lesson: Lesson, steps: int) -> Iterator[int]:
    """The steps that are left, saved now and then."""
    name = lesson.place.stem
    for step in tqdm(range(lesson.done, steps), initial=lesson.done, total=steps, desc=name, mininterval=5):
        yield step
        if lesson.done % SAVE_EVERY == 0 or lesson.done == steps:
            lesson.save()


def _settle(lesson: Lesson) -> None:
    """Gives the network its steady weights."""
    lesson.taught.load_state_dict(lesson.steady.module.state_dict())


def steady_weights(place: Path) -> dict[str, Tensor]:
    """What a saved lesson releases."""
    saved: dict[str, Tensor] = torch.load(place, weights_only=True)["steady"]
    return {name.removeprefix("module."): value for name, value in saved.items() if name.startswith("module.")}
