"""SHACL validation: engines, report model, release gate, validation history, scheduled jobs and notifications.

Entry points: :class:`jwpgraph.validation.severity_gate.SeverityGate` validates a candidate release,
:func:`jwpgraph.validation.runs.perform_run` runs one job, and :class:`jwpgraph.validation.service.ValidationService`
runs jobs inside the web service.

Specification: Shapes Constraint Language (SHACL), W3C Recommendation of 20 July 2017. docs/validation.md describes the
jobs, the history and the notifications.
"""
