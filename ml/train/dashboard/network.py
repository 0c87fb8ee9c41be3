"""The small network that names a crop; its first step (colours and contrast) travels inside the ONNX file."""

import torch
from torch import Tensor, nn


def _step(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


class Namer(nn.Module):
    """Crops (n, 48, 48, 3) uint8 to logits (n, classes)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _step(6, 16, 2),
            _step(16, 32),
            nn.MaxPool2d(2),
            _step(32, 64),
            nn.MaxPool2d(2),
            _step(64, 128),
            _step(128, 128),
            nn.AvgPool2d(2),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * 9, classes))

    def forward(self, crops: Tensor) -> Tensor:
        colours = crops.permute(0, 3, 1, 2).float() / 255
        flat = colours.flatten(1)
        low, high = flat.min(dim=1).values, flat.max(dim=1).values
        stretched = (colours - low[:, None, None, None]) / (high - low + 0.05)[:, None, None, None]
        features: Tensor = self.body(torch.cat([colours, stretched], dim=1) - 0.4)
        logits: Tensor = self.head(features)
        return logits
