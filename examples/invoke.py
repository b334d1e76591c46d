"""Run a graph from Python: invoke it, watch it, and read what it decided.

python examples/invoke.py
"""

from pathlib import Path

from affectgraph.graphs import NodeFinished, Sentence, load

text = Path(__file__).with_name("long_text.txt").read_text(encoding="utf-8")
graph = load("empathy")

# `invoke` returns a typed result.
result = graph.invoke({"text": text})
print("strongest emotion:", result.chain.L1.emotions.top)
for cause in result.chain.L2.causes:
    print("cause:", cause.cause, "|", cause.quotes[0].text)
print("wanted:", result.chain.L3.intent.probabilities)
print("reply:", result.reply.text, f"({result.reply.source})")

# `stream` yields typed events; reply text arrives sentence by sentence, each after the checks.
for event in graph.stream({"text": "My sister has not called for weeks. I keep checking my phone."}):
    if isinstance(event, NodeFinished):
        print(f"{event.node}: {event.entry.milliseconds:.0f} ms")
    elif isinstance(event, Sentence):
        print("  ", event.text)

graph.close()
