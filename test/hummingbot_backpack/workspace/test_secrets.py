"""A session with every kind of secret in play, a crash among it: none of them is in anything that it wrote."""

import base64
import html
import http.server
import json
import os
import resource
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

import psutil
import pytest
import yaml

from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.behind_proxy import HOST, behind_proxy
from test.hummingbot_backpack.workspace.bot_place import wait_for
from test.hummingbot_backpack.workspace.commands import Commands
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
    """A secret as it could be written down: as it is, within base64 at any place, in hex, a URL, JSON or Python."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), quote(secret).encode(), quote(secret, safe="").encode()}
    found |= {quote_plus(secret).encode(), json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode()}
    found |= {json.dumps(secret)[1:-1].replace("/", "\\/").encode(), html.escape(secret).encode()}
    for shift in range(3):
        # What stands before it moves the bits of base64; the ends belong to its neighbours.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(shift) + raw)[(shift * 8 + 5) // 6 : -4])
    try:
        decoded = base64.b64decode(secret, validate=True)
    except ValueError:
        return found
    return found | {decoded, decoded.hex().encode(), repr(decoded)[2:-1].encode()}


def test_au06_the_search_finds_a_secret_in_every_form() -> None:
    secret = 'a"word/+with everything & more'
    for text in (
        f"x{secret}y",
        quote_plus(secret),
        json.dumps({"password": secret}),
        f"Basic {base64.b64encode(f'trader:{secret}'.encode()).decode()}",
        repr(f"http://trader:{quote(secret, safe='')}@127.0.0.1"),
        secret.encode().hex(),
    ):
        assert any(form in text.encode() for form in forms(secret)), text
    assert not any(form in b"nothing of the kind" for form in forms(secret))


FAILING = """
from pathlib import Path

from controllers.market_making import perp_market_maker as ours


class FailingMakerConfig(ours.PerpMarketMakerConfig):
    controller_name: str = "failing_maker"


class FailingMaker(ours.PerpMarketMaker):
    def decide(self, seen, rule):
        connector, wanted = self.connector, Path(__file__).with_name("fail")
        if wanted.exists():
            wanted.unlink()
            auth, settings = connector.authenticator, vars(connector)
            raise RuntimeError("unforeseen", connector, auth, seen, rule)
        return super().decide(seen, rule)
"""
"""A controller whose step fails, everything that knows the keys among its variables and in what it raises."""


def make_it_fail(root: Path) -> Path:
    """Have the workspace's bot run the failing controller, at DEBUG, its logs rotated every three seconds.

    :return: the file whose appearance makes it fail
    """
    folder = root / "controllers" / "market_making"
    (folder / "failing_maker.py").write_text(FAILING)
    for kind, name, more in (
        ("controllers", "sol_perp_maker.yml", {"controller_name": "failing_maker"}),
        ("scripts", "perp_maker.yml", {"log_level": "DEBUG"}),
    ):
        path = root / "conf" / kind / name
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | more))
    template = Path(str(files("hummingbot"))) / "templates" / "hummingbot_logs_TEMPLATE.yml"
    text = template.read_text().replace('when: "D"', 'when: "S"').replace("interval: 1", "interval: 3")
    (root / "conf" / "hummingbot_logs.yml").write_text(text.replace("backupCount: 7", "backupCount: 1000"))
    return folder / "fail"


@pytest.mark.slow
@pytest.mark.usefixtures("core_dumps_allowed")
def test_au06_ke02_a_session_at_debug_that_crashes_leaves_no_secret_anywhere(tmp_path: Path) -> None:
    pair = new_pair()
    proxy_word, token, password, wrong = (f'{uuid4().hex} "/+&' for _ in range(4))
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    with (
        local_backpack(SimulatorConfig(port=0)) as backpack,
        webhook() as (url, taken),
        behind_proxy(backpack, certificates, proxy_word) as behind,
    ):
        commands = Commands(
            tmp_path / "rehearsal",
            tmp_path / "hosts",
            **behind.environment,
            HBOT_PASSWORD=password,
            BACKPACK_KEY=pair.public,
            BACKPACK_SECRET=pair.secret,
            BACKPACK_ALERT_WEBHOOK_URL=url,
            BACKPACK_ALERT_WEBHOOK_TOKEN=token,
        )
        root = commands.root
        assert commands.ours("init", root, "--simulator").returncode == 0
        imported = commands.ours("keys", "import", "-w", root)
        assert imported.returncode == 0, imported.stderr
        assert commands.ours("keys", "show", "-w", root, HBOT_PASSWORD=wrong).returncode == 2
        fail = make_it_fail(root)
        started = commands.hbot("start", "perp_maker.yml")
        assert started.returncode == 0, started.stdout + started.stderr
        process = int((root / "data" / "bot" / "bot.pid").read_text())
        logs = root / "logs"

        def logged(words: bytes) -> bool:
            return any(words in path.read_bytes() for path in logs.glob("logs_perp_maker.log*"))

        try:
            account = wait_for(lambda: backpack.exchange.known_account(pair.public))
            wait_for(lambda: len(account.open_orders) >= 6)
            # The first crash: an exception with its traceback, within the bot.
            fail.touch()
            wait_for(lambda: logged(b"the step failed, quotes are withdrawn: ('unforeseen', <"))
            wait_for(lambda: logged(b"Traceback (most recent call last)"))
            wait_for(lambda: len(account.open_orders) >= 6)
            for kind in ("disconnect", "refuse_private_stream"):
                body = json.dumps({"kind": kind}).encode()
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                opener.open(f"{backpack.url}/simulator/faults", body, timeout=10).close()
            wait_for(lambda: taken)
            wait_for(lambda: len(list(logs.glob("logs_perp_maker.log.*"))) >= 2)
            commands.hbot("status")
            # The second: a signal that leaves it no time for anything.
            os.kill(process, signal.SIGSEGV)
            wait_for(lambda: not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
            commands.hbot("status")
            # And one of a command: the proxy wants another password.
            commands.ours("doctor", "-w", root, HTTPS_PROXY=behind.proxy.url(wrong))
            commands.ours("panic", "-w", root, BACKPACK_PROXY_WEBSOCKET=behind.proxy.url(wrong))
            commands.ours("report", "-w", root, "--html", str(root / "report.html"))
            commands.hbot("logs")
        finally:
            if psutil.pid_exists(process):
                os.kill(process, signal.SIGKILL)
        assert behind.proxy.hosts.count(f"{HOST}:443") > 3, "the proxy was not used"
        assert behind.proxy.refused, "the wrong password was not tried"
        assert commands.hosts() <= {"127.0.0.1", "localhost", ""}, commands.hosts()
    assert taken[0][0] == f"Bearer {token}", "the token was in play"
    found = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    found = [path for path in found if path.parent != certificates]
    assert any(b" - DEBUG - " in path.read_bytes() for path in logs.glob("*.log*")), "nothing was said at DEBUG"
    assert (root / "report.html").exists() and list((root / "data").glob("*.sqlite")), "too little was written"
    assert not [path for path in found if path.name.startswith("core")], "a core dump"
    written = {str(path): path.read_bytes() for path in found} | {"output": commands.said.encode()}
    written |= {f"alert {number}": json.dumps(body).encode() for number, (_, body) in enumerate(taken)}
    for name, secret in {
        "secret": pair.secret,
        "password": password,
        "wrong password": wrong,
        "proxy's password": proxy_word,
        "token": token,
    }.items():
        for where, content in written.items():
            assert not any(form in content for form in forms(secret)), f"{name} in {where}"
