"""Reads a pickle without doing what it says.

A pickle is a program for a machine with a stack. This is such a machine, but one that knows no way to import or to
call: what would be a class or function becomes a `Reference` (two strings), what would be a call becomes an
`Instance` (the reference and its arguments). A few references have a `Rule`, written in this package, that says which
plain value to put in their place.
"""

import io
import pickletools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from rlvis.checkpoints.limits import MAXIMUM_INSTRUCTIONS, Budget
from rlvis.errors import CheckpointError


class Reference(NamedTuple):
    """The name of a class or function in a pickle; only a name."""

    module: str
    name: str


class Instance:
    """What a pickle would have made by a call: inert."""

    __slots__ = ("arguments", "items", "of", "state")

    def __init__(self, of, arguments):
        self.of = of
        self.arguments = arguments
        self.state = None
        self.items = None


@dataclass(frozen=True)
class Rules:
    """What a kind of pickle is allowed to mean.

    Attributes:
        calls: by reference, a function from the call's arguments to the value that stands for its result.
        states: by the type of a value that `calls` made, or by reference for an `Instance`, a function
            `(value, state, stream)` from the state set on it to the value that takes its place; `stream` is at the
            byte after the instruction, for formats that write arrays between instructions.
        persistent: from a persistent identifier to a value; `None` if the format has none.
    """

    calls: Mapping[Reference, Callable] = field(default_factory=dict)
    states: Mapping[Any, Callable] = field(default_factory=dict)
    persistent: Callable[[Any], Any] | None = None

    def merged(self, other: "Rules") -> "Rules":
        """These rules and others."""
        return Rules({**self.calls, **other.calls}, {**self.states, **other.states}, other.persistent or self.persistent)


def _dictionary(*arguments):
    """A dictionary subclass called with nothing, a dictionary or a list of pairs."""
    if not arguments or not isinstance(arguments[-1], (dict, list)):
        return {}
    given = arguments[-1]
    pairs = given.items() if isinstance(given, dict) else given
    return {_key(key): value for key, value in pairs}


def _encode(text, encoding="latin1"):
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1", "ascii", "utf-8"):
        raise ValueError("text that cannot be bytes")
    return text.encode(encoding)


def _bytes(data=b"", encoding="latin1"):
    """Bytes from bytes or text; never from a number, which would be a length."""
    if not isinstance(data, (bytes, bytearray)):
        data = _encode(data, encoding)
    return data if isinstance(data, bytes) else bytes(data)


PLAIN = Rules(
    {
        **{Reference(module, name): _bytes for module in ("builtins", "__builtin__") for name in ("bytes", "bytearray")},
        Reference("collections", "OrderedDict"): _dictionary,
        Reference("collections", "defaultdict"): _dictionary,
        Reference("flax.core.frozen_dict", "FrozenDict"): _dictionary,
        Reference("_codecs", "encode"): _encode,
    }
)


def read_pickle(stream: io.BufferedIOBase, rules: Rules, budget: Budget):
    """The value of the pickle at the stream's position; the stream is left at the byte after it.

    Args:
        stream: positioned bytes.
        rules: what the pickle's names mean.
        budget: counts what the rules make out of values that a pickle can name again and again.

    Returns:
        Dictionaries, lists, tuples, strings, numbers, bytes, `Reference`s, `Instance`s, and what the rules make.

    Raises:
        CheckpointError: if the bytes are not a pickle, are damaged, or ask for what is not allowed.
    """
    machine = _Machine(stream, rules, budget)
    try:
        with warnings.catch_warnings():
            # Escape sequences in damaged text are no business of the caller's.
            warnings.simplefilter("ignore")
            return machine.run()
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError, EOFError) as error:
        raise CheckpointError(f"the pickle is damaged or is none ({_brief(error)})") from error


def _brief(error):
    return str(error)[:120] or type(error).__name__


def _key(key):
    """A dictionary key whose hash costs no more than its length."""
    if isinstance(key, int) and abs(key) >= 1 << 61:
        raise ValueError("a dictionary key that is a huge number")
    if key is None or isinstance(key, (str, bytes, int, float)):
        return key
    if isinstance(key, Reference):
        return f"{key.module}.{key.name}"
    if isinstance(key, tuple) and len(key) < 9 and all(isinstance(part, (str, int)) for part in key):
        return tuple(_key(part) for part in key)
    return f"<{type(key).__name__}>"


def _size(value, depth=3):
    """About how many bytes a rule may copy of its arguments."""
    if isinstance(value, (str, bytes, bytearray)):
        return len(value)
    if not isinstance(value, (tuple, list, dict)):
        return 0
    parts = list(islice(value.values() if isinstance(value, dict) else value, 16)) if depth else []
    # A dictionary's entry takes about a hundred bytes, a list's takes eight.
    return (100 if isinstance(value, dict) else 8) * len(value) + sum(_size(part, depth - 1) for part in parts)


class _Machine:
    """The stack machine; one method for each group of instructions, as named by `pickletools`."""

    def __init__(self, stream, rules, budget):
        self.stream = stream
        self.rules = rules
        self.budget = budget
        self.stack: list = []
        self.marks: list[list] = []
        self.memo: dict[int, Any] = {}

    def run(self):
        for count, (opcode, argument, _) in enumerate(pickletools.genops(self.stream)):
            if count > MAXIMUM_INSTRUCTIONS:
                raise CheckpointError(f"the pickle has more than {MAXIMUM_INSTRUCTIONS} instructions; no checkpoint needs so many")
            if opcode.name == "STOP":
                return self.stack.pop()
            self.execute(opcode.name, argument)
        raise ValueError("it has no end")

    def execute(self, name, argument):
        if name in _LITERALS:
            self.stack.append(_LITERALS[name]())
        elif name in _ARGUMENTS:
            self.stack.append(_checked(argument))
        elif name in _METHODS:
            _METHODS[name](self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise CheckpointError(f"the pickle uses the instruction {name}, which no checkpoint needs")

    def mark(self, _):
        self.marks.append(self.stack)
        self.stack = []

    def pop_mark(self):
        items, self.stack = self.stack, self.marks.pop()
        return items

    def pop(self, _):
        if self.stack:
            self.stack.pop()
        else:
            self.pop_mark()

    def duplicate(self, _):
        self.stack.append(self.stack[-1])

    def put(self, index):
        self.memo[len(self.memo) if index is None else index] = self.stack[-1]

    def get(self, index):
        self.stack.append(self.memo[index])

    def tuple_of_mark(self, _):
        items = self.pop_mark()
        self.stack.append(tuple(items))

    def list_of_mark(self, _):
        items = self.pop_mark()
        self.stack.append(items)

    def dict_of_mark(self, _):
        items = self.pop_mark()
        self.stack.append({_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)})

    def last(self, count):
        items = tuple(self.stack[-count:])
        if len(items) != count:
            raise ValueError("too few values on the stack")
        del self.stack[-count:]
        self.stack.append(items)

    def append(self, _):
        item = self.stack.pop()
        self.extend([item])

    def append_all(self, _):
        items = self.pop_mark()
        self.extend(items)

    def extend(self, items):
        target = self.stack[-1]
        if isinstance(target, Instance):
            target.items = [] if target.items is None else target.items
            target = target.items
        if not isinstance(target, list):
            raise ValueError("items for something that is no list")
        target.extend(items)

    def set_item(self, _):
        value, key = self.stack.pop(), self.stack.pop()
        self.update([key, value])

    def set_items(self, _):
        items = self.pop_mark()
        self.update(items)

    def update(self, items):
        target = self.stack[-1]
        if isinstance(target, Instance):
            target.items = {} if target.items is None else target.items
            target = target.items
        if not isinstance(target, dict):
            raise ValueError("entries for something that is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = value

    def refer(self, argument):
        self.stack.append(Reference(*argument.split(" ", 1)))

    def refer_stack(self, _):
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError("a reference that is not two strings")
        self.stack.append(Reference(module, name))

    def call(self, of, arguments):
        if not isinstance(arguments, tuple):
            raise ValueError("a call without a tuple of arguments")
        rule = self.rules.calls.get(of) if isinstance(of, Reference) else None
        if rule:
            self.budget.spend(_size(arguments), "a call")
        self.stack.append(rule(*arguments) if rule else Instance(of, arguments))

    def reduce(self, _):
        arguments, of = self.stack.pop(), self.stack.pop()
        self.call(of, arguments)

    def new_with_keywords(self, _):
        keywords, arguments, of = self.stack.pop(), self.stack.pop(), self.stack.pop()
        if keywords:
            self.stack.append(Instance(of, arguments))
        else:
            self.call(of, arguments)

    def instance_by_name(self, argument):
        items = self.pop_mark()
        self.call(Reference(*argument.split(" ", 1)), tuple(items))

    def instance_of_mark(self, _):
        of, *arguments = self.pop_mark()
        self.call(of, tuple(arguments))

    def build(self, _):
        state, value = self.stack.pop(), self.stack.pop()
        kind = value.of if isinstance(value, Instance) and isinstance(value.of, Reference) else type(value)
        rule = self.rules.states.get(kind)
        if rule:
            self.budget.spend(_size(state), "a state")
            value = rule(value, state, self.stream)
        elif isinstance(value, Instance):
            value.state = state
        self.stack.append(value)

    def persistent(self, identifier):
        if self.rules.persistent is None:
            raise CheckpointError("the pickle refers to data outside it; it is part of another file")
        self.stack.append(self.rules.persistent(identifier))

    def persistent_stack(self, _):
        identifier = self.stack.pop()
        self.persistent(identifier)


def _checked(argument):
    if isinstance(argument, int) and argument.bit_length() > 512:
        raise ValueError("a number of more than 512 bits")
    return argument


_LITERALS = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_TUPLE": tuple, "EMPTY_LIST": list,
    "EMPTY_DICT": dict, "EMPTY_SET": list,
}  # fmt: skip

_ARGUMENTS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
}  # fmt: skip

_METHODS = {
    "MARK": _Machine.mark, "POP": _Machine.pop, "POP_MARK": lambda machine, _: machine.pop_mark(), "DUP": _Machine.duplicate,
    "PUT": _Machine.put, "BINPUT": _Machine.put, "LONG_BINPUT": _Machine.put, "MEMOIZE": _Machine.put,
    "GET": _Machine.get, "BINGET": _Machine.get, "LONG_BINGET": _Machine.get,
    "TUPLE": _Machine.tuple_of_mark, "LIST": _Machine.list_of_mark, "DICT": _Machine.dict_of_mark, "FROZENSET": _Machine.list_of_mark,
    "TUPLE1": lambda machine, _: machine.last(1), "TUPLE2": lambda machine, _: machine.last(2), "TUPLE3": lambda machine, _: machine.last(3),
    "APPEND": _Machine.append, "APPENDS": _Machine.append_all, "ADDITEMS": _Machine.append_all,
    "SETITEM": _Machine.set_item, "SETITEMS": _Machine.set_items, "GLOBAL": _Machine.refer, "STACK_GLOBAL": _Machine.refer_stack,
    "REDUCE": _Machine.reduce, "NEWOBJ": _Machine.reduce, "NEWOBJ_EX": _Machine.new_with_keywords, "INST": _Machine.instance_by_name,
    "OBJ": _Machine.instance_of_mark, "BUILD": _Machine.build, "PERSID": _Machine.persistent, "BINPERSID": _Machine.persistent_stack,
}  # fmt: skip
