"""The one hierarchy of errors that a user may meet.

Every message names the value, the place, and the way out. `exit_code` is what the command line
returns: 2 when the request itself was wrong, 1 when something failed while it was carried out.
Nothing here ever carries help-seeker text in its message; where a caller needs the offending text it is an
attribute, so that a log line built from `str(error)` stays clean.
"""

from __future__ import annotations

__all__ = [
    "AffectgraphError",
    "AnswerBudgetExceeded",
    "BackendError",
    "CapabilityError",
    "CheckpointError",
    "ConsentRequired",
    "ContextOverflow",
    "InputError",
    "MalformedAnswer",
    "MissingDependency",
    "SettingsError",
    "SpendCapReached",
    "Stopped",
    "TruncatedAnswer",
]


class AffectgraphError(Exception):
    """Anything that affectgraph refuses or fails at, in one clear sentence."""

    exit_code = 1


class Stopped(AffectgraphError):
    """A person stopped the run (Ctrl-C)."""


class InputError(AffectgraphError):
    """The text, file or option given cannot be used. Shown to whoever gave it."""

    exit_code = 2


class SettingsError(AffectgraphError):
    """A setting is unknown, of the wrong type, or names something that does not exist."""

    exit_code = 2


class CapabilityError(AffectgraphError):
    """The chosen backend cannot do what the graph needs."""

    exit_code = 2


class ConsentRequired(AffectgraphError):
    """A remote backend would send text off this machine and nobody has agreed to that yet."""

    exit_code = 2


class MissingDependency(AffectgraphError):
    """An optional package or the embedded weights are not installed."""

    exit_code = 2


class CheckpointError(AffectgraphError):
    """A stored session cannot be read: other version, damaged, or in use."""


class BackendError(AffectgraphError):
    """The model behind a backend failed: dead endpoint, refused key, engine error."""


class ContextOverflow(BackendError):
    """The prompt does not fit into the model's context window."""


class TruncatedAnswer(BackendError):
    """The model's structured answer was cut off at the token limit; it is not retried blindly."""


class MalformedAnswer(BackendError):
    """The model never gave an answer of the wanted shape.

    Attributes:
        last_answer: the last invalid answer, verbatim (may hold help-seeker text: do not log it).
    """

    def __init__(self, message: str, last_answer: str = "") -> None:
        super().__init__(message)
        self.last_answer = last_answer


class AnswerBudgetExceeded(BackendError):
    """Re-asking used up the token budget of one structured answer."""


class SpendCapReached(BackendError):
    """The token or cost cap of this run is reached; nothing more is sent."""
