"""Banks of training crops with the trunk's features of each, made once, piece by piece, and kept in the work folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from ml import model

PIECE = 1000
"""Crops of one saved piece: what is lost when a run is broken off."""

Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
"""Crops uint8 (n, 48, 48, 3) and their classes."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Crops, what the trunk sees in them, and their classes, row by row."""

    crops: Tensor
    features: Tensor
    labels: Tensor


def made(folder: Path, trunk: Path, draw: Draw, count: int, seed: int) -> Bank:
    """The bank in this folder; pieces that are there already are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    session = model.session(trunk.read_bytes())
    pieces = []
    for number in tqdm(range(-(-count // PIECE)), desc=f"bank {folder.name}", mininterval=5):
        place = folder / f"{number:04}.npz"
        if not place.exists():
            crops, labels = draw(PIECE, torch.Generator().manual_seed(seed * 1_000_003 + number))
            seen = [session.run(None, {"crops": rows.numpy()})[0] for rows in crops.split(100)]
            part = place.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, crops=crops.numpy(), labels=labels.numpy(), features=_short(seen))
            part.replace(place)
        with np.load(place) as piece:
            pieces.append({name: torch.from_numpy(piece[name]) for name in ("crops", "features", "labels")})
    return Bank(*(torch.cat([piece[name] for piece in pieces]) for name in ("crops", "features", "labels")))


def _short(seen: list[NDArray[np.float32]]) -> NDArray[np.float16]:
    return np.concatenate(seen).astype(np.float16)


def joined(banks: list[Bank]) -> Bank:
    """All rows in one bank."""
    return Bank(
        torch.cat([bank.crops for bank in banks]),
        torch.cat([bank.features for bank in banks]),
        torch.cat([bank.labels for bank in banks]),
    )
