# ruff: noqa: S608 every statement here is constant text of this module
"""The full-text index over passages, made by the database and kept in step by it: FTS5 on SQLite, GIN on PostgreSQL.

Terms are made by curation.terms and stored separated by blanks, so neither database's own idea of a word counts.
SQLite drops the trigger with the table when a migration rebuilds it; guards.install makes it again.
"""

TABLE = "annotate_passage"
FTS5 = "annotate_passage_index"
TRIGGER = "index_passage_insert"
VECTOR = "array_to_tsvector(string_to_array(terms, ' '))"

SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FTS5} USING fts5(terms, content='{TABLE}', content_rowid='id',"
    " tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* Co'\")",
    f"DROP TRIGGER IF EXISTS {TRIGGER}",
    f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON {TABLE}"
    f" BEGIN INSERT INTO {FTS5} (rowid, terms) VALUES (NEW.id, NEW.terms); END",
)
POSTGRESQL = (f"CREATE INDEX IF NOT EXISTS passage_terms ON {TABLE} USING gin ({VECTOR})",)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
