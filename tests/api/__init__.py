"""The API as its clients meet it: a real process, real sockets, a real database."""

from __future__ import annotations
