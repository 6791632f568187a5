"""Darkroom's shared package: settings, the database, the schema loader, the command line.

The single seam between Python and Postgres: SQL text lives here and in sql/ only.
"""

from __future__ import annotations

__version__ = "0.1.0"
