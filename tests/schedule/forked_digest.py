"""`digest` as real processes that start at once: run as a process, it forks one for each order.

A line is a JSON object: {argv, env, log} starts one and answers with its number; {wait} answers
with its exit code. What is different from the command is that the modules and the sentence
encoder are loaded before the fork, that a build runs in the service's own process, not in a child
that would load them again, and that a process looks again sooner at what another one has in hand.
A try then takes two seconds, so that fifty can be afforded.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import digest
import digest.schedule.clockwork
import digest.schedule.service
import digest.work
from digest.analyse.embed import UsemEmbedder
from digest.cli import main

NOT_FOR_A_SERVICE = {"digest.__main__"}


def load_all() -> None:
    """Import all that the program may import later, and load the encoder."""
    for module in pkgutil.walk_packages(digest.__path__, "digest."):
        if module.name not in NOT_FOR_A_SERVICE and ".migrations" not in module.name:
            importlib.import_module(module.name)
    UsemEmbedder().vectors(["ready"])


def here(_within: timedelta, function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


def become(order: dict[str, Any]) -> None:
    """Be `digest ARGV`, and end as it ends."""
    os.setsid()
    log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order["env"])
    sys.argv = ["digest", *order["argv"]]
    try:
        main()
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(70)
    os._exit(0)


if __name__ == "__main__":
    load_all()
    vars(digest.work).update(in_a_child=here, set_up=lambda: None)  # a child's, for itself
    digest.schedule.service.HEARTBEAT = timedelta(seconds=0.2)
    digest.schedule.clockwork.LOOK_AGAIN = timedelta(seconds=0.3)
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
            continue
        child = os.fork()
        if child == 0:
            become(order)
        print(child, flush=True)  # noqa: T201
