"""SQLite changes little of a table in place. For the rest Django makes the table anew, with the columns that its state knows and no others."""
from paddock_tables import has_database_default


def remade(operation, app, before, after, connection):
    """The model whose table SQLite makes anew for an operation, or None."""
    from django.db.migrations import operations as django
    from django.db.migrations.operations.fields import FieldOperation
    if connection.vendor != "sqlite":
        return None
    if isinstance(operation, (django.AddConstraint, django.RemoveConstraint)):
        return after.apps.get_model(app, operation.model_name)
    if isinstance(operation, (django.AlterUniqueTogether, django.AlterOrderWithRespectTo)):
        return after.apps.get_model(app, operation.name)
    if not isinstance(operation, FieldOperation):
        return None
    old, new = (field_of(operation, app, state) for state in (before, after))
    return after.apps.get_model(app, operation.model_name) if is_remade(old, new, connection) else None


def field_of(operation, app, state):
    """The field that an operation is about, or None where the state has none, or the field no column."""
    fields = state.apps.get_model(app, operation.model_name)._meta.local_concrete_fields
    return next((field for field in fields if field.name in (operation.name, getattr(operation, "new_name", None))), None)


def is_remade(old, new, connection):
    if old and new:
        return connection.schema_editor()._field_should_be_altered(old, new)
    added_in_place = new and new.null and not (new.unique or new.has_default() or has_database_default(new))
    return bool(old or new) and not added_in_place
