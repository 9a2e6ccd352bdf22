"""dbt without work of which nobody reads what comes of it.

Each of these gives what dbt's own code gives, later or once. They stand on names inside dbt, whose
version is pinned; `tests/test_dbt_lighter.py` asks dbt's own code the same.
"""

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any


def lighten(wanted: Collection[str]) -> None:
    """Of dbt's events only those of these names, and warnings and errors, are told."""
    _messages_when_read()
    _pass_over_all_but(frozenset(wanted))
    _testers_once()


def _messages_when_read() -> None:
    """An event's message is made when something reads it: dbt makes 20 debugging events a node."""
    from dbt_common.events.base_types import BaseEvent

    make: Callable[..., None] = BaseEvent.__init__

    def told(self: Any, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_untold"] = args, kwargs

    def read(self: Any, name: str) -> Any:  # asked only for what the event itself has not
        if "_untold" in self.__dict__:
            args, kwargs = self.__dict__.pop("_untold")
            make(self, *args, **kwargs)
            return getattr(self, name)
        return getattr(self.__dict__["pb_msg"], name)

    def write(self: Any, name: str, value: Any) -> None:
        if name == "pb_msg":
            self.__dict__[name] = value
        else:
            setattr(self.pb_msg, name, value)

    _replace(BaseEvent, {"__init__": told, "__getattr__": read, "__setattr__": write})


def _pass_over_all_but(wanted: frozenset[str]) -> None:
    """What dbt says of itself at the level of debug, or of its progress, is heard by nobody."""
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class Heard(EventManager):
        def fire_event(
            self, e: BaseEvent, level: EventLevel | None = None, *how: Any, **more: Any
        ) -> None:
            is_loud = (level or e.level_tag()) in (EventLevel.WARN, EventLevel.ERROR)
            if is_loud or type(e).__name__ in wanted:
                super().fire_event(e, level, *how, **more)

    ctx_set_event_manager(Heard())


def _testers_once() -> None:
    """What tells the types of a result's columns is made once for each choice of text columns: it
    reads calendars of several languages each time.
    """
    from dbt_common.clients import agate_helper

    known = functools.cache(agate_helper.build_type_tester)

    def tester(text_columns: Iterable[str], string_null_values: Any = ("null", "")) -> Any:
        return known(tuple(text_columns), tuple(string_null_values))

    agate_helper.build_type_tester = tester


def _replace(kind: type, methods: dict[str, Any]) -> None:
    for name, method in methods.items():
        setattr(kind, name, method)
