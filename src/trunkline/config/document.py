"""A YAML document that remembers the line of each of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.config.fault import ConfigError, Fault, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import yaml

    from trunkline.config.fault import Keys


class Document:
    """What a YAML file holds. Raises ConfigError where it cannot be read, or says one key twice."""

    def __init__(self, path: Path) -> None:
        import yaml

        self.name = path.name
        self._lines: dict[Keys, int] = {}
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
            node = loader.get_single_node()
            twice = list(self._walk(node, ()))
            self.data: Any = loader.construct_document(node) if node else None
        except OSError as error:
            raise ConfigError(f"{path}: {(error.strerror or str(error)).lower()}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path}: not UTF-8 text") from None
        except yaml.YAMLError as error:
            raise ConfigError(f"{path.name}{_mark(error)}: not valid YAML: {_problem(error)}") from None
        if twice:
            raise self.error(twice)
        if not isinstance(self.data, dict):
            raise ConfigError(f"{path.name}: must be a mapping of keys to values")

    def error(self, faults: Sequence[Fault]) -> ConfigError:
        """Return the error that shows `faults` in the order of their lines."""
        ordered = sorted(faults, key=lambda fault: self._line(fault.path))
        return ConfigError("\n".join(self._show(fault) for fault in ordered))

    def _show(self, fault: Fault) -> str:
        line = self._line(fault.path)
        where = f"{self.name}:{line}" if line else self.name
        return f"{where}: {dotted(fault.path)}: {fault.message}"

    def _line(self, path: Keys) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 0)

    def _walk(self, node: yaml.Node | None, path: Keys) -> Iterator[Fault]:
        from yaml import MappingNode, SequenceNode

        if isinstance(node, MappingNode):
            for key, value in node.value:
                here = (*path, str(key.value))
                if here in self._lines:
                    yield Fault(here, f"said twice, first in line {self._lines[here]}")
                self._lines[here] = key.start_mark.line + 1
                yield from self._walk(value, here)
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(node.value):
                self._lines[(*path, index)] = value.start_mark.line + 1
                yield from self._walk(value, (*path, index))


def _mark(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark else ""


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).replace("\n", " ")
