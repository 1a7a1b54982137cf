#!/usr/bin/env python3
"""Turns the API facts (proto/api/*.json) into C.

usage: gen-api.py OUTDIR FACTS.json...

Writes into OUTDIR:
  api-types.h        a struct per structure, list and map, and the extern of every shape
  api-enums.h        an enum per enumeration, with its two conversions
  api-op-list.h      enum ApiOp and API_OPERATION_LIST
  api-error-list.h   enum ApiErrorCode and API_ERROR_LIST
  api-tables.h     the tables behind all of it; proto/shape-tables.c includes it

The facts are checked on the way: every name must be known, every check must have an error to raise, and that
error must be one that the operation lists.
"""
import collections
import json
import pathlib
import re
import sys

KINDS = {"string", "boolean", "integer", "long", "double", "timestamp", "list", "map", "structure"}
C_SCALARS = {
    "string": "const char *",
    "boolean": "const gboolean *",
    "integer": "const gint64 *",
    "long": "const gint64 *",
    "double": "const double *",
    "timestamp": "const gint64 *",
}
SHAPE_KEYS = {"type", "about", "deprecated", "members", "item", "key", "value", "enum", "percent_encoded",
              "sensitive", "resource"}
RULE_KEYS = {
    "missing", "invalid", "too_many", "need", "empty", "min", "max", "max_bytes", "pattern", "refuse_prefix",
    "ignore_case", "unique", "items_min", "sealed", "check", "says",
}
MEMBER_KEYS = {"shape", "ours"} | RULE_KEYS
SERIALIZATION = "SerializationException"


class FactsError(Exception):
    pass


def snake(name):
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).replace("-", "_").lower()


def upper(name):
    return snake(name).upper()


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def error_constant(name):
    return "API_ERR_" + upper(re.sub(r"Exception$", "", name))


# --- reading ---------------------------------------------------------------------------------------------------


class Api:
    def __init__(self, paths):
        self.services = []
        self.errors = collections.OrderedDict()  # name -> [status, message]
        self.shapes = {}
        self.operations = []
        for path in paths:
            self.read(path)
        for operation in self.operations:
            self.apply_service(operation)
        for shape in self.shapes.values():
            self.link(shape)
        for operation in self.operations:
            InputCheck(self, operation).run()

    def apply_service(self, operation):
        """A service may name one error for all that is wrong with an input ("invalid"), which no operation lists."""
        invalid = operation["service"].get("invalid")
        if invalid:
            self.input_of(operation)["rule"].setdefault("invalid", invalid)

    def read(self, path):
        facts = json.loads(pathlib.Path(path).read_text(), object_pairs_hook=self.no_duplicates)
        errors = facts["errors"]
        if isinstance(errors, dict):
            errors = [{"name": name, "status": status} for name, status in errors.items()]
        for entry in errors:
            entry = {"name": entry, "status": 400} if isinstance(entry, str) else entry
            self.errors[entry["name"]] = [entry["status"], ""]
        for name, shape in facts.get("shapes", {}).items():
            if name in self.shapes:
                raise FactsError(f"{path}: shape {name} is there already")
            self.shapes[name] = self.read_shape(name, shape)
        service = facts.get("service")
        if service:
            self.services.append(service)
            for name, operation in facts["operations"].items():
                self.operations.append({"name": name, "service": service, **operation})
        self.messages = {**getattr(self, "messages", {}), **facts.get("messages", {})}

    @staticmethod
    def no_duplicates(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise FactsError(f"a key is there twice among {[key for key, _ in pairs]}")
        return dict(pairs)

    @staticmethod
    def read_shape(name, facts):
        unknown = set(facts) - SHAPE_KEYS - RULE_KEYS
        if unknown or facts["type"] not in KINDS:
            raise FactsError(f"shape {name}: cannot tell what {sorted(unknown) or facts['type']} is")
        shape = {"name": name, "kind": facts["type"], "about": facts.get("about"), "enum": facts.get("enum")}
        shape["deprecated"] = facts.get("deprecated", False)
        shape["percent_encoded"] = facts.get("percent_encoded", False)
        shape["sensitive"] = facts.get("sensitive", False)
        shape["resource"] = facts.get("resource")
        shape["item"] = facts.get("item") or facts.get("value")
        shape["key"] = facts.get("key")
        shape["rule"] = {key: facts[key] for key in RULE_KEYS & set(facts)}
        shape["members"] = []
        for member, what in facts.get("members", {}).items():
            what = {"shape": what} if isinstance(what, str) else dict(what)
            unknown = set(what) - MEMBER_KEYS
            if unknown:
                raise FactsError(f"member {name}.{member}: cannot tell what {sorted(unknown)} is")
            required = what["shape"].endswith("*")
            shape["members"].append({
                "name": member,
                "shape": what["shape"].rstrip("*"),
                "required": required,
                "ours": what.get("ours", False),
                "own_rule": {key: what[key] for key in RULE_KEYS & set(what)},
            })
        return shape

    def shape(self, name):
        if name not in self.shapes:
            raise FactsError(f"there is no shape {name}")
        return self.shapes[name]

    def link(self, shape):
        """Makes each rule whole: a list takes its item's errors, a member takes its shape's rule."""
        rule = self.full_rule(shape)
        shape["full_rule"] = rule
        for member in shape["members"]:
            whole = {**self.full_rule(self.shape(member["shape"])), **member["own_rule"]}
            whole.setdefault("need", member["required"])
            whole.setdefault("empty", "missing" if whole["need"] else "checked")
            member["rule"] = whole
        for error in [rule.get(key) for key in ("missing", "invalid", "too_many")]:
            if error and error not in self.errors:
                raise FactsError(f"shape {shape['name']}: there is no error {error}")

    def full_rule(self, shape):
        rule = dict(shape["rule"])
        if shape["kind"] in ("list", "map"):
            inner = self.full_rule(self.shape(shape["item"]))
            for key in ("missing", "invalid"):
                if key in inner:
                    rule.setdefault(key, inner[key])
        return rule

    def input_of(self, operation):
        return self.shape(operation["name"] + "Input")

    def output_of(self, operation):
        return self.shapes.get(operation["name"] + "Output")


class InputCheck:
    """Walks an operation's input and refuses checks that would have no error, or one it does not list."""

    def __init__(self, api, operation):
        self.api = api
        self.operation = operation
        for error in operation["errors"]:
            if error not in api.errors:
                raise FactsError(f"{operation['name']}: there is no error {error}")

    def run(self):
        shape = self.api.input_of(self.operation)
        self.structure(shape, shape["full_rule"].get("invalid"), False, self.operation["name"])
        if "query_version" in self.operation["service"]:
            self.form(shape, self.operation["name"])

    def structure(self, shape, inherited, sealed, where):
        for member in shape["members"]:
            self.value(self.api.shape(member["shape"]), member["rule"], inherited, sealed, f"{where}.{member['name']}")

    def value(self, shape, rule, inherited, sealed, where):
        if rule.get("check") is False:
            return
        invalid = inherited if sealed else rule.get("invalid", inherited)
        missing = inherited if sealed else rule.get("missing", invalid)
        if rule.get("need") or rule.get("empty") == "missing":
            self.needs(missing, where, "absence")
        checks = {"min", "max", "max_bytes", "pattern", "refuse_prefix", "unique", "items_min"} & set(rule)
        if checks or shape["enum"] or shape["kind"] in ("list", "map"):
            self.needs(invalid, where, ", ".join(sorted(checks)) or "content")
        if "too_many" in rule and not sealed:
            self.needs(rule["too_many"], where, "too many")
        inner_sealed = sealed or rule.get("sealed", False)
        if shape["kind"] == "structure":
            self.structure(shape, invalid, inner_sealed, where)
        elif shape["kind"] in ("list", "map"):
            item = self.api.shape(shape["item"])
            self.value(item, item["full_rule"], invalid, inner_sealed, where + "[]")
        if shape["kind"] == "map":
            key = self.api.shape(shape["key"])
            self.value(key, key["full_rule"], invalid, inner_sealed, where + "{}")

    def form(self, shape, where):
        """A form (proto/shape-query.h) has text, numbers, lists and structures."""
        if shape["kind"] in ("map", "double", "timestamp"):
            raise FactsError(f"{where}: the Query protocol's decoder has no {shape['kind']}")
        for member in shape["members"]:
            self.form(self.api.shape(member["shape"]), f"{where}.{member['name']}")
        if shape["item"]:
            self.form(self.api.shape(shape["item"]), where + "[]")

    def needs(self, error, where, what):
        if not error:
            raise FactsError(f"{where}: no error to raise for {what}")
        if error not in self.operation["errors"] + [self.operation["service"].get("invalid")]:
            raise FactsError(f"{where}: {error} (for {what}) is not listed by {self.operation['name']}")


# --- names in C ------------------------------------------------------------------------------------------------


def c_type(shape):
    return "Api" + shape["name"]


def c_member_type(shape):
    return C_SCALARS.get(shape["kind"]) or f"const {c_type(shape)} *"


def c_shape(name):
    return "api_shape_" + snake(name)


def comment_of(api, shape):
    if shape["about"]:
        return shape["about"]
    for operation in api.operations:
        if shape["name"] == operation["name"] + "Input":
            return f"Input of {operation['name']}. {operation['about']}"
        if shape["name"] == operation["name"] + "Output":
            return f"Output of {operation['name']}."
    item = api.shapes.get(shape["item"] or "")
    if shape["kind"] == "list":
        return f"A list of {item['name']}."
    if shape["kind"] == "map":
        return f"A map from {shape['key']} to {item['name']}."
    raise FactsError(f"shape {shape['name']} has no \"about\"")


# --- writing ---------------------------------------------------------------------------------------------------

BANNER = "/* Made by tools/gen-api.py from proto/api/; change it there. */\n"


def write_types(api, out):
    out.append(BANNER)
    out.append("""/*
 * The API's structures. Members are in snake_case and in the order in which they are checked.
 *
 * Everything may be absent, and absent is NULL: strings and enumerations are text (api-enums.h converts), numbers,
 * booleans and timestamps are pointers to constants (timestamps are milliseconds since the epoch), structures,
 * lists and maps are pointers to theirs. A member marked "needed" is never NULL in an input that an action gets.
 * Decoded values live in the arena that the decoder was given; nobody frees a part of one.
 */
#pragma once

#include <glib.h>

#include "proto/shape.h"
""")
    compound = [shape for _, shape in sorted(api.shapes.items()) if shape["kind"] in ("structure", "list", "map")]
    for shape in compound:
        out.append(f"typedef struct {c_type(shape)} {c_type(shape)};")
    out.append("")
    for shape in compound:
        write_struct(api, shape, out)
    for name in sorted(api.shapes):
        out.append(f"extern const Shape {c_shape(name)};")
    out.append("")


def write_struct(api, shape, out):
    about = comment_of(api, shape) + (" Deprecated by AWS." if shape["deprecated"] else "")
    out.append(f"/* {about} */")
    out.append(f"struct {c_type(shape)} {{")
    if shape["kind"] == "structure":
        for member in shape["members"]:
            target = api.shape(member["shape"])
            remark = member_remark(member, target)
            line = f"  {c_member_type(target)}{' ' if not c_member_type(target).endswith('*') else ''}{snake(member['name'])};"
            out.append(line + (f" /* {remark} */" if remark else ""))
        if not shape["members"]:
            out.append("  char nothing; /* no members */")
    else:
        item = c_member_type(api.shape(shape["item"]))
        out.append("  gsize n;")
        if shape["kind"] == "map":
            out.append("  const char **keys;")
            out.append(f"  {item}*values;")
        else:
            out.append(f"  {item}*items;")
    out.append("};\n")


def member_remark(member, target):
    parts = []
    if member["ours"]:
        parts.append("ours")
    if member["rule"]["need"]:
        parts.append("needed")
    if target["enum"]:
        parts.append(target["name"])
    if target["kind"] == "timestamp":
        parts.append("ms")
    return ", ".join(parts)


def write_enums(api, out):
    out.append(BANNER)
    out.append("""/*
 * The API's enumerations. Text stays at the edge: api_X_from_name takes the text of a decoded member (NULL and
 * unknown text give API_X_NONE, which is 0), api_X_name gives the text to put into an output (NULL for API_X_NONE).
 */
#pragma once

#include "proto/api-types.h"
""")
    for name, shape in sorted(api.shapes.items()):
        if not shape["enum"]:
            continue
        prefix = "API_" + upper(name)
        out.append("typedef enum {")
        for value in ["None"] + shape["enum"]:
            out.append(f"  {prefix}_{upper(value)},")
        out.append(f"}} {c_type(shape)};\n")
        out.append(f"static inline {c_type(shape)}\napi_{snake(name)}_from_name (const char *name)\n{{")
        out.append(f"  return ({c_type(shape)}) shape_enum_from_name (&{c_shape(name)}, name);\n}}\n")
        out.append(f"static inline const char *\napi_{snake(name)}_name ({c_type(shape)} value)\n{{")
        out.append(f"  return shape_enum_name (&{c_shape(name)}, (guint) value);\n}}\n")


def write_operations(api, out):
    out.append(BANNER)
    out.append("/* Every operation of every service. X (constant, name, service, what it is for) */\n#pragma once\n")
    out.append("#define API_OPERATION_LIST(X) \\")
    rows = [f"  X ({upper(o['name'])}, {quote(o['name'])}, {upper(o['service']['name'])}, {quote(o['about'])})"
            for o in api.operations]
    out.append(" \\\n".join(rows))
    out.append("\ntypedef enum {")
    for operation in api.operations:
        out.append(f"  API_OP_{upper(operation['name'])}, /* {operation['about']} */")
    out.append("  API_N_OPS\n} ApiOp;\n\ntypedef enum {")
    for service in api.services:
        out.append(f"  API_SERVICE_{upper(service['name'])},")
    out.append("  API_N_SERVICES\n} ApiService;")
    out.append("")


def write_errors(api, out):
    out.append(BANNER)
    out.append("/* Every error that an operation may answer with. X (constant, name on the wire, HTTP status) */\n#pragma once\n")
    out.append("#define API_ERROR_LIST(X) \\")
    rows = [f"  X ({error_constant(name)}, {quote(name)}, {status})" for name, (status, _) in api.errors.items()]
    out.append(" \\\n".join(rows))
    out.append("\ntypedef enum {\n  API_ERR_NONE, /* not an error */")
    for name in api.errors:
        out.append(f"  {error_constant(name)},")
    out.append("  API_N_ERRORS\n} ApiErrorCode;\n")


# --- tables ----------------------------------------------------------------------------------------------------


class Tables:
    def __init__(self, api):
        self.api = api
        self.out = [BANNER]
        self.patterns = {}
        self.rules = {}

    def write(self):
        out = self.out
        for name in sorted(self.api.shapes):
            self.rule_of_shape(self.api.shapes[name])
        for name in sorted(self.api.shapes):
            out.append(f"extern const Shape {c_shape(name)};")
        out.append("")
        for name in sorted(self.api.shapes):
            self.shape(self.api.shapes[name])
        self.operations()
        self.messages()
        return out

    def rule_of_shape(self, shape):
        self.rule(shape["full_rule"])
        for member in shape["members"]:
            self.rule(member["rule"])

    def rule(self, rule):
        """The C expression for a rule; equal rules share one table entry."""
        if rule.get("check") is False:
            rule = {}
        flags = []
        if rule.get("need"):
            flags.append("SHAPE_RULE_NEED")
        empty = rule.get("empty", "checked")
        if empty == "missing":
            flags.append("SHAPE_RULE_EMPTY_IS_MISSING")
        elif empty == "absent":
            flags.append("SHAPE_RULE_EMPTY_IS_ABSENT")
        elif empty != "checked":
            raise FactsError(f"cannot tell what empty = {empty} is")
        if rule.get("sealed"):
            flags.append("SHAPE_RULE_SEALED")
        fields = []
        for key in ("missing", "invalid", "too_many"):
            if key in rule:
                fields.append(f".{key} = {error_constant(rule[key])}")
        for key, flag in (("min", "SHAPE_RULE_MIN"), ("max", "SHAPE_RULE_MAX")):
            if key in rule:
                flags.append(flag)
                fields.append(f".{key} = {rule[key]}")
        for key in ("max_bytes", "items_min"):
            if key in rule:
                fields.append(f".{key} = {rule[key]}")
        for key in ("refuse_prefix", "unique"):
            if key in rule:
                fields.append(f".{key} = {quote(rule[key])}")
        if "pattern" in rule:
            fields.append(f".pattern = &{self.pattern(rule['pattern'], rule.get('says'))}")
        if flags:
            fields.insert(0, ".flags = " + " | ".join(flags))
        if not fields:
            return "NULL"
        text = ", ".join(fields)
        if text not in self.rules:
            name = f"rule_{len(self.rules)}"
            self.rules[text] = name
            self.out.append(f"static const ShapeRule {name} = {{ {text} }};")
        return "&" + self.rules[text]

    def pattern(self, text, says):
        """The name of a pattern's table; `says` replaces "does not match ..." in messages."""
        if text not in self.patterns:
            name = f"pattern_{len(self.patterns)}"
            self.patterns[text] = name
            pieces = parse_pattern(text)
            self.out.append(f"static const ShapePatternPiece {name}_pieces[] = {{")
            for characters, low, high in pieces:
                words = [0] * 8
                for code in characters:
                    words[code // 32] |= 1 << (code % 32)
                set_text = ", ".join(f"0x{word:08x}u" for word in words)
                self.out.append(f"  {{ {{ {set_text} }}, {low}, {high} }},")
            self.out.append("};")
            self.out.append(f"static const ShapePattern {name} = {{ {quote(says or 'does not match ' + text)}, {len(pieces)}, {name}_pieces }};\n")
        return self.patterns[text]

    def shape(self, shape):
        name = c_shape(shape["name"])
        fields = [f".name = {quote(shape['name'])}", f".kind = SHAPE_{shape['kind'].upper()}"]
        if shape["sensitive"]:
            fields.append(".sensitive = TRUE")
        if shape["resource"]:
            fields.append(f".resource_type = {quote(shape['resource'])}")
        if shape["enum"]:
            texts = ", ".join(f"SHAPE_TEXT ({quote(value)})" for value in shape["enum"])
            self.out.append(f"static const ShapeText {name}_values[] = {{ {texts} }};")
            fields += [f".n_values = {len(shape['enum'])}", f".values = {name}_values"]
            if shape["rule"].get("ignore_case"):
                fields.append(".ignore_case = TRUE")
        if shape["kind"] == "structure":
            if shape["members"]:
                self.out.append(f"static const ShapeMember {name}_members[] = {{")
                for member in shape["members"]:
                    self.out.append(
                        f"  {{ SHAPE_TEXT ({quote(member['name'])}), &{c_shape(member['shape'])},"
                        f" {self.rule(member['rule'])}, offsetof ({c_type(shape)}, {snake(member['name'])}),"
                        f" {'TRUE' if member['required'] else 'FALSE'} }},")
                self.out.append("};")
                fields += [f".n_members = {len(shape['members'])}", f".members = {name}_members"]
            fields.append(f".size = sizeof ({c_type(shape)})")
        if shape["percent_encoded"]:
            fields.append(".percent_encoded = TRUE")
        if shape["kind"] in ("list", "map"):
            fields.append(f".item = &{c_shape(shape['item'])}")
        if shape["kind"] == "map":
            fields.append(f".key = &{c_shape(shape['key'])}")
        rule = self.rule(shape["full_rule"])
        if rule != "NULL":
            fields.append(f".rule = {rule}")
        self.out.append(f"const Shape {name} = {{ {', '.join(fields)} }};\n")

    def operations(self):
        out = self.out
        for operation in self.api.operations:
            if operation["errors"]:
                codes = ", ".join(error_constant(error) for error in operation["errors"])
                out.append(f"static const ApiErrorCode {snake(operation['name'])}_errors[] = {{ {codes} }};")
        out.append("\nstatic const ApiOperation operations[API_N_OPS] = {")
        for operation in self.api.operations:
            name = operation["name"]
            output = self.api.output_of(operation)
            errors = f"{snake(name)}_errors" if operation["errors"] else "NULL"
            service = operation["service"]
            out.append(f"  [API_OP_{upper(name)}] = {{")
            out.append(f"    .id = API_OP_{upper(name)}, .name = {quote(name)}, .service = API_SERVICE_{upper(service['name'])},")
            out.append(f"    .target_prefix = {quote(service['target_prefixes'][0])}, .signing_name = {quote(service['signing_name'])},")
            out.append(f"    .about = {quote(operation['about'])},")
            out.append(f"    .input = &{c_shape(name + 'Input')}, .output = {'&' + c_shape(output['name']) if output else 'NULL'},")
            out.append(f"    .n_errors = {len(operation['errors'])}, .errors = {errors},")
            if "query_version" in service:
                out.append(f"    .query_version = {quote(service['query_version'])}, .xml_namespace = {quote(service['xml_namespace'])},")
            if "pages" in operation:
                out.append(f"    .page_member = {quote(operation['pages'])},")
            if operation.get("deprecated"):
                out.append("    .deprecated = TRUE,")
            out.append("  },")
        out.append("};\n\nstatic const struct { const char *prefix; ApiService service; } prefixes[] = {")
        for service in self.api.services:
            for prefix in service["target_prefixes"]:
                out.append(f"  {{ {quote(prefix)}, API_SERVICE_{upper(service['name'])} }},")
        out.append("};\n")

    def messages(self):
        self.out.append("static const char *const error_messages[API_N_ERRORS] = {")
        for name, text in self.api.messages.items():
            if name not in self.api.errors:
                raise FactsError(f"a message for {name}, which is not an error")
            if text.count("{value}") != text.count("{"):
                raise FactsError(f"message of {name}: only {{value}} can be put in")
            self.out.append(f"  [{error_constant(name)}] = {quote(text)},")
        self.out.append("};\n")


def parse_pattern(text):
    """A small language: characters and [classes], each with *, +, {n} or {n,m}; the whole text must match.

    A matcher that takes as much as it can and never goes back must be right, so what may follow a piece of
    variable length must not be in that piece's set, except at the end.
    """
    pieces = []
    position = 0
    while position < len(text):
        if text[position] == "[":
            end = text.index("]", position + 2)
            characters = parse_class(text[position + 1:end])
            position = end + 1
        else:
            characters = set(range(32, 256)) if text[position] == "." else {ord(text[position])}
            position += 1
        low, high = 1, 1
        quantifier = re.match(r"\*|\+|\{(\d+)(?:,(\d+))?\}", text[position:])
        if quantifier:
            position += quantifier.end()
            if quantifier.group(0) == "*":
                low, high = 0, 65535
            elif quantifier.group(0) == "+":
                low, high = 1, 65535
            else:
                low = int(quantifier.group(1))
                high = int(quantifier.group(2) or low)
        pieces.append((characters, low, high))
    for (characters, low, high), (following, _, _) in zip(pieces, pieces[1:]):
        if low != high and characters & following:
            raise FactsError(f"pattern {text}: needs a matcher that goes back")
    return pieces


def parse_class(text):
    negate = text.startswith("^")
    text = text[1:] if negate else text
    characters = set()
    position = 0
    while position < len(text):
        if position + 2 < len(text) and text[position + 1] == "-":
            characters |= set(range(ord(text[position]), ord(text[position + 2]) + 1))
            position += 3
        else:
            characters.add(ord(text[position]))
            position += 1
    return set(range(32, 256)) - characters if negate else characters


def main():
    outdir = pathlib.Path(sys.argv[1])
    try:
        api = Api(sys.argv[2:])
        files = {}
        for name, write in (("api-types.h", write_types), ("api-enums.h", write_enums),
                            ("api-op-list.h", write_operations), ("api-error-list.h", write_errors)):
            files[name] = []
            write(api, files[name])
        files["api-tables.h"] = Tables(api).write()
    except FactsError as error:
        sys.exit(f"gen-api: {error}")
    for name, lines in files.items():
        (outdir / name).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
