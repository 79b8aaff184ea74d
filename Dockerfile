# syntax=docker/dockerfile:1
# The portal in one image: web, worker, beat, mail sender and commands differ by what they are told to run.

FROM node:22-bookworm-slim AS type
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

# pg_dump must not be older than the server, and Debian's is.
FROM postgres:18-bookworm AS database
RUN mkdir -p /client/bin /client/lib \
    && cp /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore /usr/lib/postgresql/18/bin/psql /client/bin/ \
    && cp --preserve=links /usr/lib/*-linux-gnu/libpq.so.5* /client/lib/

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
COPY requirements/production.txt requirements/
RUN /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r requirements/production.txt \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib
WORKDIR /srv/sawt
COPY . .
COPY --from=type /build/node_modules node_modules
# Translations, type and collected files: settings without any secret are enough for them.
RUN /opt/venv/bin/python deploy/build.py \
    && DJANGO_SETTINGS_MODULE=portal.settings.base /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules tools deploy/build.py \
    && /opt/venv/bin/python -m compileall -q engagement moderation newsletter portal surveys tickets

FROM python:3.11-slim-bookworm
# Pango and fonts for PDF reports, with the list of fonts made here, where it can be written; the libraries under pg_dump.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fontconfig fonts-dejavu-core fonts-noto-core fonts-wqy-microhei \
        libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
        liblz4-1 libpq5 libzstd1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /srv/sawt --shell /usr/sbin/nologin sawt
COPY --from=database /client/bin/ /usr/local/bin/
COPY --from=database /client/lib/ /usr/local/lib/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/sawt /srv/sawt
WORKDIR /srv/sawt
# All else in the image belongs to root, and the portal cannot change it.
RUN ldconfig \
    && install -d -o sawt -g sawt -m 0750 var/media var/beat var/backups var/metrics
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings.production \
    GRANIAN_INTERFACE=wsgi GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 GRANIAN_WEBSOCKETS=false \
    GRANIAN_WORKERS=2 GRANIAN_BLOCKING_THREADS=4 GRANIAN_RESPAWN_FAILED_WORKERS=true GRANIAN_WORKERS_KILL_TIMEOUT=20 \
    GRANIAN_LOG_CONFIG=/srv/sawt/deploy/logging.json
USER sawt
EXPOSE 8000
CMD ["granian", "portal.wsgi:application"]
