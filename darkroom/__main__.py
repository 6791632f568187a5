"""`python -m darkroom` is the console script by another name."""

from __future__ import annotations

from darkroom.cli import main

main()
