#!/usr/bin/env python3
"""Writes schedules_golden.txt: the learning rates of PyTorch's schedulers for a maximum of 1, step by step, in double.

Lines are "name dims value value ...".
"""
from pathlib import Path

import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR

STEPS = 60


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=1.0)


SCHEDULES = {
    "one_cycle": lambda o: OneCycleLR(o, max_lr=1.0, total_steps=STEPS, cycle_momentum=False),
    "one_cycle_other": lambda o: OneCycleLR(o, max_lr=1.0, total_steps=STEPS, pct_start=0.45, div_factor=10,
                                            final_div_factor=100, cycle_momentum=False),
    "triangular": lambda o: CyclicLR(o, base_lr=0.1, max_lr=1.0, step_size_up=7, cycle_momentum=False),
    "triangular2": lambda o: CyclicLR(o, base_lr=0.2, max_lr=1.0, step_size_up=4, step_size_down=11, mode="triangular2",
                                      cycle_momentum=False),
}

lines = []
for name, make in SCHEDULES.items():
    o = optimizer()
    schedule = make(o)
    rates = []
    for step in range(STEPS):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        if step + 1 < STEPS:
            schedule.step()
    lines.append(" ".join([name, str(STEPS)] + [f"{rate:.15g}" for rate in rates]))
(Path(__file__).parent / "values" / "schedules_golden.txt").write_text("\n".join(lines) + "\n")
