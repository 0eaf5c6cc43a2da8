"""How gunicorn serves Assay: `gunicorn -c python:config.gunicorn config.wsgi`. Measured by bench/."""

from os import cpu_count

from config import env

bind = f"{env.text('BIND', '127.0.0.1')}:{env.number('PORT', 8000, least=1)}"
worker_class = "gthread"  # a thread waits for the database, a client that uploads or one that reads slowly
workers = env.number("WEB_WORKERS", cpu_count() or 1, least=1)
threads = env.number("WEB_THREADS", 4, least=1)  # each keeps one database connection: workers x threads in all
keepalive = 30  # longer than the pause between two requests of a page or a client
