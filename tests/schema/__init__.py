"""What the schema as a whole promises."""

from __future__ import annotations
