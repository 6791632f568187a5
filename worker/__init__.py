"""The process that calls model providers. Thin and stateless; it never imports the API."""

from __future__ import annotations
