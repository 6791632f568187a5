"""What handlers share; made once, when the process starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.intake import Intake
    from api.limits import Limits
    from api.readiness import Readiness
    from api.relay import Relay
    from api.shares import Shares
    from darkroom.database import Pool
    from darkroom.objects import Objects
    from darkroom.settings import Settings


@dataclass(frozen=True)
class State:
    """The parts that live as long as the process."""

    settings: Settings
    pool: Pool
    relay: Relay
    objects: Objects
    intake: Intake
    limits: Limits
    shares: Shares
    readiness: Readiness
