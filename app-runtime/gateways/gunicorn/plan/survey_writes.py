"""Which calls write a file, and whether it is one that another request would look for."""
import ast
import re

from survey_settings import source
from survey_values import dotted

KEPT = re.compile(r"DATA_DIR|MEDIA_ROOT|UPLOAD_(FOLDER|DIR|PATH|ROOT)|UPLOADS_(FOLDER|DIR|DEFAULT_DEST)|UPLOADED_\w+_DEST")
TEMPORARY = re.compile(r"['\"]/(var/)?tmp/[^'\"]*['\"]|gettempdir\(\)")
# A name that nobody else has.
OWN_NAME = re.compile(r"mkstemp|mkdtemp|NamedTemporaryFile|TemporaryDirectory|uuid|getpid|token_hex")
OPENERS = ("open", "io.open", "codecs.open", "aiofiles.open")
WRITERS = ("write_text", "write_bytes")
SAVERS = ("save", "savefig", "to_csv", "to_json", "to_excel", "to_pickle")


def written(node, name):
    """The path that a call writes to, or nothing. @param name: the called one, as its module says it."""
    last = name.rsplit(".", 1)[-1]
    if last in WRITERS and isinstance(node.func, ast.Attribute):
        return node.func.value
    if name in OPENERS:
        return node.args[0] if node.args and writes(node, 1) else None
    if last == "open" and isinstance(node.func, ast.Attribute) and name != "os.open" and writes(node, 0):
        return node.func.value
    return node.args[0] if last in SAVERS and node.args and isinstance(node.func, ast.Attribute) else None


def writes(node, position):
    """Whether open() is to write: its mode is a word that says so."""
    given = next((word.value for word in node.keywords if word.arg == "mode"), node.args[position] if len(node.args) > position else None)
    return isinstance(given, ast.Constant) and isinstance(given.value, str) and bool(re.search("[wax+]", given.value))


def resolved(node, names):
    """The path as text, with what its names were given last, two steps far."""
    text = source(node)
    for _ in range(2):
        text = re.sub(r"\b[A-Za-z_]\w*\b", lambda word: word[0] + " " + names[word[0]] if word[0] in names else word[0], text)
    return text


def kind_of(path, node, function):
    """What kind of use writing to a path is, or nothing."""
    if KEPT.search(path):
        return "kept file"
    if TEMPORARY.search(path):
        return None if OWN_NAME.search(path) else "temporary file"
    saves = isinstance(node.func, ast.Attribute) and node.func.attr == "save"
    return "kept file" if saves and takes_uploads(function) and re.search(r"path|join|filename|/", path) else None


def takes_uploads(function):
    return function is not None and any(dotted(each) == "request.files" for each in ast.walk(function) if isinstance(each, ast.Attribute))
