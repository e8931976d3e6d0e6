"""Operation of the service: health endpoints, metrics, logs, audit trail, backups, and construction of the builder.

Entry points: :class:`.health.HealthEndpoints` (``/healthz``, ``/readyz``, ``/metrics``), :class:`.audit.AuditTrail`,
:func:`.backup.create_backup` and :func:`.backup.restore_backup`, :func:`.builder_factory.make_builder`.
"""
