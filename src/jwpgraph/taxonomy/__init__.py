"""Taxon concepts of the two taxonomies, their alignments, and the legal status of taxa computed from listing events.

Entry points: :func:`.snapshot.read_about` and :func:`.snapshot.read_all` read a :class:`.snapshot.TaxonomySnapshot`;
:func:`.animal_status.compute_animal_status` computes the legal status on a day, :mod:`.listing_periods` the periods of
listing, and :func:`.assessment.assess_alignments` the discrepancy report. The rules of the replay are described in
``docs/decisions/0005-replay.md``.
"""
