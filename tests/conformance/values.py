"""What the case files say instead of plain values: how inputs are made, and how answers are judged.

Both halves are described for those who write cases in tests/golden/api/README.md.
"""

import datetime
import json
import re
import time

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
VARIABLE = re.compile(r"\$\{(\w+)\}")


class Wrong(AssertionError):
    """What is not as a case says, in words."""


class BadCase(Exception):
    """A case that says something that nobody understands."""


# ---- making inputs ------------------------------------------------------------------------------


def look_up(name, variables):
    if name not in variables:
        raise BadCase(f"nobody has set ${{{name}}}")
    return variables[name]


def expand_text(text, variables):
    whole = VARIABLE.fullmatch(text)
    if whole:
        return look_up(whole.group(1), variables)
    return VARIABLE.sub(lambda match: str(look_up(match.group(1), variables)), text)


def expand_repeat(what, variables):
    return expand_text(what["$repeat"], variables) * what["times"]


def expand_each(what, variables):
    return [expand(what["$each"], {**variables, "n": n}) for n in range(1, what["times"] + 1)]


def expand_base(what, variables):
    more = {name: expand(value, variables) for name, value in what.items() if name != "$base"}
    return {**expand(what["$base"], variables), **more}


def expand_time(what, variables):
    return round(time.time() + what["$now"], 3)


def expand_day(what, variables):
    day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=what["$day"])
    return day.strftime("%Y%m%d")


MAKERS = {"$repeat": expand_repeat, "$each": expand_each, "$base": expand_base, "$now": expand_time, "$day": expand_day}


def expand(value, variables):
    """The value with its ${variables} filled in and its makers replaced by what they make."""
    if isinstance(value, str):
        return expand_text(value, variables)
    if isinstance(value, list):
        return [expand(item, variables) for item in value]
    if isinstance(value, dict):
        for name, maker in MAKERS.items():
            if name in value:
                return maker(value, variables)
        return {name: expand(item, variables) for name, item in value.items()}
    return value


# ---- judging answers ----------------------------------------------------------------------------


class Number(float):
    """A JSON number that remembers how it was written."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


def parse(body):
    return json.loads(body, parse_float=Number)


ABSENT = object()


class Judge:
    """Compares with what was expected; knows between which times what is "now" must have happened."""

    def __init__(self, earliest, latest):
        self.earliest, self.latest = earliest, latest

    def check(self, actual, expected, where="answer"):
        if isinstance(expected, dict) and any(name.startswith("$") for name in expected):
            for name, argument in expected.items():
                self.operator(name)(self, actual, argument, where)
        elif isinstance(expected, dict):
            self.members(actual, expected, where)
        elif isinstance(expected, list):
            self.elements(actual, expected, where)
        elif isinstance(expected, str) and expected.startswith("$"):
            self.word(actual, expected, where)
        elif type(actual) is not type(expected) and not self.both_numbers(actual, expected) or actual != expected:
            raise Wrong(f"{where} is {self.show(actual)}, not {expected!r}")

    @staticmethod
    def both_numbers(one, other):
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (one, other))

    @staticmethod
    def show(value):
        return "absent" if value is ABSENT else repr(value)

    def members(self, actual, expected, where):
        if not isinstance(actual, dict):
            raise Wrong(f"{where} is {self.show(actual)}, not an object")
        for name, value in expected.items():
            self.check(actual.get(name, ABSENT), value, f"{where}.{name}")

    def elements(self, actual, expected, where):
        if not isinstance(actual, list):
            raise Wrong(f"{where} is {self.show(actual)}, not a list")
        if len(actual) != len(expected):
            raise Wrong(f"{where} has {len(actual)} elements, not {len(expected)}: {actual!r}")
        for number, (one, other) in enumerate(zip(actual, expected)):
            self.check(one, other, f"{where}[{number}]")

    def word(self, actual, word, where):
        if word.startswith("$/") and word.endswith("/"):
            fits = isinstance(actual, str) and re.search(word[2:-1], actual)
        elif word in self.WORDS:
            fits = self.WORDS[word](self, actual)
        else:
            raise BadCase(f"{where}: nobody knows what {word} means")
        if not fits:
            raise Wrong(f"{where} is {self.show(actual)}, which is not {word}")

    def is_now(self, value):
        """A time in seconds with at most three decimals, no further off than two seconds."""
        text = getattr(value, "text", str(value))
        return (re.fullmatch(r"\d{10}(\.\d{1,3})?", text) is not None
                and self.earliest - 2 <= float(text) <= self.latest + 2)

    WORDS = {
        "$absent": lambda judge, value: value is ABSENT,
        "$present": lambda judge, value: value is not ABSENT,
        "$text": lambda judge, value: isinstance(value, str) and value != "",
        "$uuid": lambda judge, value: isinstance(value, str) and UUID.fullmatch(value) is not None,
        "$now": is_now,
        "$number": lambda judge, value: isinstance(value, (int, float)) and not isinstance(value, bool),
    }

    def operator(self, name):
        if name not in self.OPERATORS:
            raise BadCase(f"nobody knows what {name} means")
        return self.OPERATORS[name]

    def exactly(self, actual, argument, where):
        if actual != argument:
            raise Wrong(f"{where} is {self.show(actual)}, not exactly {argument!r}")

    def differs(self, actual, argument, where):
        if actual is ABSENT or actual == argument:
            raise Wrong(f"{where} is {self.show(actual)}, which it must not be")

    def one_of(self, actual, argument, where):
        if actual not in argument:
            raise Wrong(f"{where} is {self.show(actual)}, not one of {argument!r}")

    def has(self, actual, argument, where):
        for item in argument:
            if item not in (actual if isinstance(actual, (list, str)) else ()):
                raise Wrong(f"{where} is {self.show(actual)}, without {item!r}")

    def lacks(self, actual, argument, where):
        for item in argument:
            if not isinstance(actual, (list, str)) or item in actual:
                raise Wrong(f"{where} is {self.show(actual)}, and must not hold {item!r}")

    def counts(self, actual, argument, where):
        if not isinstance(actual, list) or len(actual) != argument:
            raise Wrong(f"{where} has not {argument} elements: {self.show(actual)}")

    def absent_or(self, actual, argument, where):
        if actual is not ABSENT:
            self.check(actual, argument, where)

    OPERATORS = {"$exactly": exactly, "$not": differs, "$in": one_of, "$has": has, "$lacks": lacks, "$count": counts,
                 "$absent_or": absent_or}


def pick(value, path):
    """What stands at a dotted path: members by name, elements by number."""
    for step in path.split(".") if path else ():
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Wrong(f"the answer has no {path}: {value!r}") from None
    return value
