"""The HTTP and WebSocket server. Thin and stateless; it never imports the worker."""

from __future__ import annotations
