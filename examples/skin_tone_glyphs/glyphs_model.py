"""The network of the example: it says whether a glyph shows a woman, from its pixels."""

import torch
from torch import nn


class GlyphNet(nn.Module):
    """Three convolutions, then two linear layers: `[n, 3, 48, 48]` (0 to 1) to a logit `[n, 1]`."""

    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Sequential(
            nn.Conv2d(3, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.judge = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * 6 * 6, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 1)
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logit that the glyph shows a woman."""
        return self.judge(self.see(image))


def load_model(path: str, device: str) -> GlyphNet:
    """The trained network: dlaudit calls this where the configuration says `code = "glyphs_model.py"`."""
    net = GlyphNet()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net.eval()
