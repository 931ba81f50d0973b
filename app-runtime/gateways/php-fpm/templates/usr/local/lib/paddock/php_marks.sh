#!/bin/sh
# php_marks.sh begin MASTER | end: marks each process of the pool, which is there before its first request; at the end it says whose request was cut.
if [ "$1" = begin ]; then
  for status in $(grep -ls "^PPid:[[:space:]]*$2\$" /proc/[0-9]*/status); do
    worker=${status#/proc/}
    mark=$RUNTIME_DIRECTORY/${worker%/status}
    # Whole and its owner's before it has its name: a worker has requests already, and writes its mark itself when it is first.
    printf '\0\0\0' > "$mark.new" && chown app:app "$mark.new" && mv -n "$mark.new" "$mark"
    rm -f "$mark.new"
  done
else
  cut=0
  for mark in "$RUNTIME_DIRECTORY"/*; do
    [ "$(head -c 1 "$mark" 2>/dev/null | od -An -tu1 | tr -d ' ')" = 1 ] && cut=$((cut + 1))
  done
  [ "$cut" = 0 ] || echo "cut $cut requests at the request budget" >&2
fi
