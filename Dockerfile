# One image for every service of docker-compose.yml; the command says which one it is.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/recobro
WORKDIR /src
# Dependencies first: they change less often than the code.
COPY requirements.lock .
RUN /opt/recobro/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY tenants tenants
COPY legal legal
COPY templates templates
COPY worker worker
RUN /opt/recobro/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# WeasyPrint makes the PDFs with Pango.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/recobro --create-home recobro
COPY --from=build /opt/recobro /opt/recobro
ENV PATH=/opt/recobro/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RECOBRO_DATA=/var/lib/recobro/data \
    RECOBRO_HOST=0.0.0.0
USER recobro
WORKDIR /var/lib/recobro
RUN mkdir -m 700 data
VOLUME /var/lib/recobro/data
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["recobro"]
CMD ["serve"]
