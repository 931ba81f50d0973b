"""Reads an application's Python files without running them and says, as one JSON document on standard output, what more than one
server would notice.

    python survey.py ROOT SETTINGS < ENVIRONMENT

ROOT is the application, SETTINGS the module of its Django settings or nothing, ENVIRONMENT a JSON object of the variables that the
application will find. The answer is

    {"settings": {"files": [...], "names": {NAME: {"file", "line", "value", "source", "words", "asked", "keys": {"default.ENGINE": line}}}},
     "uses": [{"kind", "file", "line", "what", "detail"}], "imports": [module, ...], "unread": [{"file", "line", "detail"}]}

with files relative to ROOT. What could not be known without running the code stands in values as {"?": its source}.
"""
import ast
import json
import os
import re
import sys

from survey_settings import read_settings
from survey_uses import read_uses

# What is never part of what serves: other people's code, and what runs on the author's computer or in a terminal alone.
FOLDERS = re.compile(r"^(\..*|node_modules|__pycache__|\.?venv|env|site-packages|tests?|testing|docs?|migrations|fixtures)$")
FILES = re.compile(r"^(tests?|test_.*|.*_tests?|conftest|setup|fabfile|noxfile|tasks_local|manage)\.py$")
TEMPLATES = (".html", ".txt", ".jinja", ".jinja2", ".xml")
FRAGMENT = re.compile(r"{%-?\s*cache\s")
COMMAND = re.compile(r"(^|/)(management/commands|scripts|bin)/")


def walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not FOLDERS.match(name))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def parse(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return ast.parse(file.read())


def survey(root, module, environment):
    settings = read_settings(root, module, environment)
    uses, imports, unread = [], set(), []
    for path in walk(root):
        name = os.path.basename(path)
        if path.endswith(TEMPLATES):
            uses += fragments(root, path)
        elif path.endswith(".py") and not FILES.match(name) and not COMMAND.search(path):
            try:
                tree = parse(root, path)
            except (SyntaxError, ValueError) as error:
                unread.append({"file": path, "line": getattr(error, "lineno", None) or 1, "detail": str(getattr(error, "msg", error))})
                continue
            found, brought = read_uses(tree, path, settings=path in settings["files"] or is_settings(path))
            uses += found
            imports |= brought
    return {"settings": settings, "uses": uses, "imports": sorted(imports), "unread": unread}


def is_settings(path):
    """Settings of another place, such as settings/local.py: they say nothing of what serves."""
    return bool(re.search(r"(^|/)settings(_\w+)?\.py$|(^|/)settings/", path))


def fragments(root, path):
    """Django's templates that keep fragments in the cache."""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        lines = [number for number, line in enumerate(file, 1) if FRAGMENT.search(line)]
    return [{"kind": "cache", "file": path, "line": number, "what": "{% cache %}", "detail": None} for number in lines[:1]]


if __name__ == "__main__":
    json.dump(survey(os.path.realpath(sys.argv[1]), sys.argv[2] or None, json.load(sys.stdin)), sys.stdout)
