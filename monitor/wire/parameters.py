"""Judges the parameters of an address by their names: one that is misspelt must not look as if it had been heeded."""

from collections.abc import Collection

from multidict import MultiMapping

from monitor.errors import InvalidField

MOST_FAULTS = 10
"""An address holds thousands of names; the first ones tell its writer enough."""


def demand_known(given: MultiMapping[str], once: Collection[str], often: Collection[str] = ()) -> None:
    """Passes parameters that are all among those that may stand `once` or `often`.

    Raises: InvalidField - names the others.
    """
    faults: dict[str, str] = {}
    for name in dict.fromkeys(given):
        if name not in once and name not in often:
            faults[name] = "there is no such parameter here"
        elif name not in often and len(given.getall(name)) > 1:
            faults[name] = "given more than once"
    if faults:
        raise InvalidField(faults=list(faults.items())[:MOST_FAULTS])
