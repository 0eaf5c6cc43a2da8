"""Where the conversation ends and each response begins."""

from curation.pairs import Conversation, RowError

ASKS = ("user", "tool")


def split_conversation(
    prompt: Conversation | None, responses: list[Conversation]
) -> tuple[Conversation, list[Conversation]]:
    """The conversation, and what each response adds to it.

    Responses that begin with an assistant turn follow the prompt. Those that begin earlier are whole
    conversations (an implicit prompt): what they share, up to the last turn that asks, is the conversation.
    """
    whole = [bool(response) and response[0]["role"] != "assistant" for response in responses]
    if any(whole) and not all(whole):
        raise RowError("some responses are whole conversations and some begin with the assistant")
    if all(whole):
        shared = _shared_start(responses)
        conversation = _reconcile(prompt, shared)
        rests = [response[len(shared) :] for response in responses]
    elif prompt is None:
        raise RowError("there is no prompt, or it is null, and the responses are not whole conversations")
    else:
        conversation, rests = prompt, responses
    if not conversation or conversation[-1]["role"] not in ASKS:
        raise RowError("the conversation does not end with a user turn")
    if not all(rest and rest[0]["role"] == rest[-1]["role"] == "assistant" for rest in rests):
        raise RowError("a response does not begin and end with an assistant turn")
    return conversation, rests


def _shared_start(conversations: list[Conversation]) -> Conversation:
    """The longest common beginning that ends where an answer is asked for."""
    length = 0
    for turns in zip(*conversations, strict=False):
        if any(turn != turns[0] for turn in turns):
            break
        length += 1
    shared = conversations[0][:length]
    while shared and shared[-1]["role"] not in ASKS:
        shared = shared[:-1]
    if not shared:
        raise RowError("the responses are whole conversations that do not share their first turn")
    return shared


def _reconcile(prompt: Conversation | None, shared: Conversation) -> Conversation:
    """The longer of a prompt and the shared beginning, which must not contradict each other."""
    if prompt is None or _is_edge_of(prompt, shared):
        return shared
    if _is_edge_of(shared, prompt):
        return prompt
    raise RowError("the prompt differs from the conversation that the responses begin with")


def _is_edge_of(part: Conversation, whole: Conversation) -> bool:
    return whole[: len(part)] == part or whole[-len(part) :] == part
