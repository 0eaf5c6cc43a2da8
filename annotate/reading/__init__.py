"""What other people wrote, made safe and pleasant to read: Markdown, code and maths rendered on the server."""

from annotate.reading.render import Turn, render_markdown, render_messages

__all__ = ["Turn", "render_markdown", "render_messages"]
