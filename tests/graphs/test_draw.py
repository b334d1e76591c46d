"""Pictures: nothing covers a name, edges go round boxes, odd graphs are drawn too (the network is blocked in tests)."""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.runnables.graph import Graph
from PIL import Image

from affectgraph.graphs.draw import MARGIN, Box, Route, curve, layout, mermaid, png

Edges = list[tuple[str, str, str | None]]

COUNSEL: Edges = [
    ("__start__", "screen", None),
    ("screen", "crisis", "at risk"),
    ("screen", "segment", "safe"),
    ("segment", "condense", "too long"),
    ("segment", "emotions_and_context", "fits"),
    ("segment", "reply", "greeting"),
    ("condense", "emotions_and_context", None),
    ("emotions_and_context", "reply", None),
    ("crisis", "__end__", None),
    ("reply", "__end__", None),
]


def build(edges: Edges, *lonely: str) -> Graph:
    graph = Graph()
    for name in dict.fromkeys([*(end for edge in edges for end in edge[:2]), *lonely]):
        graph.add_node(None, name)
    for source, target, label in edges:
        graph.add_edge(graph.nodes[source], graph.nodes[target], label, label is not None)
    return graph


def line(count: int) -> Graph:
    return build([(f"node_{i}", f"node_{i + 1}", None) for i in range(count - 1)])


def size(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        assert image.format == "PNG"
        image.load()
        return image.size


def corners(box: Box) -> tuple[float, float, float, float]:
    (x, y), w, h = box.xy, box.width / 2, box.h / 2
    return x - w, y - h, x + w, y + h


def covers(a: Box, b: Box) -> bool:
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = corners(a), corners(b)
    return ax0 < bx1 and bx0 < ax1 and ay0 < by1 and by0 < ay1


def painted(boxes: dict[str, Box], routes: list[Route]) -> list[Box]:
    return [*boxes.values(), *(route.via[0] for route in routes if route.via[0].text)]


def crosses(route: Route, box: Box) -> bool:
    x0, y0, x1, y1 = corners(box)
    return any(x0 + 0.5 < x < x1 - 0.5 and y0 + 0.5 < y < y1 - 0.5 for x, y in curve(route))


def test_png_is_valid_and_grows_with_the_nodes() -> None:
    sizes = [size(png(line(count))) for count in (2, 4, 8)]
    assert sizes == sorted(sizes, key=lambda s: s[1])
    assert len({high for _, high in sizes}) == 3


def test_scale_multiplies_the_pixels_and_a_title_adds_height() -> None:
    once, twice = size(png(line(3), scale=1)), size(png(line(3), scale=2))
    assert all(abs(2 * a - b) <= 2 for a, b in zip(once, twice, strict=True))
    assert size(png(line(3), title="empathy"))[1] > twice[1]


def test_a_title_wider_than_the_graph_widens_the_picture() -> None:
    assert size(png(line(2), title="Grounded Affective Tree over a long text"))[0] > size(png(line(2)))[0]


def test_every_name_has_its_own_place_on_the_canvas() -> None:
    boxes, routes = layout(build(COUNSEL))
    assert {box.text for box in boxes.values()} >= {"start", "end", "screen", "emotions_and_context"}
    assert not [(a.text, b.text) for a, b in combinations(painted(boxes, routes), 2) if covers(a, b)]
    assert all(corner >= MARGIN - 1e-6 for box in boxes.values() for corner in corners(box))


def test_every_box_is_painted_where_layout_says() -> None:
    graph = build(COUNSEL)
    boxes, _ = layout(graph)
    image = Image.open(io.BytesIO(png(graph, scale=2))).convert("RGB")
    for box in boxes.values():
        x0, y0, x1, y1 = (round(2 * corner) for corner in corners(box))
        inside = image.crop((x0, y0, x1, y1))
        middle = inside.getpixel((12, inside.height // 2))
        assert middle != (255, 255, 255), f"{box.text} is not filled"
        text = inside.crop((24, 12, inside.width - 24, inside.height - 12))
        assert len(text.getcolors(maxcolors=100_000) or []) > 5, f"{box.text} has no text"


def test_labels_stay_on_their_edges() -> None:
    _, routes = layout(build(COUNSEL))
    labelled = {route.edge.data: route for route in routes if route.via[0].text}
    assert set(labelled) == {"at risk", "safe", "too long", "fits", "greeting"}
    for route in labelled.values():
        assert crosses(route, route.via[0])


def test_a_long_edge_goes_round_the_boxes_between() -> None:
    boxes, routes = layout(build(COUNSEL))
    strangers = [(r, b) for r in routes for b in painted(boxes, routes) if b not in r.ends and b is not r.via[0]]
    assert not [(r.edge, b.text) for r, b in strangers if crosses(r, b)]


def test_a_line_of_nodes_is_straight() -> None:
    boxes, routes = layout(line(5))
    assert len({round(box.xy[0], 6) for box in boxes.values()}) == 1
    assert all(len({round(x, 6) for x, _ in route.points}) == 1 for route in routes)


def test_self_loop_cycle_and_disconnected_node_are_drawn() -> None:
    edges: Edges = [
        ("__start__", "verify", None),
        ("verify", "verify", "again"),
        ("verify", "branch", "unsupported"),
        ("branch", "verify", None),
        ("branch", "branch", None),
    ]
    graph = build(edges, "lonely", "lonelier")
    boxes, routes = layout(graph)
    assert len(routes) == len(edges)
    assert not [(a.text, b.text) for a, b in combinations(painted(boxes, routes), 2) if covers(a, b)]
    assert size(png(graph))


def test_empty_graph_and_single_node_are_drawn() -> None:
    assert size(png(Graph()))
    assert size(png(build([], "lonely")))


def test_the_same_graph_gives_the_same_picture() -> None:
    assert png(build(COUNSEL)) == png(build(COUNSEL))


def test_a_node_named_with_underscores_keeps_them() -> None:
    assert layout(build([], "_private_"))[0]["_private_"].text == "_private_"


def test_mermaid_names_every_node_and_dashes_choices() -> None:
    text = mermaid(build(COUNSEL))
    assert "emotions_and_context --> reply" in text
    assert "segment -. &nbsp;too long&nbsp; .-> condense" in text


names = st.sampled_from(
    ["a", "intent", "emotions_and_context", "verify", "__start__", "__end__", "recall", "b", "c", "d"]
)
edges_ = st.lists(
    st.tuples(names, names, st.sampled_from([None, "x", "a long label"])), max_size=24, unique_by=lambda e: e[:2]
)


@settings(max_examples=60, deadline=None)
@given(edges_)
def test_whatever_the_graph_no_boxes_overlap_and_no_edge_crosses_one(edges: Edges) -> None:
    boxes, routes = layout(build(edges, "lonely"))
    everything = painted(boxes, routes)
    assert not [(a.text, b.text) for a, b in combinations(everything, 2) if covers(a, b)]
    for route in routes:
        others = [box for box in everything if box not in route.ends and box is not route.via[0]]
        assert not [box.text for box in others if crosses(route, box)]


def test_importing_draw_brings_in_neither_grandalf_nor_pillow() -> None:
    code = """
import sys, affectgraph.graphs
before = set(sys.modules)
import affectgraph.graphs.draw
print([name for name in ("grandalf", "PIL") if name in set(sys.modules) - before])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
