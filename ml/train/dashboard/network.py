"""The network that names crops: a sieve that looks at all, and opinions on what it lets pass.

All of it travels in one ONNX file, with the first steps (scaling, contrast) inside.
"""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

FEATURE_PX = 80
"""Crops are enlarged to this: a symbol then covers about 53 px, which the features were made for."""
PASSED = 160
"""At most so many candidates of one picture are looked at closely; with 96 pale lights by day were among the rest."""
BLOCKS = (
    # kernel, stride, expansion, channels before and after: EfficientNet-lite0 up to its eleventh block.
    *((3, 1, 1, 32, 16), (3, 2, 6, 16, 24), (3, 1, 6, 24, 24), (5, 2, 6, 24, 40), (5, 1, 6, 40, 40)),
    *((3, 2, 6, 40, 80), (3, 1, 6, 80, 80), (3, 1, 6, 80, 80), (5, 1, 6, 80, 112), (5, 1, 6, 112, 112)),
    (5, 1, 6, 112, 112),
)
FROZEN = 8
"""Blocks that stay as they were published; those after them are taught in second opinions."""
FEATURES, FIELD = 112, 5
"""Channels, and places a side, of what the trunk sees in one crop."""


class Same(nn.Module):
    """A convolution padded as the features' makers padded theirs: at the far edges first."""

    def __init__(self, kernel: int, stride: int, before: int, after: int, groups: int = 1) -> None:
        super().__init__()
        total = max(kernel - stride, 0)
        self.pads = [total // 2, total - total // 2] * 2
        self.conv = nn.Conv2d(before, after, kernel, stride, groups=groups)

    def forward(self, features: Tensor) -> Tensor:
        padded: Tensor = self.conv(functional.pad(features, self.pads))
        return padded


class Block(nn.Module):
    def __init__(self, kernel: int, stride: int, expansion: int, before: int, after: int) -> None:
        super().__init__()
        wide = before * expansion
        steps: list[nn.Module] = [Same(1, 1, before, wide), nn.ReLU6()] if expansion > 1 else []
        steps += [Same(kernel, stride, wide, wide, wide), nn.ReLU6(), Same(1, 1, wide, after)]
        self.steps = nn.Sequential(*steps)
        self.adds = stride == 1 and before == after

    def forward(self, features: Tensor) -> Tensor:
        seen: Tensor = self.steps(features)
        return features + seen if self.adds else seen


class Front(nn.Module):
    """Crops (n, 48, 48, 3) uint8 to early features (n, 80, 5, 5); never taught here."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.Sequential(Same(3, 2, 3, 32), nn.ReLU6(), *(Block(*block) for block in BLOCKS[:FROZEN]))

    def forward(self, crops: Tensor) -> Tensor:
        colours = crops.permute(0, 3, 1, 2).float()
        large = functional.interpolate(colours, size=(FEATURE_PX, FEATURE_PX), mode="bilinear")
        features: Tensor = self.steps((large - 127) / 128)
        return features


class Tail(nn.Module):
    """Early features to late ones (n, 112, 5, 5)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [Block(*block) for block in BLOCKS[FROZEN:]]
        self.steps = nn.Sequential(*self.blocks)

    def forward(self, early: Tensor) -> Tensor:
        features: Tensor = self.steps(early)
        return features


def read_trunk(file: Path) -> tuple[Front, Tail]:
    """Front and tail with the published weights of EfficientNet-lite0 (their batch norms are folded in)."""
    graph = onnx.load(str(file)).graph
    values = {value.name: torch.from_numpy(numpy_helper.to_array(value).copy()) for value in graph.initializer}
    published = [node.input for node in graph.node if node.op_type == "Conv"]
    front, tail = Front(), Tail()
    convs = [module for part in (front, tail) for module in part.modules() if isinstance(module, nn.Conv2d)]
    with torch.no_grad():
        for conv, (_, weight, bias) in zip(convs, published, strict=False):
            conv.weight.copy_(values[weight])
            if conv.bias is not None:
                conv.bias.copy_(values[bias])
    return front.eval().requires_grad_(requires_grad=False), tail.eval().requires_grad_(requires_grad=False)


class Seeing(nn.Module):
    """What the published trunk sees in crops, early and late."""

    def __init__(self, front: Front, tail: Tail) -> None:
        super().__init__()
        self.front, self.tail = front, tail

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        early = self.front(crops)
        return early, self.tail(early)


class Sieve(nn.Module):
    """How surely each crop (n, 48, 48, 3) shows something lit, as a logit; cheap enough for hundreds."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            *(nn.Conv2d(6, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU()),
            *(nn.Conv2d(24, 48, 3, 1, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU()),
            *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(48 * 9, 1)),
        )

    def forward(self, crops: Tensor) -> Tensor:
        small = functional.avg_pool2d(crops.permute(0, 3, 1, 2).float() / 255, 2)
        logits: Tensor = self.steps(torch.cat([small, stretched(small)], dim=1) - 0.4)
        return logits[:, 0]


class Head(nn.Module):
    """Names what the trunk sees, with the plain colours of 5 x 5 places beside it."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(nn.Conv2d(FEATURES + 6, 96, 1, bias=False), nn.BatchNorm2d(96), nn.ReLU())
        self.name = nn.Sequential(nn.Flatten(), nn.Dropout(0.4), nn.Linear(96 * FIELD * FIELD, classes))

    def forward(self, features: Tensor, colours: Tensor) -> Tensor:
        logits: Tensor = self.name(self.mix(torch.cat([features, colours, stretched(colours)], dim=1)))
        return logits


def colours_of(crops: Tensor) -> Tensor:
    """Mean colours of 5 x 5 places, 0..1, as (n, 3, 5, 5)."""
    # 45 = 9 x 5 of the 48 px: an even division, which every runtime computes alike.
    middle = crops[:, 1:46, 1:46].permute(0, 3, 1, 2).float() / 255
    return functional.avg_pool2d(middle, 9)


def stretched(colours: Tensor) -> Tensor:
    """The same with the darkest place black and the brightest white: a pale symbol by day is one too."""
    flat = colours.flatten(1)
    low, high = flat.min(dim=1).values, flat.max(dim=1).values
    return (colours - low[:, None, None, None]) / (high - low + 0.05)[:, None, None, None]


class Opinion(nn.Module):
    """Names early features, with a tail of its own."""

    def __init__(self, tail: Tail, head: Head) -> None:
        super().__init__()
        self.tail, self.head = tail, head

    def forward(self, early: Tensor, colours: Tensor) -> Tensor:
        logits: Tensor = self.head(self.tail(early), colours)
        return logits


class Namer(nn.Module):
    """Crops (n, 48, 48, 3) uint8 to logits (n, classes); what the sieve holds back is background, the last class."""

    def __init__(self, front: Front, sieve: Sieve, opinions: list[Opinion]) -> None:
        super().__init__()
        self.front, self.sieve, self.opinions = front, sieve, nn.ModuleList(opinions)

    def forward(self, crops: Tensor) -> Tensor:
        passed = torch.sort(self.sieve(crops), descending=True).indices[:PASSED]
        close = crops[passed]
        early, colours = self.front(close), colours_of(close)
        said = torch.stack([opinion(early, colours).softmax(dim=1) for opinion in self.opinions])
        named = torch.log(said.mean(dim=0) + 1e-6)
        surely = torch.tensor([-12.0] * (named.shape[1] - 1) + [0.0])
        rest = surely.expand(crops.shape[0], -1)
        return torch.scatter(rest, 0, passed[:, None].expand(-1, named.shape[1]), named)
