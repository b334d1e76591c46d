"""What the nodes of a run cost: time and tokens, from the rows alone.

A cached answer keeps the cost it had when it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.evals.rows import Row

__all__ = ["NodeCost", "answer_cost", "node_costs"]


@dataclass(frozen=True)
class NodeCost:
    """One node over all items that passed it.

    Attributes:
        node: its name in the graph; `answer` stands for the whole answer.
        items: how many passed it.
        median, p95: milliseconds per item.
        time_share: share of the milliseconds of all nodes, in [0, 1].
        tokens_in, tokens_out: medians per item.
        token_share: share of the tokens of all nodes, in [0, 1].
    """

    node: str
    items: int
    median: float
    p95: float
    time_share: float
    tokens_in: float
    tokens_out: float
    token_share: float


def node_costs(rows: Sequence[Row]) -> list[NodeCost]:
    """One entry per node, in the order in which they first appear; empty where the rows name no nodes."""
    spent: dict[str, list[tuple[float, int, int]]] = {}
    for row in rows:
        for node, cost in row.nodes.items():
            spent.setdefault(node, []).append(cost)
    total = sum(cost[0] for costs in spent.values() for cost in costs)
    tokens = sum(cost[1] + cost[2] for costs in spent.values() for cost in costs)
    return [_node(node, np.asarray(costs, dtype=float), total, tokens) for node, costs in spent.items()]


def _node(node: str, costs: np.ndarray, total: float, tokens: int) -> NodeCost:
    return NodeCost(
        node=node,
        items=len(costs),
        median=float(np.median(costs[:, 0])),
        p95=float(np.percentile(costs[:, 0], 95)),
        time_share=float(costs[:, 0].sum()) / total if total else 0.0,
        tokens_in=float(np.median(costs[:, 1])),
        tokens_out=float(np.median(costs[:, 2])),
        token_share=float(costs[:, 1:].sum()) / tokens if tokens else 0.0,
    )


def answer_cost(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Median and 95th percentile of the seconds per answer, and the median of its tokens; zeros without rows."""
    if not rows:
        return 0.0, 0.0, 0.0
    seconds = [row.seconds for row in rows]
    return (
        float(np.median(seconds)),
        float(np.percentile(seconds, 95)),
        float(np.median([row.tokens for row in rows])),
    )
