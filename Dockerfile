# The steps are those of tests/packaging: build the assets of the pages and the wheel, install it with the tested versions, serve.
FROM node:20-slim AS assets
WORKDIR /src/jwpgraph/web/frontend
COPY src/jwpgraph/web/frontend .
RUN npm ci && npm run build

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md CHANGELOG.md constraints.txt ./
COPY src src
COPY --from=assets /src/jwpgraph/web/built src/jwpgraph/web/built
COPY ontology ontology
COPY shapes shapes
COPY quality quality
COPY data data
COPY mappings mappings
COPY queries queries
COPY docs/problems.md docs/problems.md
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN python -m pip install --no-cache-dir --constraint /wheels/constraints.txt "$(echo /wheels/*.whl)[otel]" \
 && rm -r /wheels \
 && useradd --system --uid 10001 jwpgraph \
 && install -d -o jwpgraph /data
USER jwpgraph
ENV JWPGRAPH_DATA_DIR=/data \
    JWPGRAPH_HOST=0.0.0.0 \
    JWPGRAPH_PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["jwpgraph"]
CMD ["serve"]
