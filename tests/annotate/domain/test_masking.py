"""What hides a name, and what must not. Both lists grow with what people report."""

import time

import pytest

from annotate.domain.masking import _BEGINNINGS, HIDDEN, mask, names

HIDES = {
    "As an AI developed by OpenAI, I cannot say.": ["OpenAI"],
    "As an AI language model created by Anthropic, I don't have opinions.": ["Anthropic"],
    "As a large language model trained by Google, I can help.": ["Google"],
    "as an AI assistant made by the team at Mistral AI, my answers may be wrong": ["Mistral AI"],
    "I'm Claude, made by Anthropic.": ["Claude", "Anthropic"],
    "I’m Claude, an AI assistant created by Anthropic to be helpful.": ["Claude", "Anthropic"],
    "I am ChatGPT, a large language model trained by OpenAI, based on the GPT-4 architecture.": [
        "ChatGPT",
        "OpenAI",
        "GPT-4",
    ],
    "I'm **Qwen2.5**, developed by Alibaba Cloud.": ["Qwen2.5", "Alibaba Cloud"],
    "Sure! I am an AI assistant called Vicuna.": ["Vicuna"],
    "Hello. My name is Claude 3.5 Sonnet.": ["Claude 3.5 Sonnet"],
    "I was created by OpenAI and I know little.": ["OpenAI"],
    "I was developed and trained by DeepSeek.": ["DeepSeek"],
    "As ChatGPT, I cannot browse.": ["ChatGPT"],
    "You should ask my creators at OpenAI.": ["OpenAI"],
    "I am just a virtual assistant built by Microsoft.": ["Microsoft"],
    "I'm an AI assistant from Anthropic.": ["Anthropic"],
    "我是由OpenAI开发的人工智能助手。": ["OpenAI"],
    "我是通义千问，由阿里云开发的语言模型。": ["通义千问"],
    "作为由百度开发的语言模型，我不能回答。": ["百度"],
}
KEEPS = [
    "What is OpenAI?",
    "OpenAI was founded in 2015, and Anthropic by people who left it.",
    "Claude Shannon founded information theory.",
    "As Claude Shannon showed, I think information can be measured.",
    "As Google grew, I watched it.",
    "I am Claude Monet, a painter.",
    "I am interested in OpenAI and its models.",
    "I'm using ChatGPT to write this.",
    "I was hired by Google in 2010.",
    "As an AI researcher at Google, I train models.",
    "As an AI model developed by Google, Gemini competes with GPT-4.",
    "It is an AI developed by OpenAI.",
    "As a business model created by Amazon, it works well.",
    "I'm a Gemini, born in June.",
    "I am not sure whether Llama 3 was trained by Meta.",
    "My name is Claudette and I like apples.",
    "My creators wrote about OpenAI.",
    "As an AI, I cannot do that.",
    '```python\nprint("I am ChatGPT")\n```',
    "我是苹果的用户吗？OpenAI 是什么？",
    "作为用户，我喜欢谷歌。",
]


@pytest.mark.parametrize(("text", "hidden"), HIDES.items())
def test_a_self_description_loses_its_names(text: str, hidden: list[str]) -> None:
    assert names(text) == hidden
    assert [name for name in hidden if name in mask(text)] == []
    assert mask(text).count(HIDDEN) == len(hidden)


@pytest.mark.parametrize("text", KEEPS)
def test_what_is_said_about_a_name_stays(text: str) -> None:
    assert mask(text) == text


def test_code_between_self_descriptions_stays_as_it_is() -> None:
    text = "I'm Claude.\n\n```\nI'm Claude.\n```\n\nI'm Claude."
    assert mask(text) == f"I'm {HIDDEN}.\n\n```\nI'm Claude.\n```\n\nI'm {HIDDEN}."


def test_masking_again_changes_nothing() -> None:
    for text in HIDES:
        assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "piece", ["I am ", "As an AI ", "I am a very very ", "I'm Claude, ", "```\n", "我是", "my name is "]
)
def test_time_grows_with_length_only(piece: str) -> None:
    started = time.thread_time()
    mask(piece * (100_000 // len(piece)))
    assert time.thread_time() - started < 1


def test_every_name_is_found_by_how_it_begins() -> None:
    """What is looked for first: plain beginnings of the names, long enough to be rare."""
    assert min(map(len, _BEGINNINGS)) > 1
    for name in {name for found in HIDES.values() for name in found}:
        assert any(name.startswith(beginning) for beginning in _BEGINNINGS), name
