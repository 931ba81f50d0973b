"""Tables as Django's models need them: by table and column {"null": bool, "default": bool}, whether it takes NULL, and whether the database fills it
where an INSERT leaves it out. Beside that, of a model's columns, "written": whether Django itself writes a value there, and "key": whether it is the
primary key.
"""


def column(null, default, **more):
    return {"null": bool(null), "default": bool(default), **more}


def tables(registry, connection, known=None):
    """The columns of every model that migrations make in this database, by table. `known` keeps them by model: a state shares most with the next."""
    known = {} if known is None else known
    found = {}
    for model in registry.get_models(include_auto_created=True):
        if model not in known:
            known[model] = columns_of(model, connection)
        if known[model] is not None:
            found.setdefault(model._meta.db_table, {}).update(known[model])
    return found


def columns_of(model, connection):
    """The columns that migrations make for a model; None for proxies, unmanaged and swapped models, and those of another database."""
    from django.db import router
    if not model._meta.can_migrate(connection) or not router.allow_migrate_model(connection.alias, model):
        return None
    fields = [field for field in model._meta.local_concrete_fields if field.db_type(connection) is not None]
    return {field.column: column(field.null, is_filled(field), written=is_written(field), key=field.primary_key) for field in fields}


def is_filled(field):
    """Whether the database has a value where an INSERT names none. Django's own `default` never gets there."""
    from django.db.models import AutoField
    return isinstance(field, AutoField) or getattr(field, "generated", False) or has_database_default(field)


def is_written(field):
    return field.has_default() and field.default is not None or bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


def has_database_default(field):
    """Django has them since 5.0."""
    from django.db.models import NOT_PROVIDED
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED


def required(described):
    return not described["null"] and not described["default"]
