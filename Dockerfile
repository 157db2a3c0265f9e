# One image for every process of ours: a worker by default, the gateway and the command line by another command.

FROM python:3.11.13-slim-bookworm AS build
WORKDIR /source
COPY requirements.lock .
RUN python -m venv /opt/countermand \
 && /opt/countermand/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml LICENSE README.md worker.py ./
COPY workflows workflows
COPY activities activities
COPY starter starter
RUN /opt/countermand/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home countermand
COPY --from=build /opt/countermand /opt/countermand
ENV PATH=/opt/countermand/bin:$PATH PYTHONUNBUFFERED=1
USER countermand
# An empty folder: no module there can stand before ours.
WORKDIR /srv
CMD ["python", "-m", "worker"]
