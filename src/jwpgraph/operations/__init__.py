"""Running the service: putting the parts together, access, limits, health, metrics, logs and backups."""
