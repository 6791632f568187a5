"""What requests may hold, by name and type. Ranges and meanings are the database's, which every client shares."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType


class ReferenceRequest(Struct, forbid_unknown_fields=True, kw_only=True):
    upload_id: UUID | UnsetType = UNSET
    image_id: UUID | UnsetType = UNSET
    role: Literal["manual", "mask", "source"] | UnsetType = UNSET


class CreateGeneration(Struct, forbid_unknown_fields=True, kw_only=True):
    prompt: str
    models: list[str] | UnsetType = UNSET
    quantity: int | UnsetType = UNSET
    aspect_ratio: str | UnsetType = UNSET
    resolution: str | UnsetType = UNSET
    write_caption: bool | UnsetType = UNSET
    caption: str | UnsetType | None = UNSET
    references: list[ReferenceRequest] | UnsetType = UNSET
    project_id: UUID | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    priority: int | UnsetType = UNSET
    run_at: str | UnsetType | None = UNSET
    seed: int | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET


class GenerationInclude(Struct, forbid_unknown_fields=True, kw_only=True):
    include: str = ""

    def parts(self) -> list[str]:
        return [part for part in self.include.split(",") if part]
