"""What SQL that somebody wrote by hand does to tables: the changes of paddock_changes.py that its words show, in PostgreSQL's and SQLite's SQL.

What a function, a DO block or Python does is not seen. A table that is dropped and made again counts as dropped.
"""
import re

TOKEN = re.compile(r"""
    (?P<nothing> --[^\n]* | /\*.*?\*/ | \s+ )
  | (?P<text> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
  | (?P<quoted> "(?:[^"]|"")*" | `[^`]*` | \[[A-Za-z_][^\]]*\] )
  | (?P<word> \w+ )
  | (?P<sign> . )
""", re.VERBOSE | re.DOTALL)

NAME = r'(?:(?:"[^"]*"|\w+) \. )*(?P<%s>"[^"]*"|\w+)'
# What these are added, dropped and renamed of is no column.
OTHERS = r"(?!(?:constraint|primary|foreign|unique|check|index|key|exclude|partition|table|to)\b)"

DROP_TABLE = re.compile(r"drop table (?:if exists )?(.*)")
ALTER_TABLE = re.compile(r"alter table (?:if exists )?(?:only )?" + NAME % "table" + r"(?: \*)? (?P<actions>.*)")
ACTIONS = [(kind, re.compile(pattern)) for kind, pattern in [
    ("dropped column", r"drop (?:column |%s)(?:if exists )?%s" % (OTHERS, NAME % "column")),
    ("renamed table", r"rename to " + NAME % "to"),
    ("renamed column", r"rename (?:column |%s)%s to " % (OTHERS, NAME % "column")),
    ("required column", r"add (?:column |%s)(?:if not exists )?%s (?P<rest>.*)" % (OTHERS, NAME % "column")),
    ("made not null", r"alter (?:column )?%s set not null" % (NAME % "column")),
    ("dropped default", r"alter (?:column )?%s drop default" % (NAME % "column")),
]]
NOT_NULL = re.compile(r"\b(not null|primary key)\b")
FILLED = re.compile(r"\bdefault (?!null\b)|\bas #|\b(generated|identity|auto_increment|(small|big)?serial\d?)\b|^integer primary key")


def changes_in(sql):
    """The changes of RunSQL's first argument: a text, or a list of texts and of pairs of a text and its parameters."""
    parts = sql if isinstance(sql, (list, tuple)) else [sql]
    texts = [str(one[0] if isinstance(one, (list, tuple)) else one) for one in parts]
    return [change for text in texts for statement in statements(text) for change in changes_of(statement)]


def statements(sql):
    """Each statement in lower case, one space between words, with nothing left of comments and texts, and # for what stands in brackets."""
    words = []
    for match in TOKEN.finditer(sql):
        kind, word = match.lastgroup, match.group().lower()
        if kind == "quoted":
            words.append('"%s"' % re.sub(r"\W", "_", word[1:-1]))
        elif match["text"] is not None:
            words.append("''")
        elif kind != "nothing":
            words.append(word)
    text = " ".join(words)
    while text != (text := re.sub(r"\( [^()]*\)", "#", text)):
        pass
    return [statement.strip() for statement in text.split(";")]


def changes_of(statement):
    dropped = DROP_TABLE.fullmatch(statement)
    if dropped:
        names = [re.match(NAME % "table", name.strip()) for name in dropped[1].split(",")]
        return [{"kind": "dropped table", "table": bare(name["table"])} for name in names if name]
    altered = ALTER_TABLE.fullmatch(statement)
    actions = altered["actions"].split(",") if altered else []
    return [change for action in actions for change in change_by(action.strip(), bare(altered["table"]))]


def change_by(action, table):
    for kind, pattern in ACTIONS:
        match = pattern.match(action)
        if match:
            return [] if kind == "required column" and not is_required(match["rest"]) else [described(kind, table, match)]
    return []


def described(kind, table, match):
    if kind == "renamed table":
        return {"kind": kind, "table": table}
    said = {"kind": kind, "table": table, "column": bare(match["column"])}
    return {**said, "default": False} if kind == "made not null" else said


def is_required(rest):
    return bool(NOT_NULL.search(rest)) and not FILLED.search(rest)


def bare(name):
    return name.strip('"')
