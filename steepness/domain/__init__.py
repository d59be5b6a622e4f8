"""The contract that a domain fulfils, ours or a stranger's, and the kit that helps it to."""

from steepness.domain.contract import PARTS, SPLITS, TEST, TRAIN, VALIDATION, Data, Domain, Metric, Options
from steepness.domain.importing import import_object, unknown
from steepness.domain.registry import domain_class, domain_names, get_domain

__all__ = [
    "PARTS",
    "SPLITS",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "Data",
    "Domain",
    "Metric",
    "Options",
    "domain_class",
    "domain_names",
    "get_domain",
    "import_object",
    "unknown",
]
