"""torchvision's MobileNetV2: steepness check-model image docs/examples/torchvision_model.py:MobileNet"""

from torchvision.models import MobileNetV2

from steepness.adapters import Classifier


class MobileNet(Classifier):
    """MobileNetV2; its size dial is the width, 32 the published one."""

    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(MobileNetV2(num_classes=classes, width_mult=size / 32), channels)
