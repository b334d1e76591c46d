"""One browser and another: forged names, ids, files and calls, straight at the application without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents.counselling import open_counsellor
from affectgraph.agents.web_guard import COOKIE, Guard, Uploads, loopback, token_in
from affectgraph.agents.web_sessions import WebSessions, new_token, owner_of
from affectgraph.backends.errors import InputError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs.settings import Settings
from tests.graphs.conftest import TEXT, player

pytest.importorskip("gradio", reason="gradio is not installed (extra web)")
# Gradio leaves event loops open where it is imported outside of one.
pytestmark = [
    # A real browser on a busy machine: what fails is tried again, twice.
    pytest.mark.flaky(reruns=2),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HOST = "127.0.0.1:7860"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def sessions(folder: Path) -> Iterator[WebSessions]:
    settings = Settings.model_validate({"data_dir": folder / "data", "counsel": {"learned": False, "replies": "model"}})
    backend = ScriptedBackend(label="scripted", replies=player())
    with open_counsellor(settings, model=backend) as counsellor:
        found = WebSessions(counsellor)
        yield found
        found.close()


@pytest.fixture(scope="module")
def uploads() -> Uploads:
    return Uploads()


@pytest.fixture(scope="module")
def client(folder: Path, sessions: WebSessions, uploads: Uploads) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        from starlette.testclient import TestClient

        from affectgraph.agents.web_app import web_app

        guard: Guard = web_app(sessions.counsellor, sessions, uploads, largest=1_000_000)
        with TestClient(guard, base_url=f"http://{HOST}") as found:
            yield found


@pytest.fixture
def ann() -> str:
    return new_token()


@pytest.fixture
def bob() -> str:
    return new_token()


def as_browser(token: str, **headers: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={token}", **headers}


def told(sessions: WebSessions, token: str) -> str:
    """The name of a conversation with one finished turn."""
    talk = sessions.new(owner_of(token))
    turn = sessions.say(talk, TEXT)
    *_, last = turn.follow()
    assert last.output is not None, last.problem
    return talk.name


def test_another_browser_can_neither_list_read_resume_export_nor_erase(
    client: Any, sessions: WebSessions, ann: str, bob: str
) -> None:
    name = told(sessions, ann)
    assert [row.name for row in sessions.stored(owner_of(ann))] == [name]
    assert sessions.stored(owner_of(bob)) == []
    for forbidden in (sessions.get, sessions.open, sessions.erase):
        with pytest.raises(InputError, match="no such session"):
            forbidden(owner_of(bob), name)
    assert client.get(f"/export/{name}", headers=as_browser(bob)).status_code == 404
    assert client.get(f"/export/{name}").status_code == 403
    mine = client.get(f"/export/{name}", headers=as_browser(ann))
    assert mine.json()["state"]["history"][0]["text"] == TEXT
    assert mine.headers["cache-control"] == "no-store"


def test_the_same_name_in_two_browsers_is_two_people(sessions: WebSessions, ann: str, bob: str) -> None:
    hers, his = sessions.new(owner_of(ann)), sessions.new(owner_of(bob))
    sessions.call(hers, "Mei")
    sessions.call(his, "Mei")
    assert hers.persona is not None
    assert his.persona is not None
    assert hers.persona.name != his.persona.name


def test_ids_that_gradio_gives_a_page_belong_to_the_browser_that_showed_them_first(
    client: Any, ann: str, bob: str
) -> None:
    event = {"data": [], "fn_index": 2, "session_hash": "abcdefgh123"}
    assert client.post("/en/gradio_api/reset", json=event, headers=as_browser(ann)).status_code != 403
    for path in ("queue/join", "cancel", "reset"):
        assert client.post(f"/en/gradio_api/{path}", json=event, headers=as_browser(bob)).status_code == 403
    for path in ("queue/data?session_hash=abcdefgh123", "heartbeat/abcdefgh123"):
        assert client.get(f"/en/gradio_api/{path}", headers=as_browser(bob)).status_code == 403


def test_an_upload_is_read_and_sent_by_its_browser_alone(client: Any, uploads: Uploads, ann: str, bob: str) -> None:
    sent = client.post("/en/gradio_api/upload", files={"files": ("a.png", b"\x89PNG secret")}, headers=as_browser(ann))
    [path] = sent.json()
    assert uploads.owns(owner_of(ann), path)
    assert client.get(f"/en/gradio_api/file={path}", headers=as_browser(ann)).content == b"\x89PNG secret"
    assert client.get(f"/en/gradio_api/file={path}", headers=as_browser(bob)).status_code == 403
    forged = {"data": [None, {"text": "", "files": [{"path": path}]}], "fn_index": 1, "session_hash": "bobs1234567"}
    assert client.post("/en/gradio_api/queue/join", json=forged, headers=as_browser(bob)).status_code == 403
    uploads.release(owner_of(ann), [Path(path)])
    assert not Path(path).exists()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "data/sessions.sqlite", "../data/sessions.sqlite", "https://example.org"]
)
def test_files_that_nobody_uploaded_are_not_served(client: Any, folder: Path, ann: str, path: str) -> None:
    for name in (path, str(folder / path)):
        assert client.get(f"/en/gradio_api/file={name}", headers=as_browser(ann)).status_code in (403, 404)


@pytest.mark.parametrize(
    "path",
    ["info", "openapi.json", "call/say", "run/predict", "api/say", "runs", "proxy=http://127.0.0.1/", "vibe-code",
     "process_recording", "deep_link", "custom_component/1/client/component/style.css", "component_server",
     "stream/x/1/2/playlist.m3u8"],
)  # fmt: skip
def test_routes_that_the_page_does_not_use_are_closed(client: Any, ann: str, path: str) -> None:
    for given in (client.get, client.post):
        assert given(f"/en/gradio_api/{path}", headers=as_browser(ann)).status_code == 404
    assert client.get("/en/monitoring", headers=as_browser(ann)).status_code == 404
    assert client.get("/docs", headers=as_browser(ann)).status_code == 404


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "10.0.0.5:7860", "localhost.evil.org", ""])
def test_only_a_loopback_name_is_answered(client: Any, host: str) -> None:
    assert client.get("/en/", headers={"host": host}).status_code == 403


def test_another_site_can_ask_for_nothing(client: Any, sessions: WebSessions, ann: str) -> None:
    name = told(sessions, ann)
    for headers in (
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9"},
    ):
        event = {"data": [], "fn_index": 0, "session_hash": "x1234567890"}
        assert (
            client.post("/en/gradio_api/queue/join", json=event, headers=as_browser(ann, **headers)).status_code == 403
        )
        assert client.get(f"/export/{name}", headers=as_browser(ann, **headers)).status_code == 403


def test_a_page_gives_a_cookie_that_no_script_reads_and_keeps_the_one_that_is_there(client: Any, ann: str) -> None:
    client.cookies.clear()
    first = client.get("/en/").headers["set-cookie"]
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert client.get("/zh/", headers=as_browser(ann)).headers["set-cookie"].startswith(f"{COOKIE}={ann};")
    client.cookies.clear()


def test_the_page_may_load_from_this_host_alone_and_names_no_other(client: Any) -> None:
    answer = client.get("/en/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "gradio.app" not in answer.text
    assert "googleapis" not in answer.text
    assert "cdnjs" not in answer.text
    assert '"run_history":false' in answer.text
    assert '"analytics_enabled":false' in answer.text


def test_no_handler_has_a_name_that_can_be_called(client: Any) -> None:
    page = client.get("/en/").text
    config = json.loads(page.split("window.gradio_config = ")[1].split(";</script>")[0])
    assert {item["api_visibility"] for item in config["dependencies"]} == {"private"}


def test_what_is_stored_does_not_give_a_browser_away(sessions: WebSessions, folder: Path, ann: str) -> None:
    told(sessions, ann)
    written = b"".join(file.read_bytes() for file in (folder / "data").rglob("*") if file.is_file())
    assert ann.encode() not in written


@pytest.mark.parametrize(
    "cookies", ["", "x=y", f"{COOKIE}=short", f"{COOKIE}={'a' * 44}", f"{COOKIE}={'a' * 42}!", ";;=,"]
)
def test_a_malformed_token_is_none(cookies: str) -> None:
    assert token_in(cookies) is None


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("[::1]", True), ("LOCALHOST", True), ("0.0.0.0", False)]
)
def test_what_is_loopback(host: str, own: bool) -> None:
    assert loopback(host) is own
