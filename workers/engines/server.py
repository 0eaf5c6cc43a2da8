"""An instruct model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, or a hosted one."""

import threading
from collections.abc import Generator, Sequence
from typing import Any

import httpx

from workers.engines.errors import BackendDown, BadAnswer, RowError
from workers.engines.posting import SHOWN, Poster
from workers.engines.rows import Message
from workers.engines.sources import Server
from workers.engines.writing import Answer, Asked, Written

MAX_NEW_TOKENS = 512
# For who is asked again: the usual bad answer repeats itself until it is cut.
AGAIN = {"temperature": 0.7, "frequency_penalty": 0.5}


class ServerWriter:
    """Chat completions with a JSON schema as response format, several requests at a time."""

    def __init__(
        self,
        source: Server,
        *,
        max_tokens: int = 16_384,
        temperature: float = 0.0,
        revision: str = "",
        **connection: Any,
    ) -> None:
        hello = {"model": source.model, "messages": [{"role": "user", "content": "Hello."}], "max_tokens": 1}
        self._poster = Poster(source.url, probe=("/chat/completions", hello), **connection)
        self._model, self._temperature = source.model, temperature
        self.revision, self.limit = revision or source.revision, max_tokens
        self.settings = {
            "backend": "openai",
            "max_tokens": max_tokens,
            "max_new_tokens": MAX_NEW_TOKENS,
            "temperature": temperature,
        }

    def cost(self, messages: list[Message]) -> int:
        """Tokens as far as one can tell without the tokenizer: one for every three bytes of UTF-8."""
        return sum(len(message["content"].encode(errors="replace")) for message in messages) // 3

    def stream(
        self, asked: Sequence[Asked], *, schema: dict[str, Any], blank: list[Message]
    ) -> Generator[tuple[int, Answer]]:
        """(which, answer) of every prompt, as they come. Prompts that begin alike are sent one after the other, so
        that a server which keeps prefixes computes them once."""
        plain = unbounded(schema)
        yield from self._poster.each(asked, lambda one, over: self._write(one, plain, over))

    def _write(self, asked: Asked, schema: dict[str, Any], over: threading.Event) -> Answer:
        body = {
            "model": self._model,
            "messages": asked.messages,
            "temperature": self._temperature,
            "seed": asked.seed + asked.again,
            "max_tokens": MAX_NEW_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            },
        }
        if asked.again:
            body |= AGAIN | {"temperature": max(self._temperature, AGAIN["temperature"])}
        try:
            return _written(self._poster.post("/chat/completions", body, over=over), cost=self.cost(asked.messages))
        except (RowError, BackendDown) as error:
            return error


def unbounded(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without patterns, which not every server knows; texts are cut to size here afterwards."""
    properties = {
        name: {key: value for key, value in rule.items() if key != "pattern"}
        for name, rule in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _written(response: httpx.Response, *, cost: int) -> Written:
    """The completion and its tokens, as the server counts them, or as far as one can tell."""
    try:
        answer = response.json()
        content = answer["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise BadAnswer(f"The server's answer is no chat completion: {response.text[:SHOWN]!r}") from error
    if not isinstance(content, str):
        raise BadAnswer(f"The server's answer holds no text: {response.text[:SHOWN]!r}")
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Written(
        content,
        read if isinstance(read, int) else cost,
        written if isinstance(written, int) else len(content.encode(errors="replace")) // 3,
    )
