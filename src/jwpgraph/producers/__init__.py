"""What made the shipped species data once from exports; the service never imports it."""
