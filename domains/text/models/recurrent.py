"""What the recurrent models share: how they start."""

from __future__ import annotations

from torch import nn

INITIAL_RANGE = 0.1
"""Of the paper's uniform initialisation."""


class Recurrent(nn.Module):
    """A recurrent language model; subclasses build their layers, then call `initialise`."""

    def initialise(self, initial_range: float = INITIAL_RANGE) -> None:
        """Draws every parameter uniformly from -initial_range to initial_range."""
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -initial_range, initial_range)
