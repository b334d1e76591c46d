"""Pictures of a compiled graph: Mermaid text, and a PNG painted on this machine (LangGraph's own asks a web service).

`layout` is geometry (grandalf's Sugiyama layout), `png` paints it. Lengths are pixels at scale 1, y grows downwards.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate, groupby, pairwise
from math import cos, dist, inf, pi, sin
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Edge, Graph

__all__ = ["Box", "Route", "curve", "layout", "mermaid", "png"]

Point = tuple[float, float]
MARGIN, GAP_X, GAP_Y, LANE, LOOP, ARROW = 32.0, 26.0, 26.0, 12.0, 26.0, 9.0
# Okabe and Ito's blue and vermillion, darkened; dashes say the same to who sees no colour.
INK, PAPER, FILL, BLUE, GREY, CHOICE = "#1b2733", "#ffffff", "#e3f0f8", "#0072b2", "#55616d", "#b04a00"
# kind: corner radius, fill, outline, text colour, font size, height, width besides the text
STYLES = {
    "node": (10, FILL, BLUE, INK, 15, 38, 32),
    "terminal": (15, INK, INK, PAPER, 15, 30, 34),
    "label": (4, PAPER, PAPER, CHOICE, 12, 18, 10),
    "title": (0, PAPER, PAPER, INK, 19, 40, 0),
}
TERMINALS = {"__start__": ("start", "terminal"), "__end__": ("end", "terminal")}


@dataclass(eq=False)
class Box:
    """What is painted `width` x `h` around `xy`; grandalf leaves it room `w`, `band` is its layer's top and bottom."""

    text: str = ""
    kind: str = "label"
    width: float = 0.0
    h: float = 0.0
    w: float = LANE
    xy: Point = (0.0, 0.0)
    band: Point = (0.0, 0.0)

    def near(self, x: float) -> float:
        """The place nearest to `x` where an edge can meet this box, off its rounded corners."""
        reach = max(0.0, self.width / 2 - STYLES[self.kind][0] - 1)
        return min(max(x, self.xy[0] - reach), self.xy[0] + reach)


@dataclass(eq=False)
class Route:
    """An edge: its `ends`, what it goes `via` (first the box of its label) and its `points`, from top to bottom."""

    edge: Edge
    backward: bool
    ends: tuple[Box, Box]
    via: list[Box]
    points: list[Point] = field(default_factory=list)


def mermaid(graph: Graph) -> str:
    """The graph (what `compiled.get_graph()` returns) as Mermaid flowchart text, which GitHub renders."""
    return graph.draw_mermaid()


def png(graph: Graph, *, title: str | None = None, scale: int = 2) -> bytes:
    """The graph as a PNG image on white, below its title; `scale` (1 or more) is pixels per unit, 2 is crisp."""
    from PIL import Image, ImageDraw

    nodes, routes = layout(graph)
    boxes = [*(box for route in routes for box in route.via), *nodes.values()]
    width = max((box.xy[0] + box.w / 2 for box in boxes), default=0.0) + MARGIN
    height = max((box.band[1] for box in boxes), default=0.0) + MARGIN
    heading = _box(title, "title") if title else Box()
    heading.xy = (width / 2, MARGIN - 0.7 * heading.h)
    size = (round(max(width, heading.width + 2 * MARGIN) * scale), round((height + heading.h) * scale))
    # Painted larger and averaged down, so that lines are smooth; a huge graph must still fit the memory.
    fine = next((n for n in (4, 3, 2) if size[0] * size[1] * n * n <= 60_000_000), 1)
    image = Image.new("RGB", (size[0] * fine, size[1] * fine), PAPER)
    pen = _Pen(ImageDraw.Draw(image), scale * fine, ((size[0] / scale - width) / 2, heading.h))
    for route in sorted(routes, key=lambda route: route.edge.conditional):
        pen.route(route)
    for box in filter(lambda box: box.text, [heading, *boxes]):
        pen.box(box)
    image.reduce(fine).save(buffer := io.BytesIO(), "PNG", optimize=True)
    return buffer.getvalue()


def layout(graph: Graph) -> tuple[dict[str, Box], list[Route]]:
    """A box per node id and a route per edge, inside the margin; what is not connected stands side by side."""
    boxes = {id_: _box(*TERMINALS.get(node.name, (node.name, "node"))) for id_, node in graph.nodes.items()}
    for id_, met in Counter(end for edge in graph.edges for end in (edge.source, edge.target)).items():
        boxes[id_].width = boxes[id_].w = max(boxes[id_].width, 44 + 10 * met)
    routes = _routes(graph, boxes)
    flow = [route for route in routes if route.ends[0] is not route.ends[1]]
    loops = [route for route in routes if route.ends[0] is route.ends[1]]
    for loop in loops:
        # Room on both sides, so that a self-loop on the right does not pull its node out of line.
        loop.ends[0].w += 2 * (LOOP + loop.via[0].width)
    _place(list(boxes.values()), flow)
    _connect(flow)
    for loop in loops:
        x, y = loop.ends[0].xy[0] + loop.ends[0].width / 2, loop.ends[0].xy[1]
        loop.points = [(x + LOOP * sin(i * pi / 60), y - 10 * cos(i * pi / 60)) for i in range(61)]
        loop.via[0].xy = (x + LOOP + loop.via[0].width / 2, y)
    return boxes, routes


def _box(text: str, kind: str) -> Box:
    *_, size, height, padding = STYLES[kind]
    width = _font(size).getlength(text) + padding
    return Box(text, kind, width, height, width)


def _routes(graph: Graph, boxes: dict[str, Box]) -> list[Route]:
    """A route for every edge, not yet placed; one that closes a cycle is laid out backward."""
    found: dict[str, list[Route]] = {}

    def visit(id_: str, above: frozenset[str]) -> None:
        found[id_] = []
        for edge in [edge for edge in graph.edges if edge.source == id_]:
            back = edge.target in above
            ends = (boxes[edge.target], boxes[id_]) if back else (boxes[id_], boxes[edge.target])
            # A box half-way along every edge keeps labels off nodes and off each other.
            found[id_].append(Route(edge, back, ends, [_box(str(edge.data), "label") if edge.data else Box()]))
            if edge.target not in found:
                visit(edge.target, above | {edge.target})

    for id_ in sorted(graph.nodes, key=lambda id_: id_ != "__start__"):
        if id_ not in found:
            visit(id_, frozenset({id_}))
    return [route for routes in found.values() for route in routes]


def _place(boxes: list[Box], routes: list[Route]) -> None:
    """Sets where every box is, and what every route goes via."""
    from grandalf import graphs, layouts

    root, below = Box(), {route.ends[1] for route in routes}
    vertex = {box: graphs.Vertex(box) for box in [root, *boxes, *(route.via[0] for route in routes)]}
    for box, v in vertex.items():
        v.view = box
    # An unseen root above all first nodes makes one graph of what is not connected.
    links = [graphs.Edge(vertex[root], vertex[box]) for box in boxes if box not in below]
    links += [graphs.Edge(vertex[route.ends[0]], vertex[route.via[0]]) for route in routes]
    tails = [graphs.Edge(vertex[route.via[0]], vertex[route.ends[1]]) for route in routes]
    sugiyama: Any = layouts.SugiyamaLayout(graphs.Graph(list(vertex.values()), links + tails).C[0])
    sugiyama.xspace, sugiyama.yspace, sugiyama.dw, sugiyama.dh = GAP_X, GAP_Y, LANE, 0
    sugiyama.init_all(roots=[vertex[root]], inverted_edges=[])
    detours = []
    for route, tail in zip(routes, tails, strict=True):
        for _, dummy in sorted(sugiyama.ctrls.get(tail, {}).items())[1:-1]:
            dummy.view = Box()
            route.via.append(dummy.view)
            detours.append((dummy, vertex[route.ends[1]]))
    # grandalf centres a node below all that leads to it; without the detours it stays in line with its predecessor.
    detect = sugiyama._detect_alignment_conflicts
    sugiyama._detect_alignment_conflicts = lambda: (detect(), sugiyama.conflicts.extend(detours))
    sugiyama.draw(6.5)
    _settle([[v.view for v in layer] for layer in sugiyama.layers[1:]])


def _settle(layers: list[list[Box]]) -> None:
    """Moves all into the margin, apart where grandalf let boxes collide, and sets the band of every box."""
    for a, b in (pair for layer in layers for pair in pairwise(layer)):
        b.xy = (max(b.xy[0], a.xy[0] + (a.w + b.w) / 2 + GAP_X), b.xy[1])
    left = MARGIN - min((box.xy[0] - box.width / 2 for layer in layers for box in layer), default=0.0)
    top = MARGIN - min((box.xy[1] - box.h / 2 for layer in layers for box in layer), default=0.0)
    for layer in layers:
        half = max(box.h for box in layer) / 2
        for box in layer:
            box.xy = (box.xy[0] + left, box.xy[1] + top)
            box.band = (box.xy[1] - half, box.xy[1] + half)


def _connect(routes: list[Route]) -> None:
    """Sets the points of every route: straight on where it can, and no two edges at one place of a box."""
    sides: dict[tuple[Box, int], list[tuple[float, Route]]] = defaultdict(list)
    for route in routes:
        upper, lower = route.ends
        # A layer without height holds nothing to avoid: skipping it keeps the line smooth.
        via = [box for box in route.via if box.band[0] < box.band[1] or (route.backward and box is route.via[0])]
        xs = [box.xy[0] for box in via] or [lower.near(upper.near((upper.xy[0] + lower.xy[0]) / 2))]
        route.points = [(0, 0), *((box.xy[0], y) for box in via for y in box.band), (0, 0)]
        sides[upper, 0].append((xs[0], route))
        sides[lower, -1].append((xs[-1], route))
    for (box, end), met in sides.items():
        step = min(14.0, (box.near(inf) - box.near(-inf)) / max(1, len(met) - 1))
        x, y = -inf, box.xy[1] + (-box.h if end else box.h) / 2
        for i, (wanted, route) in enumerate(sorted(met, key=lambda pair: pair[0]), 1 - len(met)):
            x = min(max(box.near(wanted), x + step), box.near(inf) + i * step)
            route.points[end] = (x, y)


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


@dataclass
class _Pen:
    """Paints lengths of the layout on a canvas of `unit` pixels each."""

    draw: Any
    unit: int
    offset: Point

    def at(self, *points: Point) -> list[Point]:
        return [((x + self.offset[0]) * self.unit, (y + self.offset[1]) * self.unit) for x, y in points]

    def box(self, box: Box) -> None:
        radius, fill, outline, colour, size, *_ = STYLES[box.kind]
        (x, y), w, h = box.xy, box.width / 2, box.h / 2
        corners = self.at((x - w, y - h), (x + w, y + h))
        self.draw.rounded_rectangle(corners, radius * self.unit, fill, outline, round(1.5 * self.unit))
        self.draw.text(self.at(box.xy)[0], box.text, colour, _font(size * self.unit), anchor="mm")

    def route(self, route: Route) -> None:
        path, colour = curve(route), CHOICE if route.edge.conditional else GREY
        tip = path[-1]
        shaft = [point for point in path if dist(point, tip) > ARROW - 3]
        for piece in _dashes(shaft) if route.edge.conditional else [shaft]:
            self.draw.line(self.at(*piece), colour, round(1.8 * self.unit), "curve")
        dx, dy = (10 * (b - a) / dist(shaft[-1], tip) for a, b in zip(shaft[-1], tip, strict=True))
        x, y = tip[0] - dx, tip[1] - dy
        self.draw.polygon(self.at(tip, (x - dy / 2, y + dx / 2), (x + dy / 2, y - dx / 2)), colour)


def curve(route: Route) -> list[Point]:
    """The route from source to target as a fine polyline; it leaves and arrives vertically, a self-loop sideways."""
    if route.ends[0] is route.ends[1]:
        return route.points
    (x0, y0), *inner, (x1, y1) = route.points[:: -1 if route.backward else 1]
    down = 1 if y0 < y1 else -1
    path: list[Point] = []
    for (ax, ay), (bx, by) in pairwise([(x0, y0), (x0, y0 + 5 * down), *inner, (x1, y1 - ARROW * down), (x1, y1)]):
        steps = int(abs(ax - bx) + abs(ay - by)) + 2
        for t in (i / steps for i in range(steps + 1)):
            path.append((ax + (bx - ax) * t * t * (3 - 2 * t), ay + (by - ay) * (1.5 * t * (1 - t) + t**3)))
    return path


def _dashes(path: list[Point]) -> list[list[Point]]:
    walked = accumulate((dist(a, b) for a, b in pairwise(path)), initial=0.0)
    pieces = groupby(zip(walked, path, strict=True), key=lambda at: at[0] % 12 > 7)
    return [[point for _, point in piece] for gap, piece in pieces if not gap]
