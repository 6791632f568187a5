"""The rules in SQL, tried from SQL."""

from __future__ import annotations
