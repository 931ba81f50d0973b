"""Django's settings as far as they can be read without running them: which file and line gives each, and what value.

`from .base import *` is followed inside the application. Branches on DEBUG are read as in production, of any other branch
both sides are, in their order.
"""
import ast
import os

from survey_values import Values, variable


def read_settings(root, module, environment):
    reader = SettingsReader(root, environment)
    if module:
        reader.read(module.split("."))
    return {"files": reader.files, "names": reader.names}


class SettingsReader:
    def __init__(self, root, environment):
        self.root = root
        self.values = Values(environment)
        self.files = []
        self.names = {}

    def read(self, parts):
        path = self.path_of(parts)
        if path is None or path in self.files:
            return
        self.files.append(path)
        try:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                tree = ast.parse(file.read())
        except (SyntaxError, ValueError):
            return
        package = parts if path.endswith("/__init__.py") else parts[:-1]
        self.block(tree.body, path, package)

    def path_of(self, parts):
        """The module's file, relative to the root: also where the project lies in a folder such as src/."""
        stem = "/".join(parts)
        places = ["", *sorted(name + "/" for name in os.listdir(self.root) if os.path.isdir(os.path.join(self.root, name)))]
        for place in places:
            for end in (".py", "/__init__.py"):
                if os.path.isfile(os.path.join(self.root, place + stem + end)):
                    return place + stem + end
        return None

    def block(self, body, path, package):
        for node in body:
            if isinstance(node, ast.ImportFrom):
                self.star(node, package)
            elif isinstance(node, ast.If):
                self.branch(node, path, package)
            elif isinstance(node, ast.Try):
                self.block(node.body + node.orelse + node.finalbody, path, package)
            elif isinstance(node, (ast.With, ast.For)):
                self.block(node.body, path, package)
            else:
                self.statement(node, path)

    def star(self, node, package):
        if any(alias.name == "*" for alias in node.names):
            base = package[: len(package) - node.level + 1] if node.level else []
            self.read([*base, *(node.module.split(".") if node.module else [])])

    def branch(self, node, path, package):
        known, truth = self.values.truth(node.test)
        if not known or truth:
            self.block(node.body, path, package)
        if not known or not truth:
            self.block(node.orelse, path, package)

    def statement(self, node, path):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.assign(target, node.value, path, node.lineno)
        elif isinstance(node, ast.AnnAssign) and node.value:
            self.assign(node.target, node.value, path, node.lineno)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            self.change(node.target.id, lambda before: self.values.plus(before, self.values.of(node.value)), node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.call(node.value)

    def assign(self, target, value, path, line):
        if isinstance(target, ast.Name):
            self.note(target.id, value, path, line)
        elif isinstance(target, ast.Subscript):
            names = subscript(target)
            if names and names[0] in self.names:
                self.change(names[0], lambda before: placed(before, names[1:], self.values.of(value)), value)
                self.names[names[0]]["keys"][".".join(names[1:])] = line
                if path != self.names[names[0]]["file"]:
                    self.names[names[0]].update(file=path, line=line)

    def note(self, name, value, path, line):
        """The environment's readers, such as `env = environ.Env()`, are remembered by name too: their calls read it."""
        found = self.values.of(value)
        if name != "DEBUG":  # Read as in production, whatever it says.
            self.values.known[name] = found
        self.names[name] = {"file": path, "line": line, "value": found, "source": source(value), "words": words(value), "asked": asked(value), "keys": keys(value)}

    def change(self, name, change, value):
        if name in self.names:
            fact = self.names[name]
            fact["value"] = self.values.known[name] = change(fact["value"])
            fact["words"] = sorted({*fact["words"], *words(value)})
            fact["asked"] = sorted({*fact["asked"], *asked(value)})

    def call(self, node):
        """INSTALLED_APPS.append("…") and its like; DATABASES["default"].update(…)."""
        if not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
            return
        names = subscript(node.func.value) if isinstance(node.func.value, ast.Subscript) else [node.func.value.id] if isinstance(node.func.value, ast.Name) else []
        if not names or names[0] not in self.names:
            return
        value = self.values.of(node.args[0])
        if node.func.attr == "append" and len(names) == 1:
            self.change(names[0], lambda before: self.values.plus(before, [value]), node.args[0])
        elif node.func.attr in ("extend", "update"):
            merge = lambda before: self.values.plus(before, value)
            self.change(names[0], lambda before: merge(before) if len(names) == 1 else placed(before, names[1:], value, self.values.plus), node.args[0])


def subscript(node):
    """DATABASES["default"]["ENGINE"] as its names, or nothing."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        before = subscript(node.value)
        return [*before, node.slice.value] if before else []
    return []


def placed(value, path, piece, join=lambda before, after: after):
    if not path:
        return join(value, piece)
    if not isinstance(value, dict) or "?" in value:
        return value
    return {**value, path[0]: placed(value.get(path[0], {}), path[1:], piece, join)}


def keys(node, prefix=""):
    """Lines of the keys of a dict, and of the texts in a list, that are written down."""
    found = {}
    if isinstance(node, (ast.List, ast.Tuple)):
        found.update({prefix + each.value: each.lineno for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)})
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found[prefix + key.value] = key.lineno
                found.update(keys(value, prefix + key.value + "."))
    return found


def words(node):
    return sorted({each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)})


def asked(node):
    """Variables of the environment that an expression asks for."""
    return sorted(set(filter(None, map(variable, ast.walk(node)))))


def source(node):
    return " ".join(ast.unparse(node).split())[:160]
