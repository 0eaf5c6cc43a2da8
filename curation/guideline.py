"""The people's guideline as a judge model gets it: without the sentences that say which helpers people may use."""

import re

BETWEEN = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])")  # sentences
HELPERS = re.compile(
    r"\b(?:LLMs?|language models?|chat ?bots?|assistants?|search(?:es|ing)?|search engines?|browse)\b"
    r"|语言模型|大模型|聊天机器人|搜索",
    re.IGNORECASE,
)


def for_judges(text: str) -> str:
    """Paragraph by paragraph, what is left of it; a judge here neither browses nor asks another model."""
    kept = ("".join(_kept(paragraph)).strip() for paragraph in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _kept(paragraph: str) -> list[str]:
    return [sentence for sentence in BETWEEN.split(paragraph) if not HELPERS.search(sentence)]
