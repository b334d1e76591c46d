"""The benchmarks, one module per kind of question.

Each is registered as an inspect_ai task by `affectgraph.evals.registry`.
"""

from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.tasks import alarms, appraise, clips, conflict, illusion, images, persona, replies, text

__all__ = ["BENCHMARKS"]

BENCHMARKS: dict[str, Benchmark] = {
    known.name: known
    for module in (text, conflict, clips, images, persona, appraise, illusion, replies, alarms)
    for known in module.BENCHMARKS
}
