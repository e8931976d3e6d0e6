"""Extraction of the texts of templates and code into the message catalogues: ``make messages``.

The output depends only on the texts: sorted, without line numbers and dates, so that a repeated run changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from jwpgraph.entities import entity_types
from jwpgraph.programme.alignment_decisions import AlignmentRecord
from jwpgraph.programme.field_labels import make_field_label
from jwpgraph.programme.record_models import KINDS, Record
from jwpgraph.taxonomy import discrepancies
from jwpgraph.taxonomy.coverage import FIELDS
from jwpgraph.web import editor, problem_types, table_definitions
from jwpgraph.web.labels.properties import LABELS
from jwpgraph.web.labels.tables import list_labels
from jwpgraph.web.languages import INTERFACE
from jwpgraph.web.steward.record_forms import list_choices_of
from jwpgraph.web.translation import get_catalogue_path

PACKAGE: Final = Path(__file__).resolve().parents[1]
#: Problems that people meet as a page are raised by these packages; their titles are messages, too.
_METHODS: Final = [
    ("web/templates/**.html", "jinja2"),
    ("web/**.py", "python"),
    ("answers/**.py", "python"),
    ("entities/**.py", "python"),
    ("linked_data/**.py", "python"),
    ("http/**.py", "python"),
    ("taxon_facets/**.py", "python"),
    ("taxonomy/**.py", "python"),
]
_OPTIONS: Final = {"web/templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
_KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "mark_for_translation": None,
    "ProblemError": (2,),
    "explain": None,
}
_HEADER: Final = r"""# The interface in {name}; make messages keeps this file.
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural}\n"

"""


def gather_messages() -> Catalog:
    """Return all messages of templates and code, without translations."""
    found = Catalog()
    extracted = extract_from_dir(PACKAGE, _METHODS, _OPTIONS, _KEYWORDS, comment_tags=("Translators:",))
    for _, _, message, comments, context in extracted:
        found.add(message, auto_comments=comments, context=context)
    for text in _list_texts_of_tables():
        found.add(text)
    return found


def _list_texts_of_tables() -> Iterator[str]:
    """Return the texts that are not literals in code: labels of types and properties, lists, choices, examples."""
    yield from (text for kind in entity_types.KINDS for text in (kind.singular_label, kind.plural_label))
    yield from (text for labels in LABELS.values() for text in labels)
    yield from list_labels()
    yield from table_definitions.list_messages()
    yield from editor.list_messages()
    yield from problem_types.list_messages()
    yield from discrepancies.MESSAGES
    yield from _list_form_texts()
    yield from (one.title[:1].upper() + one.title[1:] for one in FIELDS)


def _list_form_texts() -> Iterator[str]:
    """Return the texts of forms made from the models of records: help texts and choices."""
    models: list[type[Record]] = [*KINDS.values(), AlignmentRecord]
    for model in models:
        for name, field in model.model_fields.items():
            yield make_field_label(name)
            if field.description:
                yield field.description
            yield from (choice.replace("-", " ") for choice in list_choices_of(model, name))


def read_catalogue(language: str) -> Catalog:
    """Return the present catalogue of *language*; an empty one if there is none."""
    path = get_catalogue_path(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_catalogue(language: str, messages: Catalog) -> str:
    """Return the text of the catalogue of *language* with exactly *messages*."""
    found = read_catalogue(language)
    found.update(messages, no_fuzzy_matching=True)
    found.obsolete.clear()
    text = BytesIO()
    write_po(text, found, width=120, no_location=True, omit_header=True, sort_output=True)
    head = _HEADER.format(name=INTERFACE[language], language=language, plural=found.plural_forms)
    return head + text.getvalue().decode().strip() + "\n"


def list_untranslated(language: str) -> Iterator[Message]:
    """Return the messages without a translation."""
    for message in read_catalogue(language):
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(texts):
            yield message


def main() -> int:
    """Write the catalogues and print the untranslated messages."""
    messages = gather_messages()
    missing = 0
    for language in INTERFACE:
        if language == "en":
            continue
        path = get_catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(update_catalogue(language, messages), "utf-8")
        lacking = [str(message.id) for message in list_untranslated(language)]
        missing += len(lacking)
        sys.stdout.writelines(f"{language}: not translated: {message!r}\n" for message in lacking)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
