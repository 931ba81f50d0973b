"""Imports an application as Gunicorn would and says, as JSON, whether it can serve and where its static files are.

    python probe.py ROOT CALLABLE ANSWER

ROOT is a copy of the application that may be written into, the working directory the folder that it runs in. The answer
has either "problem" (with "detail"), or "static": null, or {"url", "directory"} with the directory relative to ROOT.
"""
import asyncio
import importlib
import json
import os
import sys
import traceback


class Problem(Exception):
    """Why the application cannot be deployed: a word for what kind, and a detail."""


def load(target):
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
    if asyncio.iscoroutinefunction(application) or asyncio.iscoroutinefunction(getattr(application, "__call__", None)):
        raise Problem("asgi", type(application).__name__)
    return application


def static_files(root, application):
    if "django" in sys.modules:
        from django.conf import settings
        if settings.configured:
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


def main(root, target, answer):
    root = os.path.realpath(root)
    sys.path.insert(0, os.getcwd())
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    try:
        said = {"static": static_files(root, load(target))}
    except Problem as problem:
        said = {"problem": problem.args[0], "detail": problem.args[1]}
    except (Exception, SystemExit) as error:
        said = {"problem": "import", "detail": last_line(error)}
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(said, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
