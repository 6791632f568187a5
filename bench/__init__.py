"""Repeatable measurements. Never imported, never part of the test run."""

from __future__ import annotations
