"""The page: what is where, and which handler answers what. Built once for each language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from affectgraph.agents import web_panel
from affectgraph.agents.web_events import ELSEWHERE, JUDGE, Changes, Events
from affectgraph.agents.web_words import Words
from affectgraph.graphs.counsel_types import WISHES
from affectgraph.tools.safety import COUNTRIES

__all__ = ["build_page", "page_theme"]

# How many turns of all browsers are followed at a time, and how many may wait. Each takes one of 40 threads.
_TURNS = 24
_WAITING = 200
_MEDIA_TYPES = ["image", "audio", "video"]
_FONTS = ("ui-sans-serif", "system-ui", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif")


def build_page(
    w: Words,
    notice: Sequence[str],
    events: Events,
    owner: Callable[[gr.Request], str],
) -> gr.Blocks:
    """The page in one language.

    Args:
        w: its texts.
        notice: what a person should know before they write.
        events: its handlers.
        owner: whose browser a request comes from.
    """
    page: gr.Blocks
    with gr.Blocks(title="affectgraph", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as page:
        parts = _layout(w, notice)
        _wire(page, parts, events, owner)
    page.queue(api_open=False, max_size=_WAITING, default_concurrency_limit=_TURNS)
    return page


def page_theme() -> gr.themes.Base:
    """Calm colours, and fonts that are there already."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=_FONTS,
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )


def _layout(w: Words, notice: Sequence[str]) -> dict[str, Any]:
    parts: dict[str, Any] = {"session": gr.State("")}
    gr.HTML(web_panel.header(w), elem_id="top")
    with gr.Group(elem_id="help"):
        gr.HTML(web_panel.help_head(w))
        parts["country"] = gr.Dropdown(_countries(w), value=ELSEWHERE, label=w.country, elem_id="country")
        parts["help"] = gr.HTML(web_panel.help_lines(w, None), elem_id="help-lines")
    with gr.Row(elem_id="main", equal_height=False):
        with gr.Column(scale=3, elem_id="talk"):
            _talk(w, notice, parts)
        with gr.Column(scale=2, elem_id="beside", min_width=300):
            _beside(w, parts)
    return parts


def _countries(w: Words) -> list[tuple[str, str]]:
    named = sorted((names[w.language], code) for code, names in COUNTRIES.items())
    return [(w.elsewhere, ELSEWHERE), *named]


def _talk(w: Words, notice: Sequence[str], parts: dict[str, Any]) -> None:
    gr.HTML(web_panel.notice(w, notice), elem_id="notice")
    parts["chat"] = gr.Chatbot(
        label=w.conversation,
        show_label=False,
        elem_id="chat",
        buttons=[],
        layout="bubble",
        height="100%",
        placeholder=w.empty,
        autoscroll=False,  # web.js does it: a long answer is read from its beginning
        latex_delimiters=[],
        feedback_options=None,
        allow_tags=False,
        allow_file_downloads=False,
        group_consecutive_messages=False,
    )
    parts["banner"] = gr.HTML(elem_id="banner")
    parts["status"] = gr.HTML(elem_id="status")
    with gr.Row(elem_id="turn"):
        parts["stop"] = gr.Button(w.stop, variant="stop", visible=False, elem_id="stop", size="sm")
        parts["go_on"] = gr.Button(w.go_on, variant="primary", visible=False, elem_id="go-on", size="sm")
    parts["wish"] = gr.Radio(
        [(w.wishes[name], name) for name in (JUDGE, *WISHES)], value=JUDGE, label=w.wish, elem_id="wish"
    )
    parts["say"] = gr.MultimodalTextbox(
        label=w.write_label,
        show_label=False,
        placeholder=w.write,
        sources=["upload", "microphone"],
        file_types=_MEDIA_TYPES,
        file_count="multiple",
        lines=1,
        max_lines=8,
        max_plain_text_length=20_000,
        elem_id="say",
        html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
    )
    gr.HTML(web_panel.standing(w), elem_id="standing")


def _beside(w: Words, parts: dict[str, Any]) -> None:
    gr.HTML(f"<h2>{w.panel}</h2>", elem_id="panel-title")
    with gr.Accordion(w.feelings, open=True, elem_id="feelings"):
        parts["feelings"] = gr.HTML(web_panel.feelings(w, []))
    with gr.Accordion(w.chain, open=False, elem_id="chain"):
        parts["chain"] = gr.HTML(web_panel.chain(w, [], {}))
    with gr.Accordion(w.media, open=False, elem_id="media"):
        parts["media"] = gr.HTML(web_panel.media(w, [], []))
    with gr.Accordion(w.memory, open=False, elem_id="memory"):
        gr.HTML(f"<p class='hint'>{w.memory_hint}</p>")
        parts["name"] = gr.Dropdown([], label=w.name, info=w.name_hint, allow_custom_value=True, elem_id="name")
        parts["use_name"] = gr.Button(w.use_name, size="sm", elem_id="use-name")
        parts["remember"] = gr.Checkbox(True, label=w.remember, interactive=False, elem_id="remember")
        parts["memories"] = gr.Radio([], label=w.remembered, visible=False, elem_id="memories")
        parts["unremembered"] = gr.Markdown(w.nameless, elem_id="unremembered")
        with gr.Row(visible=False) as parts["forgetting"]:
            parts["forget"] = gr.Button(w.forget, size="sm", elem_id="forget")
            parts["forget_all"] = gr.Button(w.forget_all, size="sm", variant="stop", elem_id="forget-all")
    with gr.Accordion(w.session, open=False, elem_id="session"):
        parts["past"] = gr.Dropdown([], label=w.past, elem_id="past")
        parts["kept"] = gr.Markdown(elem_id="kept")
        with gr.Row():
            parts["new"] = gr.Button(w.new, size="sm", elem_id="new")
            parts["export"] = gr.HTML(elem_id="export")
            parts["erase"] = gr.Button(w.erase, size="sm", variant="stop", elem_id="erase")
        with gr.Group(visible=False, elem_id="erasing") as parts["erasing"]:
            gr.HTML(f"<p role='alert'>{w.erase_sure}</p>")
            with gr.Row():
                parts["erase_yes"] = gr.Button(w.erase_yes, variant="stop", size="sm", elem_id="erase-yes")
                parts["erase_no"] = gr.Button(w.erase_no, size="sm", elem_id="erase-no")


_OUTPUTS = (
    "session", "chat", "status", "banner", "chain", "feelings", "media", "help", "stop", "go_on", "wish", "country",
    "past", "kept", "export", "erasing", "name", "remember", "memories", "unremembered", "forgetting", "say",
)  # fmt: skip


def _wire(page: gr.Blocks, parts: dict[str, Any], events: Events, owner: Callable[[gr.Request], str]) -> None:
    outputs = [parts[name] for name in _OUTPUTS]
    # Private: no route of its own, nothing in a description of an interface.
    quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}

    def wired(trigger: Any, handler: Callable[..., Any], inputs: Sequence[str] = ()) -> None:
        given = [parts[name] for name in inputs]
        trigger(_handled(handler, parts, owner, events.told), inputs=given, **quiet)

    wired(page.load, events.load)
    wired(parts["say"].submit, events.say, ("session", "say"))
    wired(parts["stop"].click, events.stop, ("session",))
    wired(parts["go_on"].click, events.go_on, ("session",))
    wired(parts["wish"].input, events.wish, ("session", "wish"))
    wired(parts["country"].input, events.country, ("session", "country"))
    wired(parts["use_name"].click, events.call, ("session", "name"))
    wired(parts["remember"].input, events.remember, ("session", "remember"))
    wired(parts["forget"].click, events.forget, ("session", "memories"))
    wired(parts["forget_all"].click, events.forget_all, ("session",))
    wired(parts["past"].input, events.choose, ("session", "past"))
    wired(parts["new"].click, events.new)
    wired(parts["erase"].click, lambda owner: events.ask_erase())
    wired(parts["erase_no"].click, lambda owner: events.keep())
    wired(parts["erase_yes"].click, events.erase, ("session",))


def _handled(
    handler: Callable[..., Changes | Iterator[Changes]],
    parts: dict[str, Any],
    owner: Callable[[gr.Request], str],
    told: Callable[..., Iterator[Changes]],
) -> Callable[..., Iterator[dict[Any, Any]]]:
    """`handler` as gradio calls it: it gives the request for the annotation, and takes components for their names."""

    def handle(request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        for changes in told(handler, owner(request), *values):
            yield {parts[name]: value for name, value in changes.items()}

    return handle
