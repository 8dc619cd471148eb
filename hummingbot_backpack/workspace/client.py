"""Hummingbot's interactive client in a workspace: PyPI's package has it, but no program that opens it."""

import asyncio
import importlib
import os
import sys
from typing import Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.launch import enter
from hummingbot_backpack.workspace.layout import Workspace


def run_client(workspace: Workspace) -> None:
    """Open the client and stay until it is left.

    :raises UserError: there is no terminal, or the password in the environment is wrong.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("The client needs a terminal; without one, use `hummingbot-backpack hbot`.")
    enter(workspace)
    # The application takes its loop from the policy while it is built, inside and outside coroutines.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    helpers: Any = importlib.import_module("hummingbot.client.config.config_helpers")
    settings = helpers.load_client_config_map_from_file()
    secrets_manager = _log_in(settings)
    if secrets_manager is not None:
        loop.run_until_complete(_run(settings, secrets_manager))


def _log_in(settings: Any) -> Any:
    """:return: the manager that decrypts the store, or None when the user left at the prompt."""
    crypt: Any = importlib.import_module("hummingbot.client.config.config_crypt")
    security: Any = importlib.import_module("hummingbot.client.config.security").Security
    # Taken out, so that nothing that the client starts inherits it.
    given = [os.environ.pop(name, None) for name in ("HBOT_PASSWORD", "CONFIG_PASSWORD")]
    password = given[0] or given[1]
    if password:
        manager = crypt.ETHKeyFileSecretManger(password)
        if security.new_password_required():
            crypt.store_password_verification(manager)
        elif not crypt.validate_password(manager):
            raise UserError("The password is wrong.")
        return manager
    ui: Any = importlib.import_module("hummingbot.client.ui")
    style: Any = importlib.import_module("hummingbot.client.ui.style")
    return ui.login_prompt(crypt.ETHKeyFileSecretManger, style=style.load_style(settings))


async def _run(settings: Any, secrets_manager: Any) -> None:
    runner: Any = importlib.import_module("hummingbot.client.runner")
    application = await runner.bootstrap_application(settings, secrets_manager)
    if application is None:
        raise UserError("The password is wrong.")
    await application.run()
