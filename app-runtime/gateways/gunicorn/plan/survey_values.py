"""Values of expressions, as far as they follow from what is written and from the environment that the application will find."""
import ast
import re

TABLE = {"sqlite": "sqlite3", "postgres": "postgresql", "postgresql": "postgresql", "pgsql": "postgresql", "postgis": "postgis", "mysql": "mysql"}
# Readers of the environment that take the variable first and a default second or by name: os.environ.get, django-environ, decouple, environs.
READERS = re.compile(r"^(.*environ\.get|(os\.)?getenv|env|config|get_env|\w*env\w*\.(str|bool|list|int|tuple|json|get_value|db|db_url))$", re.IGNORECASE)


def unknown(node):
    return {"?": " ".join(ast.unparse(node).split())[:160]}


def is_unknown(value):
    return isinstance(value, dict) and "?" in value


class Values:
    def __init__(self, environment):
        self.environment = environment
        self.known = {"DEBUG": False}

    def of(self, node):
        for kind, read in ((ast.Constant, self.constant), (ast.List, self.sequence), (ast.Tuple, self.sequence), (ast.Set, self.sequence),
                           (ast.Dict, self.mapping), (ast.Name, self.name), (ast.BinOp, self.sum), (ast.Call, self.call),
                           (ast.Subscript, self.item), (ast.IfExp, self.either), (ast.BoolOp, self.any), (ast.ListComp, self.comprehension),
                           (ast.JoinedStr, self.format), (ast.Compare, self.comparison)):
            if isinstance(node, kind):
                return read(node)
        return unknown(node)

    def constant(self, node):
        return node.value if isinstance(node.value, (str, int, float, bool, type(None))) else unknown(node)

    def sequence(self, node):
        found = []
        for each in node.elts:
            value = self.of(each.value if isinstance(each, ast.Starred) else each)
            found += value if isinstance(each, ast.Starred) and isinstance(value, list) else [value]
        return found

    def mapping(self, node):
        found = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                spread = self.of(value)
                found.update(spread if isinstance(spread, dict) and "?" not in spread else {})
            elif isinstance(self.of(key), str):
                found[self.of(key)] = self.of(value)
        return found

    def name(self, node):
        return self.known.get(node.id, unknown(node))

    def sum(self, node):
        return self.plus(self.of(node.left), self.of(node.right), node) if isinstance(node.op, ast.Add) else unknown(node)

    def plus(self, before, after, node=None):
        if isinstance(before, dict) and isinstance(after, dict) and not is_unknown(before) and not is_unknown(after):
            return {**before, **after}
        if isinstance(before, list):
            return before + (after if isinstance(after, list) else [after])
        if isinstance(after, list):
            return [before] + after
        if isinstance(before, str) and isinstance(after, str):
            return before + after
        return unknown(node) if node else before

    def either(self, node):
        known, truth = self.truth(node.test)
        return self.of(node.body if truth else node.orelse) if known else unknown(node)

    def any(self, node):
        first = self.of(node.values[0])
        if is_unknown(first):
            return unknown(node)
        return first if bool(first) == isinstance(node.op, ast.Or) else self.of(node.values[-1])

    def comprehension(self, node):
        """[host.strip() for host in os.environ["ALLOWED_HOSTS"].split(",") if host] as the list that it goes through."""
        return self.of(node.generators[0].iter) if len(node.generators) == 1 else unknown(node)

    def format(self, node):
        parts = [self.of(each.value if isinstance(each, ast.FormattedValue) else each) for each in node.values]
        return "".join(map(str, parts)) if all(isinstance(part, (str, int)) for part in parts) else unknown(node)

    def comparison(self, node):
        known, truth = self.compared(node)
        return truth if known else unknown(node)

    def item(self, node):
        if dotted(node.value).endswith("environ") and isinstance(node.slice, ast.Constant):
            return self.environment.get(node.slice.value, unknown(node))
        value, key = self.of(node.value), node.slice.value if isinstance(node.slice, ast.Constant) else None
        return value[key] if isinstance(value, dict) and key in value else unknown(node)

    def call(self, node):
        name = dotted(node.func)
        last = name.rsplit(".", 1)[-1]
        if last == "split" and isinstance(node.func, ast.Attribute):
            text = self.of(node.func.value)
            return [word.strip() for word in text.split(",") if word.strip()] if isinstance(text, str) else unknown(node)
        if last in ("lower", "strip") and isinstance(node.func, ast.Attribute) and not node.args:
            text = self.of(node.func.value)
            return getattr(text, last)() if isinstance(text, str) else unknown(node)
        if last in ("str", "list", "tuple", "bool") and name == last and len(node.args) == 1:
            return self.of(node.args[0])
        if name in ("dj_database_url.config", "dj_database_url.parse") or re.match(r"\w*env\w*\.(db|db_url|dj_db_url)$", name, re.IGNORECASE):
            return self.database(node, last)
        if READERS.match(name) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            return self.variable(node, last)
        return unknown(node)

    def variable(self, node, reader):
        name = node.args[0].value
        value = self.environment[name] if name in self.environment else self.default(node)
        cast = reader if reader in ("bool", "list", "int") else next((dotted(word.value) for word in node.keywords if word.arg == "cast"), "")
        if isinstance(value, str) and cast in ("list", "Csv"):
            return [word.strip() for word in value.split(",") if word.strip()]
        if isinstance(value, str) and cast == "bool":
            return value.lower() in ("1", "true", "yes", "on", "y", "t")
        return value

    def default(self, node):
        given = next((word.value for word in node.keywords if word.arg == "default"), node.args[1] if len(node.args) > 1 else None)
        if given is None:
            return None if dotted(node.func).rsplit(".", 1)[-1] in ("get", "getenv") and not node.keywords else unknown(node)
        return self.of(given)

    def database(self, node, reader):
        """A database by its URL; `parse` is told the URL itself."""
        name = next((each.value for each in node.args if isinstance(each, ast.Constant)), "DATABASE_URL")
        url = self.of(node.args[0]) if reader == "parse" and node.args else self.environment.get(name)
        if url is None and reader != "parse":
            url = next((self.of(word.value) for word in node.keywords if word.arg == "default"), None)
        if not isinstance(url, str) or ":" not in url:
            return {"ENGINE": unknown(node)}
        scheme = url.split(":", 1)[0].split("+")[0]
        age = next((self.of(word.value) for word in node.keywords if word.arg == "conn_max_age"), 0)
        return {"ENGINE": "django.db.backends." + TABLE[scheme] if scheme in TABLE else scheme, "CONN_MAX_AGE": age}

    def truth(self, node):
        """Whether a condition is known, and what it is."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            known, truth = self.truth(node.operand)
            return known, not truth
        if isinstance(node, ast.Compare):
            return self.compared(node)
        value = self.of(node)
        return not is_unknown(value), bool(value)

    def compared(self, node):
        text = ast.unparse(node)
        if "sys.argv" in text:
            return True, False  # manage.py test, runserver and their like serve nobody.
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)) and dotted(node.comparators[0]).endswith("environ"):
            name = self.of(node.left)
            return isinstance(name, str), (name in self.environment) == isinstance(node.ops[0], ast.In)
        before, after = self.of(node.left), self.of(node.comparators[0])
        if len(node.ops) > 1 or is_unknown(before) or is_unknown(after) or isinstance(after, list) and any(map(is_unknown, after)):
            return False, False
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return isinstance(after, (list, str)), isinstance(after, (list, str)) and (before in after) == isinstance(node.ops[0], ast.In)
        return isinstance(node.ops[0], (ast.Eq, ast.NotEq)), (before == after) == isinstance(node.ops[0], ast.Eq)


def variable(node):
    """The variable of the environment that an expression asks for, or nothing."""
    asked = None
    if isinstance(node, ast.Subscript) and dotted(node.value).endswith("environ"):
        asked = node.slice
    elif isinstance(node, ast.Call) and node.args and READERS.match(dotted(node.func)):
        asked = node.args[0]
    return asked.value if isinstance(asked, ast.Constant) and isinstance(asked.value, str) else None


def dotted(node):
    """os.environ.get as it is written, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return before + "." + node.attr if before else node.attr
    return ""
