FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements/base.txt

# A user without a shell or a home; /data is the only place it may write.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin highwater && install -d -o highwater -m 0700 /data
COPY . .
RUN python -m compileall -q .

USER highwater
VOLUME /data
EXPOSE 8080
CMD ["python", "-m", "uvicorn", "console.asgi:application", "--host", "0.0.0.0", "--port", "8080", "--loop", "uvloop", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
