"""HTML pages, rendered on the server and readable without scripts.

Entry point: :data:`.routes.router`. Specifications: HTML, WCAG 2.2, Content Security Policy Level 3.
"""
