"""The contract that a domain fulfils, ours or a stranger's, and the kit that helps it to."""

from steepness.domain.contract import (
    SPLITS,
    Data,
    Domain,
    Metric,
    Options,
    domain_class,
    domain_names,
    get_domain,
    import_object,
    unknown,
)

__all__ = [
    "SPLITS",
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
