"""Tests, each against a real Postgres."""

from __future__ import annotations
