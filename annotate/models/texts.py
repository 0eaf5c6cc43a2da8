"""A column for JSON that is only ever written and read whole."""

import json
from typing import Any

from django.db import models


class JSONText(models.JSONField):
    """JSON as it was written: on PostgreSQL `json`, which checks a text and keeps it, not `jsonb`, which takes it
    apart and must put it together again for every reader. No query looks into it."""

    def db_type(self, connection: Any) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return json.dumps(value, cls=self.encoder, ensure_ascii=False, separators=(",", ":"))

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """As text, which the database's driver does not read for us."""
        return (f"{sql}::text" if compiler.connection.vendor == "postgresql" else sql), params
