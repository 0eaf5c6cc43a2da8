"""The floor: what Django, gunicorn and PostgreSQL cost when a view does next to nothing."""
