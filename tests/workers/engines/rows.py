"""Short ways to write messages and rows."""

from workers.engines import Message, Row


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}


def row(id: int, asked: str, a: str = "Yes.", b: str = "No.", *, attributes: dict[str, str] | None = None) -> Row:
    return Row(id, [user(asked)], [assistant(a)], [assistant(b)], attributes)


UNEQUAL = [
    row(1, "Hi", "Hello!", "Hello there, what can I do for you today?"),
    row(2, "What is the boiling point of water at sea level? " * 3, "100 degrees Celsius.", "90"),
    row(3, "请解释光合作用", "植物把光变成糖。" * 5, "?"),
    row(4, "x", "y", "z"),
    Row(5, [user("a"), assistant("b"), user("c")], [assistant("d"), user("e"), assistant("f")], [assistant("g")]),
]
