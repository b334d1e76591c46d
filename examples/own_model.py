"""Your own langchain-core chat model in every role.

The model here is a fake that plays its answers; put `ChatOpenAI(...)` or any other `BaseChatModel` in its place.

python examples/own_model.py
"""

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from affectgraph.graphs import load

answers = [
    '{"label": "loneliness", "confidence": 0.7}',
    '{"label": "medium", "confidence": 0.6}',
    '{"situation": "Her sister has not called for weeks."}',
    '{"causes": [{"cause": "She waits for a call.", "segments": ["s1"]}], "beliefs": []}',
    '{"label": "understanding", "confidence": 0.8}',
    '{"moves": [{"move": "name", "reason": "waiting"}, {"move": "explore", "reason": "the silence"}]}',
    "Waiting for a call that does not come is lonely. What would you tell her if she called today?",
]
model = GenericFakeChatModel(messages=iter(AIMessage(content=answer) for answer in answers))

result = load("empathy", model=model).invoke({"text": "My sister has not called for weeks. I keep checking my phone."})
print(result.chain.L1.emotions.ranked()[0], result.chain.L1.emotions.calibration)
print(result.reply.text)
