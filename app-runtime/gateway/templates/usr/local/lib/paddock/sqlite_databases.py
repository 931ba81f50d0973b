"""Finds, copies and puts back SQLite databases. Run as the application's user, so that nothing in its folder can lead root astray.

    python3 -I sqlite_databases.py find FOLDER           writes [{"path", "bytes", "mode"}, ...] as JSON, paths below the folder
    python3 -I sqlite_databases.py copy SOURCE TARGET    a consistent copy, while others write to the source
    python3 -I sqlite_databases.py put TARGET MODE       makes standard input the database; nobody may have it open
"""
import json
import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from urllib.parse import quote

MAGIC = b"SQLite format 3\0"
# Folders below the application's own that are looked into.
DEPTH = 8
TEMPORARY = (".paddock-part", ".part", ".tmp", ".swp", "~")


def find(folder):
    found = [describe(path, os.path.relpath(path, folder)) for path in sorted(files(folder, DEPTH)) if is_database(path)]
    json.dump(found, sys.stdout)


def files(folder, depth):
    """Files that may be databases: one is some pages large, of 512 bytes or a multiple of it."""
    try:
        entries = list(os.scandir(folder))
    except (PermissionError, FileNotFoundError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth > 0:
                yield from files(entry.path, depth - 1)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(TEMPORARY) and size(entry.path) % 512 == 0:
            yield entry.path


def is_database(path):
    try:
        # What was a file may be a link or a pipe by now.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with open(descriptor, "rb") as file:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and file.read(len(MAGIC)) == MAGIC


def describe(path, name):
    # What a checkpoint has not yet brought from the log into the database is part of it.
    return {"path": name, "bytes": size(path) + size(path + "-wal"), "mode": stat.S_IMODE(os.lstat(path).st_mode)}


def size(path):
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:
        return 0


def copy(source, target):
    # Never one that is not there by now: sqlite3 would make it.
    with closing(sqlite3.connect("file:%s?mode=rw" % quote(source), uri=True)) as one, closing(sqlite3.connect(target)) as other:
        # In one step: page by page, each write of somebody else would begin it anew.
        one.backup(other)


def put(target, mode):
    folder = os.path.dirname(target)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    part = target + TEMPORARY[0]
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        os.fchmod(descriptor, int(mode))
        os.fsync(descriptor)
    # Before the rename: SQLite would play an old log into the new database.
    for log in ("-wal", "-shm", "-journal"):
        if os.path.lexists(target + log):
            os.unlink(target + log)
    os.rename(part, target)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


if __name__ == "__main__":
    {"find": find, "copy": copy, "put": put}[sys.argv[1]](*sys.argv[2:])
