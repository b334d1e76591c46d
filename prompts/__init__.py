"""Versioned prompts: one Markdown file each, with front matter.

Bottom floor of the house: knows nothing of models, emotions or graphs. A file `empathy/intent.en.md` is
`prompt("empathy/intent", "en")`.
"""

from affectgraph.prompts._files import Prompt, PromptError, prompt, prompt_names

__all__ = ["Prompt", "PromptError", "prompt", "prompt_names"]
