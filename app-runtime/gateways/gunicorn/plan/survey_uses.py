"""What a Python file does that more than one server would notice: opens SQLite, writes to the local disk, uses the cache, starts a clock."""
import ast
import re

from survey_settings import source
from survey_values import dotted, variable
from survey_writes import kind_of, resolved, written

SQLITE_URL = re.compile(r"^sqlite(\+\w+)?:///(?!:memory:)")
CLOCKS = {"BackgroundScheduler", "AsyncIOScheduler", "GeventScheduler", "TornadoScheduler", "TwistedScheduler", "QtScheduler", "APScheduler"}
CLOCK_MODULES = ("apscheduler", "flask_apscheduler")
FIELDS = {"FileField", "ImageField", "ThumbnailerImageField", "ThumbnailerField", "VersatileImageField", "ResizedImageField", "FilerFileField", "SorlImageField"}
RANDOM = re.compile(r"\b(os\.urandom|secrets\.token_\w+|token_hex|token_urlsafe|token_bytes|get_random_secret_key|uuid4|get_random_string)\(")
CACHE_TYPES = re.compile(r"^(flask_caching\.backends\.)?(simple|SimpleCache|filesystem|FileSystemCache)$")
SESSION_TYPES = {"filesystem", "cachelib"}
# What they are told is looked for, not opened.
COMPARERS = {"startswith", "replace", "removeprefix", "split", "match"}


def read_uses(tree, path, settings):
    """@param settings: it holds Django's settings, which are judged by their values."""
    reader = UsesReader(path, settings)
    reader.visit(tree)
    return reader.uses, {name.split(".")[0] for name in reader.imported.values()}


class UsesReader(ast.NodeVisitor):
    def __init__(self, path, settings):
        self.path, self.settings = path, settings
        self.uses, self.imported, self.names = [], {}, {}
        self.classes, self.functions, self.environment = [], [], []

    def say(self, kind, node, what, detail=None):
        self.uses.append({"kind": kind, "file": self.path, "line": node.lineno, "what": what, "detail": detail})

    def full(self, node):
        """The name as its module says it: `Timer` that was imported from threading is threading.Timer."""
        first, _, rest = dotted(node).partition(".")
        return ".".join(filter(None, [self.imported.get(first, first), rest]))

    def visit_Import(self, node):
        for alias in node.names:
            self.imported[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]

    def visit_ImportFrom(self, node):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            name = f"{module}.{alias.name}"
            self.imported[alias.asname or alias.name] = name
            if name in ("django.core.cache.cache", "django.core.cache.caches", "django.views.decorators.cache.cache_page"):
                self.say("cache", node, name.rsplit(".", 1)[1])

    def visit_ClassDef(self, node):
        self.classes.append(node.name)
        self.generic_visit(node)
        self.classes.pop()

    def visit_FunctionDef(self, node):
        before = dict(self.names)
        self.functions.append(node)
        self.generic_visit(node)
        self.functions.pop()
        self.names = before

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Assign(self, node):
        text = source(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names[target.id] = text
                self.store(target.id, node.value, node)
                if isinstance(node.value, ast.Call):
                    self.field(target, node.value)
            elif isinstance(target, ast.Attribute):
                self.store(target.attr, node.value, node)
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                self.store(target.slice.value, node.value, node)
        self.generic_visit(node)

    def visit_Dict(self, node):
        for key, value in zip(node.keys, node.values):
            if isinstance(key, ast.Constant):
                self.store(key.value, value, key)
        self.generic_visit(node)

    def visit_keyword(self, node):
        if node.arg:
            self.store(node.arg, node.value, node.value)
        self.generic_visit(node)

    def store(self, name, value, node):
        """A setting of an application without Django's settings: app.config["SESSION_TYPE"] = "filesystem"."""
        if self.settings or not isinstance(name, str):
            return
        text = value.value if isinstance(value, ast.Constant) else None
        if name == "CACHE_TYPE" and isinstance(text, str) and CACHE_TYPES.match(text):
            self.say("local cache", node, text)
        elif name == "SESSION_TYPE" and text in SESSION_TYPES:
            self.say("file session", node, text)
        elif name in ("SECRET_KEY", "secret_key") and text is None and RANDOM.search(source(value)):
            self.say("random key", node, source(value), constants(value))

    def visit_Constant(self, node):
        if isinstance(node.value, str) and SQLITE_URL.match(node.value) and not self.settings:
            self.say("sqlite", node, node.value, self.environment[-1] if self.environment else None)

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # A docstring opens nothing.
            self.generic_visit(node)

    def visit_BoolOp(self, node):
        """os.environ.get("DATABASE_URL") or "sqlite:///…": the second stands for the variable that is not there."""
        asked = [variable(each) for each in ast.walk(node.values[0]) if isinstance(each, (ast.Call, ast.Subscript))]
        self.environment.append(next(filter(None, asked), self.environment[-1] if self.environment else None))
        self.generic_visit(node)
        self.environment.pop()

    def visit_Call(self, node):
        name = self.full(node.func)
        if name.rsplit(".", 1)[-1] in COMPARERS:
            return
        self.environment.append(variable(node) or (self.environment[-1] if self.environment else None))
        if not self.settings:
            self.opens(node, name)
            self.clocks(node, name)
            self.writes(node, name)
        self.generic_visit(node)
        self.environment.pop()

    def opens(self, node, name):
        if name in ("sqlite3.connect", "aiosqlite.connect"):
            place = source(node.args[0]) if node.args else ""
            if ":memory:" not in self.names.get(place, place):
                self.say("sqlite", node, f"{name}({place})")
        elif name.rsplit(".", 1)[-1] == "FileSystemStorage" and not name.startswith("."):
            self.say("local storage", node, "FileSystemStorage")
        elif "default_storage.save" in name:
            self.say("default storage", node, "default_storage.save")

    def clocks(self, node, name):
        last = name.rsplit(".", 1)[-1]
        if last in CLOCKS and name.split(".")[0] in CLOCK_MODULES:
            self.say("clock", node, last)
        elif name == "schedule.every":
            self.say("clock", node, "schedule.every")
        elif name == "threading.Timer":
            self.say("timer", node, "threading.Timer")
        elif name == "threading.Thread" and (not self.functions or self.functions[-1].name == "ready"):
            self.say("thread", node, "threading.Thread")

    def writes(self, node, name):
        place = written(node, name)
        kind = place is not None and kind_of(resolved(place, self.names), node, self.functions[-1] if self.functions else None)
        if kind:
            self.say(kind, node, source(place))

    def field(self, target, call):
        """A model's field that keeps files, with the storage that it names itself."""
        name = self.full(call.func)
        kind = name.rsplit(".", 1)[-1]
        forms = re.search(r"(^|\.)(forms|serializers|fields|wtforms|flask_wtf\w*|filters)\b", name) and "models" not in name
        if not self.classes or self.functions or kind not in FIELDS or forms or name == kind and "forms" in self.path:
            return
        storage = next((source(word.value) for word in call.keywords if word.arg == "storage"), None)
        self.say("file field", target, f"{self.classes[-1]}.{target.id}", storage)


def constants(node):
    return sorted({each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)})
