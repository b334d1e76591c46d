"""What a counselling session looks like in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from affectgraph.agents.counselling import Conversation
from affectgraph.agents.session_text import clean
from affectgraph.agents.view import ReplyView
from affectgraph.graphs.counsel_composed import composes
from affectgraph.graphs.replying import prompt_language
from affectgraph.tools.safety import resources, told

__all__ = ["ChatView", "clean", "greeting", "session_resources"]

_WISHES = {
    None: "as the program thinks best",
    "heard": "to be heard",
    "understood": "to be understood",
    "advised": "to get advice",
}
# What the person sees while a node runs; the chain itself is one command away.
_DOING = {
    **dict.fromkeys(("transcribe", "perceive"), "Listening"),
    **dict.fromkeys(("screen", "reach_out", "segment", "condense", "recall", "appraise"), "Reading"),
    **dict.fromkeys(("emotions_and_context", "causes_and_beliefs", "intent", "strategy"), "Thinking"),
    **dict.fromkeys(("reply", "verify", "crisis", "remember"), "Answering"),
}


class ChatView(ReplyView):
    """The chain stays hidden; vetted words, the reply by sentence, then what stands beside it."""

    titles = _DOING

    def reply(self, output: Any) -> RenderableType:
        """The reply, resources beside it, and whether a human has been asked for."""
        text = clean(output.reply.text)
        crisis = output.reply.source == "template"
        parts: list[RenderableType] = [Text(text, style="bold" if crisis else "green")]
        if output.reply.resources:
            parts.append(Panel(Text(clean(output.reply.resources)), border_style="cyan", title="If you need somebody"))
        if output.waiting:
            parts.append(Text("A human has been asked to read this. You can go on writing meanwhile.", style="magenta"))
        for item in output.heard:
            if item.text:
                parts.append(Text(f"(from {clean(item.name)}: {clean(item.text)})", style="dim"))
            elif item.why:
                parts.append(Text(f"({clean(item.name)}: {clean(item.why)})", style="yellow"))
        return Padding(Group(*parts), (0, 0, 1, 2))


def greeting(talk: Conversation, path: str, notice: str | None, *, first: bool) -> RenderableType:
    """What a person should know before they write.

    Args:
        talk: the session.
        path: where it is kept.
        notice: about the model.
        first: nobody has talked here before; the longer form.
    """
    lines = [
        "This is a computer program, not a person and not a clinician.",
        "It cannot see or call anyone, and it can be wrong.",
        f"This session is {talk.name!r}; what you write is kept in {path} on this machine and nowhere else,",
        f"until you erase it: /erase, or affectgraph sessions erase {talk.name}",
    ]
    if talk.persona is not None:
        lines.append(
            f"As {talk.persona.name!r}, what you tell is remembered in later sessions too; "
            "/memory shows it, /forget removes it."
        )
    if not _local(talk):
        lines.append("The model that answers runs on another machine: what you write is sent there.")
    if composes(talk.counsellor.graph.models, talk.counsellor.settings.counsel):
        lines.append("Replies are put together from vetted sentences and your own words.")
        lines.append("/why shows what decided on them: guesses of a model, in its own words.")
    lines.append(f"You are answered {_WISHES[talk.wish]}: /listen, /understand and /advise change that.")
    place = talk.country or "not set: /country IE, for instance, shows helplines of where you are"
    lines.append(f"Country: {place}.")
    lines.append("/help lists all commands. In danger? /resources shows where to turn, at any time.")
    text = Text("\n".join(([notice] if notice else []) + lines))
    return (
        Panel(text, title="Before you write", border_style="cyan")
        if first
        else Padding(Text(text.plain, style="dim"), (0, 0, 1, 0))
    )


def _local(talk: Conversation) -> bool:
    settings = talk.counsellor.settings
    names = {name for name in settings.roles.model_dump().values() if name}
    return all(settings.backend(name).kind != "remote" for name in names)


def session_resources(talk: Conversation) -> RenderableType:
    """Where to turn, in the country of the session."""
    state = talk.state()
    language = prompt_language(state.language) if state else "en"
    minor = bool(state and state.watch.minor)
    categories = state.safety.categories if state and state.safety else []
    found = resources(talk.country, minor=minor, categories=categories)
    return Panel(Text(told(found, language)), border_style="cyan", title="Where to turn")
