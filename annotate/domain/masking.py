"""Names that responses give themselves, hidden while a person decides: who wrote a text must not be what is judged.

Only self-descriptions: "As an AI developed by X, I", "I'm Y, made by Z", "my creators at X", "我是由X开发的". A name in
any other sentence, and all code, stays. The stored response is never touched.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

HIDDEN = "(name hidden)"

_MAKERS = (
    "OpenAI|Open AI|Anthropic|Google(?: DeepMind| AI| Research)?|DeepMind|Meta(?: AI| Platforms)?|Facebook|Microsoft"
    "|Mistral(?: AI)?|Alibaba(?: Cloud| Group)?|DeepSeek(?:[- ]AI)?|xAI|Cohere|AI21(?: Labs)?|Baidu|Zhipu(?: AI)?"
    "|Moonshot(?: AI)?|Amazon|Apple|NVIDIA|Hugging ?Face|EleutherAI|Stability AI|Databricks|LMSYS(?: Org)?|LAION"
    "|Tencent|ByteDance|Inflection(?: AI)?|Nous Research|Technology Innovation Institute|TII"
    "|Allen(?: Institute for)? AI|Ai2"
    "|阿里(?:巴巴|云)?|百度|腾讯|字节跳动|智谱(?: ?AI)?|月之暗面|深度求索|谷歌|微软"
)
_MODELS = (
    "ChatGPT|GPT|InstructGPT|Claude|Gemini|Gemma|LLaMA|Llama|Mixtral|Qwen|QwQ|Tongyi Qianwen|Grok|Vicuna"
    "|Open ?Assistant|ChatGLM|GLM|Kimi|Copilot|Bing(?: Chat)?|Bard|PaLM|LaMDA|StableLM|Baichuan|InternLM"
    "|Doubao|ERNIE(?: Bot)?"
    "|Command R|OLMo|Tülu|Tulu|Nemotron|通义千问|文心一言|豆包|智谱清言"
)
_VERSION = r"(?:[- ]?(?:v?\d[\w.]*|Opus|Sonnet|Haiku|Pro|Flash|Turbo|Ultra|Nano|Instruct|Chat|Plus\+?|Max|mini))*"
_NAME = rf"(?P<name>(?:{_MODELS}|{_MAKERS}){_VERSION})(?![A-Za-z0-9])"
_AI = (
    r"(?:AI(?:[- ](?:powered|based))?(?: (?:large )?(?:language )?(?:model|assistant|chatbot|system|bot|program))?"
    r"|artificial intelligence(?: (?:model|assistant|system|program))?|(?:large )?language model|LLM|chat ?bot"
    r"|(?:virtual|digital|conversational|helpful) assistant)"
)
_KIND = re.compile(rf"(?:an?|the|your) (?:[\w-]+,? ){{0,3}}?{_AI}\b(?: \((?:AI|LLM)\))?", re.IGNORECASE)
_VERB = r"(?:developed|created|trained|made|built|designed|provided|released|produced|powered|deployed|fine-tuned)"
_MADE = re.compile(
    rf"(?:(?:that|which|who) (?:was|is|has been) )?{_VERB}(?:,? (?:and|&) {_VERB})? (?:by|at) "
    rf"(?:(?:the|a) (?:team|people|researchers|company|engineers)(?: at| from| called)? |researchers (?:at|from) )?"
    rf"[*_]{{0,3}}{_NAME}"
)
_CALLED = re.compile(rf"(?:called|named|known as|based on|from|by)(?: the)? [*_]{{0,3}}{_NAME}")
_NAMED = re.compile(rf"(?:called|named|known as) [*_]{{0,3}}{_NAME}")
_PLAIN = re.compile(rf"[*_]{{0,3}}{_NAME}(?! [A-Z][a-z])")
_GAP = re.compile(r"[*_]{0,3}(?:,? (?:and |or |but )?(?:I (?:was|am) )?| ?\(|\),? ?)?")

_START = re.compile(
    r"\b(?:(?P<self>I(?:['’]m| am| was| have been|['’]ve been)(?: (?:actually|just|only|simply|not a human,? but))?)"
    r"|(?P<name_is>[Mm]y name is|[Cc]all me|I go by)|(?P<as_>[Aa]s|[Bb]eing)"
    r"|(?P<mine>[Mm]y (?:creators?|developers?|makers?|designers?|parent company)(?:,| is| are| at| from)?"
    r"(?: the (?:team|people|researchers|company)(?: at| from)?)?)) "
)
_FIRST_PERSON = re.compile(r"[^.!?\n]{0,60}?\b(?:I|my|me|I['’](?:m|ve|d|ll))\b")
_CHINESE = re.compile(
    rf"(?:我是|我叫|我的名字[是叫]|作为)(?:一[个款名种])?(?:[^。！？\n，]{{0,8}}?由|来自)? ?{_NAME}"
    rf"(?=[^。！？\n]{{0,12}}(?:开发|训练|研发|创建|推出|打造|的|，|。|$))"
)
_FENCE = re.compile(r"(^[ \t]*(?:```|~~~).*?(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z))", re.MULTILINE | re.DOTALL)

_GROUP = re.compile(r"\(\?:.*?\)\??")
# What every name begins with, as plain text: looking for these takes microseconds, and most texts have none.
_BEGINNINGS = tuple(
    dict.fromkeys(
        re.sub(r".\?.*", "", one.partition("\0")[0]) for one in _GROUP.sub("\0", f"{_MAKERS}|{_MODELS}").split("|")
    )
)

Span = tuple[int, int]


def mask(text: str) -> str:
    """The text with the names it gives itself hidden."""
    out, at = [], 0
    for start, end in _spans(text):
        out += [text[at:start], HIDDEN]
        at = end
    return "".join(out) + text[at:]


def names(text: str) -> list[str]:
    """The names a text gives itself, each once, in order."""
    return list(dict.fromkeys(text[start:end] for start, end in _spans(text)))


@lru_cache(maxsize=32)  # one request asks several times about the same few texts
def _spans(text: str) -> list[Span]:
    if not any(beginning in text for beginning in _BEGINNINGS):
        return []
    found: set[Span] = set()
    offset = 0
    for at, part in enumerate(_FENCE.split(text)):
        if at % 2 == 0:
            found |= {(offset + start, offset + end) for start, end in _in_prose(part)}
        offset += len(part)
    return sorted(found)


def _in_prose(text: str) -> Iterator[Span]:
    for start in _START.finditer(text):
        yield from _description(text, start)
    for found in _CHINESE.finditer(text):
        yield found.span("name")


def _description(text: str, start: re.Match[str]) -> list[Span]:
    """Reads on from "I am" or "As" while what follows describes the writer; the names on the way."""
    spans: list[Span] = []
    at, first = start.end(), True
    while True:
        found = _KIND.match(text, at) or _MADE.match(text, at) or _named(text, at, start, first=first)
        if found is None:
            break
        spans += [found.span("name")] if "name" in found.re.groupindex else []
        gap = _GAP.match(text, found.end())
        at, first = gap.end() if gap else found.end(), False
    if start["as_"] and not _FIRST_PERSON.match(text, at):
        return []
    return spans


def _named(text: str, at: int, start: re.Match[str], *, first: bool) -> re.Match[str] | None:
    """A bare name, straight after "I am", "As" or "my name is"; later only after a word that says it is one."""
    if not first:
        return _CALLED.match(text, at) or (None if start["as_"] else _PLAIN.match(text, at))
    if start["self"]:
        return _NAMED.match(text, at) or _PLAIN.match(text, at)
    found = _PLAIN.match(text, at)
    return found if found and (not start["as_"] or text[found.end() : found.end() + 1] == ",") else None
