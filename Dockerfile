FROM python:3.12-slim AS bare

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# A user without a shell or a home; /data and /streams are the only places it may write.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin highwater && install -d -o highwater -m 0700 /data /streams

# The stream programs: docker build --target streams. Their engine wants other versions than the console.
FROM bare AS streams
COPY streams/requirements.txt streams/
RUN pip install --no-cache-dir --no-deps --require-hashes -r streams/requirements.txt
COPY streams streams
RUN python -m compileall -q streams
USER highwater
VOLUME /streams

# The console: what is built without a target.
FROM bare
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements/base.txt
COPY . .
RUN python -m compileall -q .

USER highwater
VOLUME /data
EXPOSE 8080
CMD ["python", "-m", "uvicorn", "console.asgi:application", "--host", "0.0.0.0", "--port", "8080", "--loop", "uvloop", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
