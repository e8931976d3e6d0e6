"""The service: the web server, routing, and the builder process.

Entry points: :func:`.startup.run_server` implements ``jwpgraph serve``; :class:`.app.Application` is the ASGI
application; :class:`.builder_client.BuilderClient` builds releases in a separate process.
"""
