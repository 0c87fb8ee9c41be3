"""The demonstration: accounts of every role, and phones all over Cameroon with a fault now and then."""

from monitor.demo.accounts import prepare

__all__ = ["prepare"]
