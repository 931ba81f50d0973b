"""What a Django migration does to the database's tables, as far as a release that goes on serving meanwhile can notice it.

A change is {"kind", "table", "column"}, with names in lower case; a change of a whole table has no column. Kinds:

    dropped table, dropped column, renamed table, renamed column
    required column   a new one, NOT NULL and without a default in the database: an INSERT that does not name it fails
    made not null     a column that took NULL; "default": whether the database fills it, "empty": whether what serves leaves it empty
    dropped default   of a column that is NOT NULL
"""
from weakref import WeakKeyDictionary

from paddock_remake import remade
from paddock_sql import changes_in
from paddock_tables import required, tables


def walk(executor, plan, connection, database):
    """The changes of each migration of a plan, in its order."""
    state = executor._create_project_state(with_applied_migrations=True)
    walker = Walker(connection, database)
    found = [walker.migration(migration, state) for migration in plan]
    return [[folded(change) for change in changes if walker.lasts(change)] for changes in found]


def folded(change):
    return {**change, **{key: change[key].lower() for key in ("table", "column") if key in change}}


class Walker:
    """Goes through operations as `migrate` would, with the database's tables as they would be by then."""

    def __init__(self, connection, database):
        self.connection = connection
        self.now = database
        self.known = WeakKeyDictionary()
        # What the database has by then.
        self.held = {table: set(columns) for table, columns in database.items()}

    def lasts(self, change):
        """What is gone for a while and there again at the end breaks nobody: each migration is one transaction."""
        if change["kind"] in ("dropped table", "renamed table"):
            return change["table"] not in self.held
        return change["kind"] not in ("dropped column", "renamed column") or change["column"] not in self.held.get(change["table"], ())

    def migration(self, migration, state):
        found = []
        for operation in migration.operations:
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            found += self.operation(operation, migration.app_label, before, state)
        return found

    def operation(self, operation, app, before, after):
        from django.db import router
        from django.db.migrations import operations as django
        if isinstance(operation, django.SeparateDatabaseAndState):
            return self.database_alone(operation.database_operations, app, before)
        if isinstance(operation, django.RunSQL):
            allowed = router.allow_migrate(self.connection.alias, app, **operation.hints)
            known = tables(before.apps, self.connection, self.known)
            return [self.by_hand(change, known) for change in changes_in(operation.sql)] if allowed else []
        if isinstance(operation, (django.RunPython, django.AlterModelOptions, django.AlterModelManagers)):
            return []
        old, new = (tables(state.apps, self.connection, self.known) for state in (before, after))
        model = remade(operation, app, before, after, self.connection)
        lost = self.lost_in_remake(model._meta.db_table, old, new) if model else []
        return lost + self.differences(operation, old, new)

    def database_alone(self, operations, app, before):
        """As SeparateDatabaseAndState does: a state of their own, which is forgotten afterwards."""
        found = []
        for operation in operations:
            after = before.clone()
            operation.state_forwards(app, after)
            found += self.operation(operation, app, before, after)
            before = after
        return found

    def by_hand(self, change, known):
        """A change by SQL that somebody wrote, with the names as the database has them."""
        table = same(change["table"], self.held)
        if "column" not in change:
            self.held.pop(table, None)
            return {**change, "table": table}
        name = same(change["column"], self.held.get(table, ()))
        if change["kind"] in ("dropped column", "renamed column"):
            self.held.get(table, set()).discard(name)
        found = {**change, "table": table, "column": name}
        return {**found, "empty": self.leaves_empty(table, name, known.get(table, {}))} if change["kind"] == "made not null" else found

    def differences(self, operation, before, after):
        from django.db.migrations import operations as django
        renames = isinstance(operation, (django.RenameModel, django.RenameField, django.AlterModelTable, django.AlterField))
        verb = "renamed" if renames else "dropped"
        found = []
        for table, old in before.items():
            new = after.get(table)
            if new is None:
                self.held.pop(table, None)
                found.append({"kind": verb + " table", "table": table})
                continue
            gone = [name for name in old if name not in new]
            found += [{"kind": verb + " column", "table": table, "column": name} for name in gone]
            # A column that has another name now is no new one.
            come = [] if renames and gone else [name for name in new if name not in old and required(new[name])]
            found += [{"kind": "required column", "table": table, "column": name} for name in come]
            found += [change for name in old if name in new for change in self.altered(table, name, old, new)]
            held = self.held.setdefault(table, set())
            held.difference_update(gone)
            held.update(name for name in new if name not in old)
        self.held.update({table: set(columns) for table, columns in after.items() if table not in before})
        # Django's states have their models in any order.
        return sorted(found, key=lambda change: ("column" in change, change["table"], change.get("column", "")))

    def altered(self, table, name, old, new):
        if old[name]["null"] and not new[name]["null"]:
            yield {"kind": "made not null", "table": table, "column": name, "default": new[name]["default"], "empty": self.leaves_empty(table, name, old)}
        elif required(new[name]) and not required(old[name]):
            yield {"kind": "dropped default", "table": table, "column": name}

    def leaves_empty(self, table, name, columns):
        """Whether what serves leaves a column empty, as far as its default in Python and the newest row tell: older ones may be filled later."""
        if name not in self.now.get(table, ()) or columns.get(name, {}).get("written"):
            return False
        key = next((key for key, described in columns.items() if described["key"]), name)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT %s FROM %s ORDER BY %s DESC LIMIT 1" % tuple(map(self.connection.ops.quote_name, (name, table, key))))
            return cursor.fetchone() == (None,)

    def lost_in_remake(self, table, old, new):
        """Django changes most of a table in SQLite by making it anew, without the columns that its state no longer knows."""
        lost = sorted(self.held.get(table, set()).difference(old.get(table, ()), new.get(table, ())))
        self.held.get(table, set()).difference_update(lost)
        return [{"kind": "dropped column", "table": table, "column": name} for name in lost]


def same(name, names):
    """The one of the names that differs in case alone, or the name itself."""
    return next((one for one in names if one.lower() == name.lower()), name)
