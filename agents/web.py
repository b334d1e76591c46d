"""`affectgraph serve`: counselling sessions in a browser, on this machine alone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import typer

from affectgraph.agents.counselling import open_counsellor
from affectgraph.agents.run import asker
from affectgraph.agents.web_guard import Uploads, loopback
from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.graphs.counsel_types import checked_country
from affectgraph.graphs.settings import Settings

__all__ = ["serve"]


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    country: str | None = None,
    said: Callable[[str], None] = typer.echo,
) -> None:
    """Serve the page until Ctrl-C.

    Args:
        settings: which backends answer, and where everything is kept.
        host: an address of this machine's own; no other is served.
        port: 0 takes any that is free.
        country: ISO 3166 code, for browsers that have not said where they are.
        said: told the address once the page can be opened.

    Raises:
        MissingDependency: the extra `web` is not installed.
        InputError: the host is not a loopback one, the port is taken, the country is none.
    """
    if not loopback(host):
        raise InputError(
            f"--host {host} would open the page to other machines, and it has no log-in; "
            "use 127.0.0.1, localhost or ::1"
        )
    if country is not None:
        try:
            country = checked_country(country)
        except ValueError as error:
            raise InputError(str(error)) from None
    if importlib.util.find_spec("gradio") is None:
        raise MissingDependency("`affectgraph serve` needs gradio; pip install 'affectgraph[web]'")
    taken = _bound(host, port)
    try:
        _serve(_private(settings), taken, host, country, said)
    finally:
        taken.close()


def _private(settings: Settings) -> Settings:
    """Browsers name only files that they uploaded, which are read apart: they may come from strangers."""
    people = (settings.data_dir / "people").absolute()
    media = settings.media.model_copy(update={"roots": [people], "isolate": True})
    return settings.model_copy(update={"media": media})


def _serve(
    settings: Settings, taken: socket.socket, host: str, country: str | None, said: Callable[[str], None]
) -> None:
    uploaded = _quiet(settings.data_dir)
    import uvicorn

    from affectgraph.agents.web_app import WebServer, web_app
    from affectgraph.agents.web_sessions import WebSessions

    with open_counsellor(settings, ask=asker(), memory=True) as counsellor:
        sessions = WebSessions(counsellor, country or settings.counsel.country)
        app = web_app(counsellor, sessions, Uploads(), largest=settings.media.max_clip_bytes)
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, timeout_graceful_shutdown=2, server_header=False, ws="none"
        )
        name = f"[{host}]" if ":" in host else host
        said(f"affectgraph is at http://{name}:{taken.getsockname()[1]}/ for this machine alone. Ctrl-C ends it.")
        try:
            WebServer(config).run(sockets=[taken])
        except KeyboardInterrupt:
            pass
        finally:
            sessions.close()
            shutil.rmtree(uploaded, ignore_errors=True)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise InputError(f"cannot serve at port {port}: {error.strerror}; --port names another") from None
    return taken


def _quiet(data_dir: Path) -> Path:
    """Before gradio is imported: no analytics, and its folder for uploads is ours, empty, and readable by us alone."""
    uploaded = data_dir.absolute() / "web_uploads"
    shutil.rmtree(uploaded, ignore_errors=True)
    uploaded.mkdir(parents=True, mode=0o700)
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED="False",
        GRADIO_TEMP_DIR=str(uploaded),
        GRADIO_RUN_HISTORY="False",
        HF_HUB_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
    )
    return uploaded
