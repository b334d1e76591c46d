"""What a run on a remote backend will cost, before anything is sent: estimated from the texts and the graph's shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from affectgraph.backends.config import RemoteConfig
from affectgraph.evals.datasets import Item
from affectgraph.evals.opening import Opened
from affectgraph.graphs.loading import recipe

__all__ = ["Estimate", "estimate"]

# Items whose texts are counted; the rest are taken to be like them.
_COUNTED = 50


@dataclass(frozen=True)
class Estimate:
    """What is left of a run.

    Attributes:
        items: items that have no answer yet.
        tokens_in: prompt tokens, roughly.
        tokens_out: generated tokens, roughly.
        cost: in the currency of the prices, roughly; None where the settings give no prices.
        backends: names of the remote backends that will be asked.
    """

    items: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    backends: tuple[str, ...]


def estimate(run: Opened, limit: int | None, model: str | None = None) -> Estimate | None:
    """What asking the unanswered items among the first `limit` costs; None where no remote backend is asked.

    Args:
        run: opened, with any backend as a stand-in where an inspect model will be asked.
        limit: of the run.
        model: the inspect model that will be asked; its prices are not known here.
    """
    made = recipe(run.graph_name)
    if made.embeds(getattr(run.settings, made.section)):
        return None  # answered by the embedder
    if model is not None:
        left = run.unanswered(limit)
        return Estimate(len(left), *_tokens(run, left), None, (model,))
    labels = dict.fromkeys(getattr(run.graph.models, role).label for role in made.roles)
    remote = {name: run.settings.backends.get(name) for name in labels}
    configs = {name: config for name, config in remote.items() if isinstance(config, RemoteConfig)}
    if not configs:
        return None
    left = run.unanswered(limit)
    tokens_in, tokens_out = _tokens(run, left)
    prices = [(config.price_in, config.price_out) for config in configs.values()]
    cost = None
    if all(price_in is not None and price_out is not None for price_in, price_out in prices):
        # Several remote backends share the calls; the dearest is taken for all of them.
        cost = max(((p or 0.0) * tokens_in + (q or 0.0) * tokens_out) / 1_000_000 for p, q in prices)
    return Estimate(len(left), tokens_in, tokens_out, cost, tuple(configs))


def _tokens(run: Opened, left: Sequence[Item]) -> tuple[int, int]:
    made, backend = recipe(run.graph_name), run.graph.models.each()[0]
    counted = left[:_COUNTED]
    sums = [0, 0]
    for item in counted:
        given = run.input(item)
        for place, tokens in enumerate(made.cost(given).tokens(backend.count_tokens(str(given["text"] or "")))):
            sums[place] += tokens
    share = len(left) / len(counted) if counted else 0.0
    return round(sums[0] * share), round(sums[1] * share)
