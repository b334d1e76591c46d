"""What `gat` shows a model of a picture.

The first message says that there is a picture and what was measured of it. Its text lies in the state, the pictures do
not: a backend with eyes gets the picture (and with regions the overlay) before the words of the first message; one
without reads what was measured instead, whatever eyes the other roles have. Measured facts belong to the regions: with
eyes and without regions (basic, cot, tree) the picture is shown alone, as in the paper's baselines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

from langchain_core.messages import BaseMessage, HumanMessage

from affectgraph.backends.base import Backend
from affectgraph.backends.media import MediaOptions, MediaRef, as_data_url, load_image
from affectgraph.graphs.gat_ask import Asking, asked_after
from affectgraph.graphs.gat_types import GatState
from affectgraph.graphs.options import GatOptions
from affectgraph.graphs.steps import Message
from affectgraph.graphs.texts import NOTHING
from affectgraph.tools.faces import expressions_text, faces_text
from affectgraph.tools.region_facts import Region
from affectgraph.tools.region_words import facts_text, picture_text
from affectgraph.tools.scaffold import Scaffold
from affectgraph.tools.scaffold_overlay import overlay

__all__ = ["WITH_REGIONS", "PictureAsking"]

WITH_REGIONS = ("scaffold", "gat", "random")
# The longer side of a picture that is sent, in pixels: what vision models are usually given; our choice.
_SIDE = 1024


@dataclass(frozen=True)
class PictureAsking(Asking[GatState]):
    """The questions about one picture."""

    options: GatOptions
    part: ClassVar[str] = "region"
    question: ClassVar[str] = "evoked"

    @property
    def ids(self) -> tuple[str, ...]:
        """The regions that can be cited; none where the mode has none."""
        return self.state.scaffold.ids if self.state.scaffold and self._regions else ()

    @property
    def _regions(self) -> bool:
        return self.options.mode in WITH_REGIONS

    def told(self) -> list[Region]:
        """The regions with what is told of them: in the control `random` each one's measures are another's."""
        assert self.state.scaffold is not None
        exchanged, known = self.state.exchanged, self.state.scaffold
        return [
            region.model_copy(update={"facts": known.region(exchanged.get(region.id, region.id)).facts})
            for region in known.regions
        ]

    def truly(self) -> PictureAsking:
        """The same without the exchange of the control."""
        return replace(self, state=self.state.model_copy(update={"exchanged": {}}))

    def opening(self, *, eyes: bool | None = None) -> Message:
        """The first message: that there is a picture, and what was measured of it.

        Args:
            eyes: whether its reader sees the picture; unset: as the run perceives it.
        """
        seen = self.state.perception == "image" if eyes is None else eyes
        facts = "" if seen and not self._regions else self._facts()
        if seen:
            beside = self.prompt("overlay").render() if self._regions else ""
            words = self.prompt("seen").render(overlay=beside, facts=facts)
        else:
            words = self.prompt("unseen").render(facts=facts)
        return Message(role="user", content=words.strip())

    def nothing(self) -> Message:
        """A picture of which nothing is known."""
        return Message(role="user", content=self.prompt("unseen").render(facts=NOTHING[self.language]))

    def _facts(self) -> str:
        assert self.state.scaffold is not None
        lines = [picture_text(self.state.scaffold.whole, self.language), self._faces()]
        if self._regions:
            lines += [facts_text(region, self.language) for region in self.told()]
        return "\n".join(lines)

    def _faces(self) -> str:
        """Where faces are, or only how many where there are no regions to name, or where the names must not fit."""
        if self._regions and not self.state.exchanged:
            return faces_text(self.state.faces, self.language)
        return self.prompt("faces").render(count=len(self.state.faces))

    def with_expressions(self, messages: Sequence[Message]) -> list[Message]:
        """`messages`, and after them what the faces show, where that was read and facts are told at all.

        A reading, not a fact, and it has words of emotion: so it is told beside the questions that are about emotion
        (hypotheses, and what people show), after the objective scan and never in it. In the control without places.
        """
        told = expressions_text(self.state.faces, self.language, placed=self._regions and not self.state.exchanged)
        if not told or (self.state.perception == "image" and not self._regions):
            return list(messages)
        sentence = self.prompt("expressions").render(faces=told)
        # Told once: what stands beside the hypotheses is still there at the conclusion.
        if any(sentence in message.content for message in messages):
            return list(messages)
        return asked_after(messages, sentence)

    def turns(self, backend: Backend, messages: Sequence[Message]) -> list[BaseMessage]:
        """`messages`, which begin with the opening, as `backend` can read them.

        Raises:
            MediaError: the picture has changed since it was opened, or may not be read.
        """
        found = super().turns(backend, messages)
        if self.state.perception == "facts-only":
            return found
        words = str(found[0].text)
        if not backend.capabilities.image:
            after = words.removeprefix(self.opening(eyes=True).content)
            return [HumanMessage(self.opening(eyes=False).content + after), *found[1:]]
        assert isinstance(self.state.image, MediaRef)
        drawn = self.state.scaffold if self._regions else None
        pictures = _pictures(self.state.image, drawn, self.models.media.model_dump_json())
        parts: list[Any] = [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
        return [HumanMessage([*parts, {"type": "text", "text": words}]), *found[1:]]


@lru_cache(maxsize=16)
def _pictures(ref: MediaRef, drawn: Scaffold | None, options: str) -> tuple[str, ...]:
    """The picture as a data URL, and with regions the overlay; drawn once for all questions of a run."""
    picture = load_image(ref, MediaOptions.model_validate_json(options))
    urls = [as_data_url(picture, _SIDE)]
    if drawn is not None:
        urls.append(as_data_url(overlay(picture, drawn), _SIDE))
    return tuple(urls)
