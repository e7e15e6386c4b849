# Two stages: the wheel is built in one and installed in the other, so that nothing is ever run from a copied tree.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY connectors connectors
COPY worker worker
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY requirements/app.txt /tmp/app.txt
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --require-hashes -r /tmp/app.txt \
    && pip install --no-cache-dir --no-deps /wheels/vigie-*.whl \
    && rm -r /wheels /tmp/app.txt \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin vigie \
    && install -d -o vigie -g vigie /var/lib/vigie
ENV PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VIGIE_CONFIG=/etc/vigie \
    VIGIE_DATABASE=sqlite:////var/lib/vigie/vigie.db
# The plans are mounted read-only at /etc/vigie; the database lives in the volume. Runs with a read-only root:
# docker run --read-only --tmpfs /tmp --cap-drop ALL -v ./plans:/etc/vigie:ro -v vigie:/var/lib/vigie vigie
VOLUME /var/lib/vigie
WORKDIR /var/lib/vigie
USER 10001
ENTRYPOINT ["vigie"]
CMD ["run"]
