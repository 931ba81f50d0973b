def child_exit(server, worker):
    # A worker that was killed cannot take its mark away. One that never loaded the application has none.
    try:
        os.remove(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)))
    except FileNotFoundError:
        pass


