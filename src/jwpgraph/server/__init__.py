"""The running service: a web server over the published release, and the processes that read and write it."""
