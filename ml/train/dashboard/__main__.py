"""`python -m ml.train.dashboard --data DATA --work FOLDER`: makes the banks, teaches on each source and on all."""

import argparse
import logging
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from ml.train.dashboard.lessons import (
    APART,
    BOTH,
    SOURCES,
    TASKS,
    all_shapes,
    draw,
    prepare,
    take,
    trunk_session_file,
    unlit_patches,
)

log = logging.getLogger("ml.train.dashboard")
PROCESSES = 2
"""Processes that draw the banks by turns, then lessons that are taught at the same time."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds cars/ and backbones/")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and saved lessons")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    chosen.work.mkdir(parents=True, exist_ok=True)
    cars, work = chosen.data / "cars", chosen.work
    trunk_session_file(chosen.data, work)
    all_shapes(cars, work)
    for lesson in (BOTH, APART):
        unlit_patches(cars, work, lesson)
    # Spawned: each process reads what now lies in the work folder, and none inherits another's threads.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        list(processes.map(partial(prepare, chosen.data, work), SOURCES))
        list(processes.map(partial(draw, chosen.data, work, turns=PROCESSES), range(PROCESSES)))
        for taught in processes.map(partial(take, chosen.data, work), TASKS):
            log.info("taught %s", taught)


if __name__ == "__main__":
    main()
