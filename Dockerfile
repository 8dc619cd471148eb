# Hummingbot's own image with this plug-in in it. The tag is pinned: what was not run must not meet your money.
# Build: docker build -t hummingbot-backpack .      Run: see docker-compose.yml.
FROM python:3.12-slim AS wheel
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-deps --wheel-dir /wheels .

FROM hummingbot/hummingbot:version-2.16.0
COPY --from=wheel /wheels/*.whl /tmp/wheels/
# --no-deps for ours: a second Hummingbot must not appear beside the image's. What ours needs and the image lacks comes by name.
RUN /opt/conda/envs/hummingbot/bin/python -m pip install --no-cache-dir \
        "orjson>=3.10" "plotly>=6" "prometheus_client>=0.20" "pyrage>=1.4" "rich>=13" "sortedcontainers>=2.4" "typer>=0.15" \
    && /opt/conda/envs/hummingbot/bin/python -m pip install --no-cache-dir --no-deps /tmp/wheels/*.whl \
    && rm -rf /tmp/wheels
ENV PATH=/opt/conda/envs/hummingbot/bin:$PATH
WORKDIR /home/hummingbot
RUN hummingbot-backpack init /home/hummingbot
# The last step says whether this image works; it warns, and does not fail, about releases outside those that were run.
# hadolint ignore=DL3059
RUN hummingbot-backpack doctor --offline
