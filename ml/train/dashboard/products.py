"""The tail as products of matrices: the same numbers, taught in less than half the time.

Going backwards through a depthwise convolution is slow on a processor. Over so few places it is one matrix a channel.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.train.dashboard.network import FIELD, Tail

KERNEL, PLACES = 5, FIELD * FIELD
"""All depthwise kernels of the tail are so wide."""


def late(tail: Tail, early: Tensor) -> Tensor:
    """What the tail makes of early features (n, channels, FIELD, FIELD); gradients reach its weights."""
    count = len(early)
    seen = early.transpose(0, 1).flatten(1)
    for block in tail.blocks:
        made = seen
        for step in block.steps:
            made = functional.relu6(made) if isinstance(step, nn.ReLU6) else _convolved(step.conv, made, count)
        seen = seen + made if block.adds else made
    return seen.view(-1, count, FIELD, FIELD).transpose(0, 1)


def _convolved(conv: nn.Conv2d, seen: Tensor, count: int) -> Tensor:
    """Features, a row a channel, after a convolution with kernels of one place or of one channel."""
    bias = conv.bias if conv.bias is not None else seen.new_zeros(conv.out_channels)
    if conv.groups == 1:
        return torch.addmm(bias[:, None], conv.weight.flatten(1), seen)
    matrices = (conv.weight.flatten(1) @ _reaches()).view(-1, PLACES, PLACES)
    return torch.baddbmm(bias[:, None, None], seen.view(-1, count, PLACES), matrices).flatten(1)


@cache
def _reaches() -> Tensor:
    """For each weight of a kernel, from which place to which it reaches, as (weights, places x places) of 0 and 1."""
    reaches = torch.zeros(KERNEL, KERNEL, FIELD, FIELD, FIELD, FIELD)
    places = [(y, x) for y in range(FIELD) for x in range(FIELD)]
    for y, x in places:
        for into_y, into_x in places:
            down, right = y - into_y + KERNEL // 2, x - into_x + KERNEL // 2
            if 0 <= down < KERNEL and 0 <= right < KERNEL:
                reaches[down, right, y, x, into_y, into_x] = 1
    return reaches.reshape(KERNEL * KERNEL, PLACES * PLACES)
