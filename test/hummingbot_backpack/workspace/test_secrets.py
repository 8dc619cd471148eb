"""A session with every kind of secret in play, a crash among it: none of them is in anything that it wrote."""

import base64
import http.server
import json
import os
import resource
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import yaml

from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import wait_for
from test.hummingbot_backpack.workspace.commands import PASSWORD, Commands
from test.hummingbot_backpack.workspace.local import local_backpack


@contextmanager
def webhook() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A receiver of alerts: its address, and what it was sent (authorisation, document)."""
    taken: list[tuple[str, dict[str, Any]]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers.get("Authorization", ""), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/alerts", taken
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def core_dumps_allowed() -> Iterator[None]:
    """Where the machine allows core dumps, this test's processes may write them: they must not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def forms(secret: str) -> set[bytes]:
    """A secret as it could be written down."""
    raw = secret.encode()
    found = {raw, base64.b64encode(raw), raw.hex().encode()}
    try:
        decoded = base64.b64decode(secret, validate=True)
    except ValueError:
        return found
    return found | {decoded, decoded.hex().encode()}


@pytest.mark.slow
@pytest.mark.usefixtures("core_dumps_allowed")
def test_au06_ke02_a_session_at_debug_that_crashes_leaves_no_secret_anywhere(tmp_path: Path) -> None:
    pair, proxy_word, token, wrong = new_pair(), uuid4().hex, uuid4().hex, uuid4().hex
    with local_backpack(SimulatorConfig(port=0)) as backpack, webhook() as (url, taken):
        proxy = f"http://trader:{proxy_word}@127.0.0.1:1"
        commands = Commands(
            tmp_path / "rehearsal",
            tmp_path / "hosts",
            BACKPACK_SIMULATOR_URL=backpack.url,
            BACKPACK_KEY=pair.public,
            BACKPACK_SECRET=pair.secret,
            BACKPACK_PROXY_WEBSOCKET=proxy,
            HTTPS_PROXY=proxy,
            BACKPACK_ALERT_WEBHOOK_URL=url,
            BACKPACK_ALERT_WEBHOOK_TOKEN=token,
        )
        root = commands.root
        assert commands.ours("init", root, "--simulator").returncode == 0
        imported = commands.ours("keys", "import", "-w", root)
        assert imported.returncode == 0, imported.stderr
        assert commands.ours("keys", "show", "-w", root, HBOT_PASSWORD=wrong).returncode == 2
        script = root / "conf" / "scripts" / "perp_maker.yml"
        script.write_text(yaml.safe_dump(yaml.safe_load(script.read_text()) | {"log_level": "DEBUG"}))
        assert commands.hbot("start", "perp_maker.yml").returncode == 0
        process = int((root / "data" / "bot" / "bot.pid").read_text())
        try:
            account = wait_for(lambda: backpack.exchange.known_account(pair.public))
            wait_for(lambda: len(account.open_orders) >= 6)
            for kind in ("disconnect", "refuse_private_stream"):
                body = json.dumps({"kind": kind}).encode()
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                opener.open(f"{backpack.url}/simulator/faults", body, timeout=10).close()
            wait_for(lambda: taken)
            commands.hbot("status")
            os.kill(process, signal.SIGSEGV)
            wait_for(lambda: not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
            commands.hbot("status")
            commands.ours("panic", "-w", root, BACKPACK_PROXY_WEBSOCKET=proxy)
            commands.ours("report", "-w", root)
            commands.hbot("logs")
        finally:
            if psutil.pid_exists(process):
                os.kill(process, signal.SIGKILL)
    assert taken[0][0] == f"Bearer {token}", "the token was in play"
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    log = root / "logs" / "logs_perp_maker.log"
    assert b" - DEBUG - " in log.read_bytes(), "nothing was said at DEBUG"
    assert not [path for path in files if path.name.startswith("core")], "a core dump"
    written = {str(path): path.read_bytes() for path in files} | {"output": commands.said.encode()}
    written |= {f"alert {number}": json.dumps(body).encode() for number, (_, body) in enumerate(taken)}
    for name, secret in {
        "secret": pair.secret,
        "password": PASSWORD,
        "wrong": wrong,
        "proxy": proxy_word,
        "token": token,
    }.items():
        for where, content in written.items():
            assert not any(form in content for form in forms(secret)), f"{name} in {where}"
