"""A heavy task in a child process of its own: what it loads, and how it dies, stays there."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from digest.errors import ChildLost

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

P = ParamSpec("P")
T = TypeVar("T")

GOODBYE = 10.0
"""Seconds that a child gets to end after it has answered."""


def in_a_child(within: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a picklable function in a fresh process, and return what it returns.

    What a day's work loads (models, parsers) goes with the child, and a crash in foreign code takes
    nothing else along. The child ends when this process does; the terminal's and the service
    manager's signals to end are left to the parent, which waits for what is in hand. Raises
    ChildLost, or what the function raised.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    # No daemon: those may not start processes, and gathering parses in a pool.
    child = context.Process(target=_child, args=(theirs, function, args, kwargs))
    child.start()
    theirs.close()
    try:
        result, error = _answer(child, ours, within)
    finally:
        child.join(timeout=GOODBYE)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()
        ours.close()
    if error is not None:
        raise error
    return cast(T, result)


def _answer(
    child: BaseProcess, pipe: Connection, within: timedelta
) -> tuple[object, BaseException | None]:
    try:
        if not pipe.poll(within.total_seconds()):
            child.kill()
            raise ChildLost(f"it took longer than {within} and was ended")
        result, error = pipe.recv()
    except EOFError:
        child.join()
        how = f"signal {-(child.exitcode or 0)}" if (child.exitcode or 0) < 0 else "no answer"
        raise ChildLost(
            f"its process died ({how}); signal 9 often means that memory ran out"
        ) from None
    return result, error


def _child(
    pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    import pickle
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with_the_parent()
    answer: tuple[Any, BaseException | None]
    try:
        answer = (function(*args, **kwargs), None)
        pickle.dumps(answer)
    except BaseException as error:
        answer = (None, portable(error))
    pipe.send(answer)
    pipe.close()


def portable(error: BaseException) -> BaseException:
    """`error`, or its words where it does not survive the way between processes."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  (made here, this moment)
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def end_with_the_parent() -> None:
    """From now on this process ends when its parent does, however that ends.

    A killed service must leave nobody behind that publishes what it no longer may, and a killed
    child no workers: they are deaf to signals as it was, and keep all that they loaded.
    """
    import threading

    threading.Thread(target=_wait_for_its_end, daemon=True).start()


def _wait_for_its_end() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
