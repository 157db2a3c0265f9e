# One image for every process of ours: a worker by default; gateway, sandbox and command line by another command.

FROM python:3.11.15-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
# The builder of our wheel, in the version of requirements-dev.lock; it stays out of the image.
RUN pip install --no-cache-dir setuptools==84.2.1
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/countermand \
 && pip --python /opt/countermand/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml LICENSE README.md worker.py ./
COPY workflows workflows
COPY activities activities
COPY starter starter
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /opt/countermand/bin/python install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11.15-slim-bookworm
# /book is where the sandbox provider keeps its book, /files where the gateway keeps what people upload: a new volume there
# takes over its owner.
RUN useradd --system --uid 10001 --no-create-home countermand \
 && install --directory --owner countermand --group countermand /book /files
COPY --from=build /opt/countermand /opt/countermand
ENV PATH=/opt/countermand/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# An empty folder: no module there can stand before ours.
WORKDIR /srv
CMD ["python", "-m", "worker"]
