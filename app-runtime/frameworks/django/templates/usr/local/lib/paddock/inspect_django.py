"""Says, as one JSON document on standard output, what a release's migrations would do, what its models need, and what the database has.

    python inspect_django.py CALLABLE

CALLABLE is the WSGI callable as Gunicorn takes it, the working directory the folder that it runs in. Nothing is changed or made. The answer is

    {"pending": [{"migration": "entries.0002_colour", "operations": [change, ...]}, ...], "models": tables, "database": tables}

of the default database: `pending` is what `migrate` would do now, with changes as paddock_changes.py says, and `tables` holds by table and
column {"null": bool, "default": bool}: whether it takes NULL, and whether the database fills it where an INSERT leaves it out. Names are in
lower case, because SQL that somebody wrote by hand names them in any. When it fails, the answer is {"problem": last line of the error}, the
traceback on standard error, the exit code 1.
"""
import json
import os
import sys
import traceback
from contextlib import closing
from urllib.parse import unquote, urlsplit

from paddock_changes import walk
from paddock_tables import column, tables


def set_up(target):
    """Loads the application as Gunicorn would: its settings count, whatever manage.py says."""
    from gunicorn.util import import_app
    import_app(target)
    import django
    from django.apps import apps
    if not apps.ready:
        django.setup()


def without_making(connection):
    """The connection; in place of an SQLite file that is not there, which a question would make, an empty one in memory."""
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():
        name = str(connection.settings_dict["NAME"])
        if name and not os.path.exists(unquote(urlsplit(name).path) if name.startswith("file:") else name):
            connection.settings_dict["NAME"] = ":memory:"
    return connection


def introspect(connection, models):
    """The database's tables as they are, and the views and partitions that a model takes for its table: some views are slow to look at."""
    from django.db import DatabaseError
    found = {}
    with connection.cursor() as cursor:
        for name, kind, *_ in connection.introspection.get_table_list(cursor):
            if kind != "t" and name not in models:
                continue
            try:
                described = connection.introspection.get_table_description(cursor, name)
            except DatabaseError:
                continue  # Nothing can be asked of it: it is as good as not there.
            filled = filled_by_itself(connection, cursor, name)
            found[name] = {info.name: column(info.null_ok, info.name in filled or has_default(info)) for info in described}
    return found


def has_default(info):
    expression = info.default is not None and str(info.default).strip().upper() != "NULL"
    return bool(expression or getattr(info, "is_autofield", False) or "auto_increment" in (getattr(info, "extra", None) or ""))


def filled_by_itself(connection, cursor, name):
    """SQLite's columns that have a value without a default: generated ones, and the primary key that is the row's number."""
    if connection.vendor != "sqlite":
        return set()
    cursor.execute("PRAGMA table_xinfo(%s)" % connection.ops.quote_name(name))
    columns = cursor.fetchall()
    keys = [row for row in columns if row[5]]
    number = {row[1] for row in keys if len(keys) == 1 and row[2].lower() == "integer"}
    return number | {row[1] for row in columns if row[6] in (2, 3)}


def pending(connection, database):
    from django.db.migrations.executor import MigrationExecutor
    executor = MigrationExecutor(connection)
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    # Where no migration was ever made, nothing that serves knows these tables: hundreds of changes need no judge.
    changes = walk(executor, plan, connection, database) if executor.loader.applied_migrations else [[] for _ in plan]
    return [{"migration": "%s.%s" % (migration.app_label, migration.name), "operations": found} for migration, found in zip(plan, changes)]


def inspect(target):
    set_up(target)
    from django.apps import apps
    from django.db import connection
    if connection.settings_dict["ENGINE"] == "django.db.backends.dummy":
        return {"pending": [], "models": {}, "database": {}}
    with closing(without_making(connection)):
        models = tables(apps, connection)
        database = introspect(connection, models)
        return {"pending": pending(connection, database), "models": folded(models), "database": folded(database)}


def folded(named):
    return {
        table.lower(): {name.lower(): column(described["null"], described["default"]) for name, described in columns.items()}
        for table, columns in named.items()
    }


def main(target):
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        # What the application prints while it is loaded is no part of the answer.
        os.dup2(2, 1)
        # As Gunicorn has it, and not this script's folder.
        sys.path[0] = os.getcwd()
        try:
            said = inspect(target)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            said = {"problem": " ".join(traceback.format_exception_only(type(error), error)[-1].split())}
        json.dump(said, answer)
    sys.stdout.flush()
    # Not sys.exit: threads that the application began must not keep this from ending.
    os._exit(1 if "problem" in said else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
