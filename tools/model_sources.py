"""Public service models, read into one form: for tools/check-api-model.

A Model has operations: name -> Operation (input, output: a Node or None, errors: names). A Node is what a value may be; its
attributes are None where the source does not say: JavaScript's declarations know no names of lists, no lengths, and one
kind of number.
"""

import json
import pathlib
import re


class Operation:
    def __init__(self, input_node, output_node, errors):
        self.input, self.output, self.errors = input_node, output_node, set(errors)


class Node:
    def __init__(self, kind, name=None, members=None, required=(), item=None, key=None, enum=None, limits=None, pattern=None):
        self.kind, self.name, self.members, self.required = kind, name, members, set(required)
        self.item, self.key, self.enum, self.limits, self.pattern = item, key, enum, limits, pattern


class Model:
    """source: "botocore" or "javascript"; label: for people; kinds: our kind -> what the source calls it."""

    def __init__(self, source, service, label, operations, exceptions, kinds):
        self.source, self.service, self.label = source, service, label
        self.operations, self.exceptions, self.kinds = operations, exceptions, kinds


# ---- botocore -----------------------------------------------------------------------------------


class Botocore:
    """service-2.json; nodes are made when they are asked for, since shapes may hold themselves."""

    def __init__(self, path):
        self.facts = json.loads(pathlib.Path(path).read_text())
        self.nodes = {}

    def node(self, name):
        if name not in self.nodes:
            facts = self.facts["shapes"][name]
            self.nodes[name] = node = Node(facts["type"], name, enum=facts.get("enum"), required=facts.get("required", ()),
                                           limits={k: facts[k] for k in ("min", "max") if k in facts}, pattern=facts.get("pattern"))
            if "members" in facts:
                node.members = {member: self.node(what["shape"]) for member, what in facts["members"].items()}
            item = facts.get("member") or facts.get("value")
            node.item = self.node(item["shape"]) if item else None
            node.key = self.node(facts["key"]["shape"]) if "key" in facts else None
        return self.nodes[name]

    def error_name(self, shape):
        """What stands on the wire: Query services say it apart from the shape's name."""
        return self.facts["shapes"][shape].get("error", {}).get("code", shape)

    def operation(self, facts):
        ends = [self.node(facts[end]["shape"]) if end in facts else None for end in ("input", "output")]
        return Operation(*ends, [self.error_name(error["shape"]) for error in facts.get("errors", ())])


def read_botocore(path):
    path = pathlib.Path(path)
    source = Botocore(path)
    exceptions = {source.error_name(name) for name, shape in source.facts["shapes"].items() if shape.get("exception")}
    operations = {name: source.operation(facts) for name, facts in source.facts["operations"].items()}
    kinds = {kind: kind for kind in ("string", "boolean", "integer", "long", "double", "timestamp", "list", "map", "structure")}
    return Model("botocore", path.parents[1].name, str(path), operations, exceptions, kinds)


# ---- the JavaScript SDK -------------------------------------------------------------------------

COMMENT = re.compile(r"/\*.*?\*/", re.S)
INTERFACE = re.compile(r"^export interface (\w+) \{\n(.*?)^\}", re.S | re.M)
MEMBER = re.compile(r"^    (\w+)(\??): (.+?)(?: \| undefined)?;$", re.M)
ENUMERATION = re.compile(r"^export declare const (\w+): \{\n(.*?)^\};", re.S | re.M)
PLAIN = {"string": "string", "number": "number", "boolean": "boolean", "Date": "timestamp"}


class JavaScript:
    """The SDK's type declarations: interfaces are structures, a member with `?` is not required."""

    def __init__(self, folder):
        types = folder / "dist-types"
        models = COMMENT.sub("", "".join(path.read_text() for path in sorted(types.glob("models/models_*.d.ts"))))
        self.interfaces = {name: MEMBER.findall(body) for name, body in INTERFACE.findall(models)}
        enums = COMMENT.sub("", (types / "models" / "enums.d.ts").read_text())
        self.enums = {name: re.findall(r': "([^"]*)";', body) for name, body in ENUMERATION.findall(enums)}
        self.nodes = {}

    def structure(self, name):
        if name not in self.nodes:
            members = self.interfaces[name]
            self.nodes[name] = node = Node("structure", name, required=[m for m, optional, _ in members if not optional])
            node.members = {member: self.value(text) for member, _, text in members}
        return self.nodes[name]

    def value(self, text):
        record = re.fullmatch(r"(?:Partial<)?Record<(\w+), (.+?)>>?", text)
        if text.endswith("[]"):
            return Node("list", item=self.value(text[:-2]))
        if record:
            return Node("map", key=self.value(record.group(1)), item=self.value(record.group(2)))
        if text in self.enums:
            return Node("string", enum=self.enums[text])
        return Node(PLAIN[text]) if text in PLAIN else self.structure(text)


def read_javascript(folder):
    folder = pathlib.Path(folder)
    source = JavaScript(folder)
    operations, exceptions = {}, set()
    for path in sorted((folder / "dist-types" / "commands").glob("*Command.d.ts")):
        text, name = path.read_text(), path.name.removesuffix("Command.d.ts")
        errors = set(re.findall(r"@throws \{@link (\w+)\} \(", text))
        exceptions |= errors
        ends = [source.structure(name + end) if re.search(rf"Command{end} extends {name}{end}\b", text) else None
                for end in ("Input", "Output")]
        operations[name] = Operation(*ends, errors)
    version = json.loads((folder / "package.json").read_text())["version"]
    kinds = {**{kind: kind for kind in ("string", "boolean", "timestamp", "list", "map", "structure")},
             **dict.fromkeys(("integer", "long", "double"), "number")}
    return Model("javascript", "codedeploy", f"@aws-sdk/client-codedeploy {version}", operations, exceptions, kinds)
