"""Reading what people already have: any table, any log, and one line that says what was understood."""

from steepness.laws.reading.asked import Asked
from steepness.laws.reading.curve import Curve, Reading
from steepness.laws.reading.read import read

__all__ = ["Asked", "Curve", "Reading", "read"]
