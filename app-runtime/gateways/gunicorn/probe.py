"""Imports an application as Gunicorn would and says, as JSON, whether it can serve and where its static files are.

    python probe.py ROOT CALLABLE ANSWER wsgi|asgi

ROOT is a copy of the application that may be written into, the working directory the folder that it runs in. The answer
has either "problem" (with "detail"), or "static" (null, or {"url", "directory"} with the directory relative to ROOT) and "framework"
(null or "django"). When the import failed, "place" says where in the application, "missing" whether a module is not installed,
and "python" which Python it was, where another one might have taken it.
"""
import asyncio
import importlib
import importlib.util
import json
import os
import sys
import traceback


class Problem(Exception):
    """Why the application cannot be deployed: a word for what kind, and a detail."""


def load(target, speaks="wsgi"):
    module = target.partition(":")[0]
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module + ".").startswith(error.name + "."):
            raise Problem("no module", error.name)
        raise
    from gunicorn.errors import AppImportError
    from gunicorn.util import import_app
    try:
        application = import_app(target)
    except AppImportError as error:
        raise Problem("no callable", str(error).rstrip("."))
    found = "asgi" if asyncio.iscoroutinefunction(application) or asyncio.iscoroutinefunction(getattr(application, "__call__", None)) else "wsgi"
    if found != speaks:
        raise Problem(found, type(application).__name__)
    return application


def django_settings():
    if "django" in sys.modules:
        from django.conf import settings
        return settings if settings.configured else None
    return None


def static_files(root, application):
    settings = django_settings()
    if settings:
        return django_static(root, settings) if "django.contrib.staticfiles" in settings.INSTALLED_APPS else None
    flask = sys.modules.get("flask")
    if flask and isinstance(application, flask.Flask):
        return flask_static(root, application)
    return {"url": "/static/", "directory": os.path.relpath(os.path.realpath("static"), root)}


def django_static(root, settings):
    if "//" in settings.STATIC_URL or not stored_here(settings):
        return None  # Served from elsewhere: a CDN, or a storage service that collectstatic would upload to.
    if not settings.STATIC_ROOT:
        raise Problem("no static root", os.environ.get("DJANGO_SETTINGS_MODULE", "settings"))
    directory = os.path.relpath(os.path.realpath(settings.STATIC_ROOT), root)
    if directory == "." or directory.startswith(".."):
        raise Problem("static root outside", str(settings.STATIC_ROOT))
    from django.core.management import call_command
    try:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    except Exception as error:
        raise Problem("collectstatic", last_line(error))
    return {"url": settings.STATIC_URL, "directory": directory}


def stored_here(settings):
    from django.contrib.staticfiles.storage import StaticFilesStorage
    from django.utils.module_loading import import_string
    storages = getattr(settings, "STORAGES", {})  # Django before 4.2 has STATICFILES_STORAGE instead.
    backend = storages["staticfiles"]["BACKEND"] if "staticfiles" in storages else settings.STATICFILES_STORAGE
    return issubclass(import_string(backend), StaticFilesStorage)


def flask_static(root, application):
    if not application.has_static_folder or not application.static_url_path:
        return None
    return {"url": application.static_url_path, "directory": os.path.relpath(os.path.realpath(application.static_folder), root)}


def last_line(error):
    return traceback.format_exception_only(type(error), error)[-1].strip().splitlines()[-1]


def place(root, error):
    """The deepest line of the application's own that was being run or read, as FILE:LINE."""
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        lines.append((error.filename or "", error.lineno))
    own = [(os.path.realpath(file), line) for file, line in lines if os.path.isfile(file)]
    own = [(os.path.relpath(file, root), line) for file, line in own if file.startswith(root + os.sep)]
    return "%s:%s" % own[-1] if own else None


def missing(error):
    """Whether a module is not there at all, neither the application's own nor installed."""
    top = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return bool(top) and top not in sys.modules and importlib.util.find_spec(top) is None


def import_problem(root, error):
    said = {"problem": "import", "detail": last_line(error), "place": place(root, error), "missing": missing(error)}
    return {**said, "python": "%d.%d" % sys.version_info[:2]} if isinstance(error, (SyntaxError, ImportError)) else said


def main(root, target, answer, speaks):
    root = os.path.realpath(root)
    sys.path.insert(0, os.getcwd())
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    try:
        said = {"static": static_files(root, load(target, speaks)), "framework": "django" if django_settings() else None}
    except Problem as problem:
        said = {"problem": problem.args[0], "detail": problem.args[1]}
    except (Exception, SystemExit) as error:
        said = import_problem(root, error)
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(said, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
