"""Options of the stored sessions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["SESSION_KEY", "SessionOptions"]

SESSION_KEY = "AFFECTGRAPH_SESSION_KEY"


class SessionOptions(BaseModel):
    """How sessions are kept."""

    model_config = ConfigDict(extra="forbid")

    encrypt: bool = Field(default=False, description="encrypt what is said at rest; needs the extra `encryption`")
    key_env: str = Field(
        default=SESSION_KEY, description="name of the environment variable that holds the key, never the key itself"
    )

    @field_validator("key_env")
    @classmethod
    def _is_no_setting(cls, name: str) -> str:
        if name.startswith("AFFECTGRAPH_") and name != SESSION_KEY:
            raise ValueError(f"{name!r} would be read as a setting; use {SESSION_KEY}, or a name without AFFECTGRAPH_")
        return name
