# The machine's own configuration of Gunicorn, with connections kept: for longer than nginx keeps them.
with open("{{ config }}", encoding="utf-8") as file:
    exec(file.read())

keepalive = 75
# Kept ones count.
worker_connections = 1000
