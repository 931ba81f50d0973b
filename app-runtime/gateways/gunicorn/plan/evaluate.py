"""Says, as JSON, what a Django application's settings are once they have been run, and which of its models keep files.

    python evaluate.py CALLABLE ANSWER             loads the application as Gunicorn would
    python evaluate.py --settings MODULE ANSWER    runs its settings alone

The working directory is a copy of the folder that it runs in, which may be written into. The answer has either "problem", or "settings"
(every name with its value, null for an application without Django; what JSON cannot hold stands as {"?": its text}), "module", "django"
(its version), "drivers" (which of PostgreSQL's are installed) and "files" ([{"model", "field", "module", "storage", "local"}]).
"""
import importlib.util
import json
import os
import sys


def plain(value, depth=8):
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if depth and isinstance(value, dict):
        return {str(key): plain(each, depth - 1) for key, each in value.items()}
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each, depth - 1) for each in value]
    if isinstance(value, os.PathLike):
        return str(value)
    return {"?": type(value).__name__}


def load(target):
    """As probe.py does, beside which this file lies one folder deeper."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.append(folder)
    import probe
    sys.path.remove(folder)
    probe.load(target)
    return probe.django_settings()


def run_settings(module):
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    from django.conf import settings
    settings.INSTALLED_APPS  # The first question runs them.
    return settings


def files():
    from django.apps import apps
    if not apps.ready:
        import django
        django.setup()
    from django.core.files.storage import FileSystemStorage
    from django.db.models import FileField
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FileField) and field.model is model:
                storage = getattr(field.storage, "_wrapped", None) or field.storage
                local = isinstance(field.storage, FileSystemStorage) or isinstance(storage, FileSystemStorage)
                yield {"model": model.__name__, "field": field.name, "module": model.__module__, "storage": type(storage).__name__, "local": local}


def fields():
    try:
        return list(files())
    except Exception:
        return None  # The models need something that is not here: what was read of them has to do.


def answer_of(arguments):
    alone = arguments[0] == "--settings"
    settings = run_settings(arguments[1]) if alone else load(arguments[0])
    if settings is None:
        return {"settings": None}
    import django
    return {
        "settings": {name: plain(getattr(settings, name)) for name in dir(settings) if name.isupper()},
        "module": os.environ.get("DJANGO_SETTINGS_MODULE"),
        "django": django.get_version(),
        "drivers": [name for name in ("psycopg", "psycopg2") if importlib.util.find_spec(name)],
        "files": None if alone else fields(),
    }


def main(*arguments):
    sys.path.insert(0, os.getcwd())
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    try:
        said = answer_of(arguments)
    except (Exception, SystemExit) as error:
        said = {"problem": f"{type(error).__name__}: {error}".splitlines()[0]}
    with open(arguments[-1], "w", encoding="utf-8") as file:
        json.dump(said, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
