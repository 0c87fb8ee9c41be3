"""Several processes count together, and whichever is asked answers for all."""

import os
import subprocess
import sys
from pathlib import Path

from monitor import metrics


def in_another_process(folder: Path, code: str) -> str:
    environment = {**os.environ, metrics.FOLDER_VARIABLE: str(folder)}
    program = f"from monitor import metrics\n{code}"
    child = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    return child.stdout


def test_processes_of_one_folder_count_together(tmp_path: Path) -> None:
    for rows in (3, 4):
        in_another_process(
            tmp_path,
            f"metrics.items.labels('stored').inc({rows}); metrics.flush_rows.observe({rows})",
        )

    text = in_another_process(tmp_path, "print(metrics.exposition().decode())")
    assert 'roadpulse_items_total{outcome="stored"} 7.0' in text
    assert "roadpulse_flush_rows_count 2.0" in text


def test_dead_process_holds_no_sockets_but_has_counted(tmp_path: Path) -> None:
    code = "metrics.sockets.labels('device').set(5); metrics.items.labels('stored').inc(2)"
    shown = in_another_process(tmp_path, f"{code}; print(metrics.exposition().decode())")
    later = in_another_process(tmp_path, "print(metrics.exposition().decode())")

    assert 'roadpulse_sockets{kind="device"} 5.0' in shown
    assert 'kind="device"' not in later
    assert 'roadpulse_items_total{outcome="stored"} 2.0' in later
