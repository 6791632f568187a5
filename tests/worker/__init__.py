"""Tests of the worker: real processes, real sockets, real files."""

from __future__ import annotations
