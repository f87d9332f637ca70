"""The whole of `manage.py up`, from the look around to the last process stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from broker import archive, jars, java, kafka, orphans, ports, say
from broker.trouble import Trouble
from broker.words import last_words
from console.up import parts, redis, settings
from console.up.keeper import House
from console.up.lock import DataLock
from console.up.logs import Logs
from console.up.settings import PORT, Asked
from console.up.supervise import Supervisor

KAFKA_PORT = 9092
INTAKE_PORT = 8090
ROOT = Path(__file__).resolve().parents[2]
STREAMS = ROOT / "streams" / ".venv" / "bin" / "python"


def main(arguments: list[str]) -> int:
    given = settings.parse(arguments)
    os.umask(0o077)  # records, sessions and logs are for this user only, also in a folder that others may read
    try:
        lock = DataLock(settings.data_folder())
        lock.take()  # first of all: a second copy must not be told that its port is taken
        failure = run(Asked.read(given), lock)
        lock.release()
    except Trouble as trouble:
        failure = str(trouble)
    except KeyboardInterrupt:  # before anything was started
        return 130
    if failure:
        print(f"highwater: {failure}", file=sys.stderr)
        return 1
    return 0


def run(asked: Asked, lock: DataLock) -> str:
    """Returns why it had to stop; empty when it was told to."""
    os.chdir(ROOT)
    settings.check_space(asked.data)
    if asked.port_taken:
        say.part("web", f"port {PORT} is taken, using {asked.port}")

    house = House(Logs(asked.data / "logs"))
    all_parts = []
    server = None if asked.redis else redis.find(asked.data / "redis")
    if server:
        all_parts.append(parts.redis(server))
    else:
        settings.check_redis(asked.redis)
        say.part("redis", "yours")
    broker = None if asked.kafka else private_kafka(asked.data / "kafka")
    if broker:
        all_parts.append(parts.kafka(broker, lock.fd))
    else:
        settings.check_kafka(asked.kafka)
        say.part("kafka", f"yours, {asked.kafka}")
    bootstrap = broker.bootstrap if broker else asked.kafka
    env = asked.env(bootstrap, server.url if server else asked.redis)
    all_parts += parts.ours(asked.port, asked.data, env)
    has_demo = asked.demo == "1" or (broker is not None and asked.demo != "0")
    if has_demo:  # nothing is written to your Kafka unless you ask
        all_parts.append(parts.demo(bootstrap, asked.rate))
    if asked.pipelines == "1" or (has_demo and asked.pipelines != "0"):
        all_parts += pipelines(bootstrap, asked)

    supervisor = Supervisor(house, all_parts)
    threading.Thread(target=_prepare, args=(house, env, broker), daemon=True, name="prepare").start()
    supervisor.loop()
    print("Stopped." if not house.failure else "", flush=True)
    return house.failure


def pipelines(bootstrap: str, asked: Asked) -> list[parts.Part]:
    """None of them where their environment was not installed: everything else works without."""
    if not STREAMS.exists():
        say.part("streams", "not installed: `make run` does it")
        return []
    programs = parts.pipelines(STREAMS, bootstrap, asked)
    return [*programs, parts.intake(bootstrap, ports.next_free(INTAKE_PORT), asked.origins)]


def private_kafka(folder: Path) -> kafka.Broker:
    found = java.find()
    class_path = tuple(jars.class_path(say.Progress("kafka", f"downloading {jars.VERSION}, jars")))
    port = ports.next_free(KAFKA_PORT)
    return kafka.Broker(folder, port, found, class_path, archive.options(found, class_path))


def _prepare(house: House, asked_env: dict[str, str], broker: kafka.Broker | None) -> None:
    """Beside the start of Kafka: the database and the static files; then the address; then the class-data archive."""
    command = [sys.executable, "manage.py", "prepare"]
    if broker and broker.cluster_id():
        command += ["--private-kafka", broker.cluster_id()]
    child = subprocess.Popen(
        command,
        env=asked_env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=orphans.dies_with_its_parent(),
    )
    while True:
        try:
            link, words = child.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            if house.stopping.is_set():
                child.kill()
    house.logs.write("prepare", words.encode())
    if house.stopping.is_set():
        return
    if child.returncode:
        log, said = house.logs.path("prepare"), last_words(words.splitlines())
        return house.fail(f"The database could not be prepared, the log is {log}: {said}")
    house.up["prepared"].set()
    if house.wait_for(("web",)):
        print(f"\nOpen {link.strip()}")
        print("It signs you in once, within the hour; `manage.py signin_link` prints another. Ctrl-C stops everything.")
        sys.stdout.flush()
    if broker and house.wait_for(("kafka",)):
        archive.train(broker.java, broker.jars, house.stopping)
