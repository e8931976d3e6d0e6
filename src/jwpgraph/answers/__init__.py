"""Answers of the current release to questions about animals, countries and treaties.

Entry points: :func:`.answer.answer_question` answers a question in natural language, :func:`.results.list_results`
returns its search results, :func:`.animal_selection.select_animals` and :func:`.listing_changes.select_changes` filter
animals and listing changes, and :func:`.briefing.make_briefing` collects all records of a selection.
"""
