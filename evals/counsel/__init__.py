"""What is measured of the graph `counsel` over whole conversations, where one question and one answer do not suffice.

`injecting`: text that tries to steer it; `sessions`: 45 turns; `replying`: what a judge says of its replies.
"""
