"""Modules that may not be installed."""

import importlib


def optional(name):
    """Imports a module, or gives None."""
    try:
        return importlib.import_module(name)
    except Exception:  # an installation that is broken is none
        return None
