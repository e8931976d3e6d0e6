"""The Reconciliation Service API 0.2 of OpenRefine (W3C Entity Reconciliation Community Group)."""
