# What Puma and Unicorn are told to serve: the application, by a worker that says so.
run Paddock.application
