"""`python -m ml.train.dashboard --data DATA --work FOLDER`: makes the banks, teaches on each source and on all."""

import argparse
import logging
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from ml.train.dashboard.lessons import BOTH, LESSONS, made_books, take

log = logging.getLogger("ml.train.dashboard")
PROCESSES = 2
"""Lessons that are taught at the same time."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds cars/ and backbones/")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and saved lessons")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    chosen.work.mkdir(parents=True, exist_ok=True)
    made_books(chosen.data, chosen.work, BOTH)
    # Spawned: each process reads the banks that now lie in the work folder, and none inherits another's threads.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        for lesson in processes.map(partial(take, chosen.data, chosen.work), LESSONS):
            log.info("taught %s", lesson)


if __name__ == "__main__":
    main()
