"""The bytes of a settings file → its values, and the line of each key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import SettingsError

if TYPE_CHECKING:
    import yaml

Where = tuple[str | int, ...]


def read(file: Path) -> tuple[dict[str, Any], dict[Where, int]]:
    """The file's values, and the line (1-based) of each key and list element."""
    import yaml

    def refuse(problem: str, line: int | None, mend: str, cause: Exception | None) -> SettingsError:
        error = SettingsError(problem, file=file, line=line, key="(file)", mend=mend)
        error.__cause__ = cause
        return error

    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise refuse(
            f"cannot be read ({error.strerror})", None, "Name an existing file with --feeds.", error
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise refuse("is not UTF-8 text", line, "Save it as UTF-8.", error) from error
    values: object = None
    lines: dict[Where, int] = {}
    try:
        loader = (yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)(text)
        try:
            if (node := loader.get_single_node()) is not None:
                _index_lines(node, (), lines, file)
                values = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise refuse(
            f"is not valid YAML ({error.problem})",
            mark.line + 1 if mark else None,
            "Mind the indentation, and quote texts that hold ': ' or '#'.",
            error,
        ) from error
    except yaml.YAMLError as error:
        raise refuse("is not valid YAML", None, "Remove control characters.", error) from error
    except RecursionError:
        raise refuse("is nested too deep, or in itself", None, "See docs/feeds.md.", None) from None
    if not isinstance(values, dict):
        raise refuse(
            "holds no settings", 1, "Begin with 'feeds:' and a list; see docs/feeds.md.", None
        )
    return values, lines


def _index_lines(node: yaml.Node, at: Where, lines: dict[Where, int], file: Path) -> None:
    import yaml

    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            line = key.start_mark.line + 1
            if place in lines:
                raise SettingsError(
                    f"stands twice, first in line {lines[place]}",
                    file=file,
                    line=line,
                    key=dotted(place),
                    mend="Keep one of the two.",
                )
            lines[place] = line
            _index_lines(value, place, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _index_lines(value, (*at, number), lines, file)


def dotted(at: Where) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"
