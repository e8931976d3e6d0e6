"""Words of questions: folding, singular forms, and stop words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from jwpgraph.http.remembering import remember

_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST_PLURAL: Final = 4
#: Plural endings and the corresponding singular endings in English, French and Spanish.
_PLURALS: Final = (
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("eaux", "eau"),
    ("aux", "al"),
    ("ces", "z"),
    ("es", ""),
    ("s", ""),
)


EntityKind = Literal["activities", "instruments", "proposals"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question.

    Attributes:
        text: the original text.
        folded: the text in lower case, without diacritics.
        start: start in the question.
        end: end in the question.
    """

    text: str
    folded: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Split *text* into words, also at apostrophes and hyphens, as the text index does."""
    return [Word(match[0], fold(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


def fold(text: str) -> str:
    """Return *text* in lower case, without diacritics."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("ø", "o"))
    return "".join(char for char in plain if not unicodedata.combining(char))


@remember(entries=16_384, longest=256)
def name_key(text: str) -> tuple[str, ...]:
    """Return the folded words of a name, for comparisons."""
    return tuple(word.folded for word in split_words(text))


def list_singulars(word: str) -> frozenset[str]:
    """Return a folded word and its possible singular forms."""
    found = {word}
    if len(word) >= _SHORTEST_PLURAL:
        found |= {word.removesuffix(plural) + singular for plural, singular in _PLURALS if word.endswith(plural)}
    return frozenset(found)


def list_spellings(word: str) -> frozenset[str]:
    """Return a folded word with its possible singular and plural forms."""
    found = set(list_singulars(word))
    for one in tuple(found):
        found |= {one + "s", one + "es"}
        found |= {one.removesuffix(end) + plural for plural, end in _PLURALS if end and one.endswith(end)}
    return frozenset(found)


def is_same_name(words: Sequence[str], name: Sequence[str]) -> bool:
    """Return whether folded words equal a name, ignoring plural, spaces and hyphens."""
    if len(words) != len(name):
        return not list_singulars("".join(words)).isdisjoint(list_singulars("".join(name)))
    return all(
        one == other or not list_singulars(one).isdisjoint(list_singulars(other))
        for one, other in zip(words, name, strict=True)
    )


@cache
def read_word_table(name: str) -> tuple[tuple[str, ...], ...]:
    """Read a table of this package, without header and comments."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(tuple(cell.strip() for cell in line.split(",")) for line in lines[1:])


def _fold_all(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


#: Words that ask for activities, instruments or amendment proposals.
KIND_WORDS: Final[Mapping[str, EntityKind]] = {
    **dict.fromkeys(_fold_all("activity activities activité activités actividad actividades jwp"), "activities"),
    **dict.fromkeys(
        _fold_all(
            "instrument instruments agreement agreements mou mous memorandum memoranda instrumento instrumentos accord "
            "accords acuerdo acuerdos mémorandum mémorandums memorando memorandos mde signatory signatories signataire "
            "signataires signatario signatarios"
        ),
        "instruments",
    ),
    **dict.fromkeys(
        _fold_all(
            "proposal proposals propose proposed proposer proponent proponents proposition propositions proposé "
            "proposée proposés proposées propuso propusieron propuesta propuestas propuesto proponente proponentes"
        ),
        "proposals",
    ),
}

#: Words at the beginning of yes/no questions.
YES_NO_WORDS: Final = _fold_all(
    "is are was were does do did has have est sont está están es son fue estaba estuvo estuvieron était tiene tienen "
    "vive viven habita habitan existe existen hay protege protegen"
)

#: Verb and pronoun of French yes/no questions.
INVERSIONS: Final = frozenset(
    (verb, pronoun)
    for verb in ("est", "sont", "vit", "vivent", "t")  # "t" of "a-t-il"
    for pronoun in ("il", "elle", "ils", "elles", "ce")
)
#: Verbs of English yes/no questions with a contracted "not".
CONTRACTED_NEGATIONS: Final = frozenset(("isn", "aren", "wasn", "weren", "doesn", "didn", "hasn", "haven"))

#: Words of questions that are not yes/no questions.
QUESTION_WORDS: Final = _fold_all(
    "what which when where who how why quel quelle quels quelles quoi où quand comment combien qué cuál cuáles cuándo "
    "dónde cómo quién pourquoi"
) - {"que"}
#: The Spanish words that ask and have another meaning without the accent, and the words in front of them.
ACCENTED_QUESTION_WORDS: Final = frozenset(("qué",))
BEFORE_QUE: Final = frozenset(("a", "con", "de", "desde", "en", "para", "por"))

#: Words before the name of a country that may be part of a longer name, and prepositions of place.
GENITIVES: Final = frozenset(("de", "du", "des", "d", "del"))
PREPOSITIONS: Final = frozenset(("in", "of", "from", "for", "en", "au", "aux", "a", "pour", "para", "within", "dans"))

#: Words that ask if an animal is extinct, and if it is native.
EXTINCT_WORDS: Final = _fold_all("extinct extincts éteint éteinte éteints éteintes extinto extinta extintos extintas")
NATIVE_WORDS: Final = _fold_all("native natif nativo nativa natifs nativos nativas")

#: Words that ask for the occurrence of an animal.
OCCURRENCE_WORDS: Final = _fold_all(
    """
    live lives living occur occurs found present presence exist exists range ranges vit vivent habite habitent présent
    présente présence trouve trouvent existe existent vive viven habita habitan encuentra encuentran hay presente
    presencia existen distribution répartition distribución native natif nativo
    """
).union(EXTINCT_WORDS, NATIVE_WORDS)

#: Words of questions whether a country has an animal: "does Kenya have lions", "are there lions in Kenya".
HAVING_WORDS: Final = _fold_all("have has had got there tiene tienen")
BEING_WORDS: Final = _fold_all(
    "is are in the an est sont il elle ils elles en au aux dans le la les l d du de es está están son el los las"
)
HAVING_PAIRS: Final = frozenset((("t", "il"), ("y", "a")))

#: Words of questions for the countries where an animal lives, besides those for its occurrence.
RANGE_STATE_WORDS: Final = _fold_all("state états estados estado aire área country countries país países nations")

#: Words that ask for the beginning of a listing.
SINCE_WORDS: Final = _fold_all(
    "since when date dates fecha fechas added move moved transferred transféré transférée transferido transferida "
    "depuis quand ajouté "
    "ajoutée ajoutés ajoutées desde cuándo añadido añadida añadidos "
    "añadidas incluyó incluyeron"
)

#: Words that ask for reservations.
RESERVATION_WORDS: Final = _fold_all(
    "reservation reservations reserved reserve reserves enter entered réserve réserves émis reserva reservas formulado"
)

#: Words that ask what is permitted, which depends on national law.
PERMISSION_WORDS: Final = _fold_all(
    """
    allow allowed permit permits permitted permission forbidden banned prohibited legal illegal hunt hunted hunting
    hunters trade traded trading buy sell sold import imported importing export exported exporting keep own kill killed
    shoot catch autorisé autorisée autorisés autorisées permis permise interdit interdite interdits interdites légal
    légale légaux illégal illégale chasser chasse commerce commercer vendre acheter importer exporter détenir tuer
    pêcher quota quotas suspension suspensions suspended suspendu cuota cuotas suspensión suspensiones suspendido
    permitido permitida permitidos prohibido prohibida ilegal cazar caza comercio comerciar vender comprar
    importar exportar tener matar pescar
    need needs needed require requires required requirement licence licences license licenses certificate certificates
    faut besoin nécessaire nécessite exige exigé certificat certificats necesito necesita necesitan necesario requiere
    requieren exigen licencia licencias certificado certificados permiso permisos
    """
)

#: Words that ask for the changes of the Appendices.
CHANGE_WORDS: Final = _fold_all(
    "amend amended amendments added removed deleted transferred change changed changes effect entered force ajouté "
    "ajoutée ajoutés ajoutées supprimé supprimée supprimés supprimées transféré transférée transférés transférées "
    "añadido "
    "añadida añadidos añadidas eliminado eliminada eliminados eliminadas suprimido suprimida suprimidos suprimidas "
    "changé changements entré entrés modifié "
    "modifications vigueur cambio cambios cambió cambiaron entró entraron enmiendas modificaciones vigor"
)

#: Those that ask for additions, and those that ask when something entered into force, and not what changed.
ADDED_WORDS: Final = _fold_all("added ajouté ajoutée ajoutés ajoutées añadido añadida añadidos añadidas")
EFFECT_WORDS: Final = _fold_all("effect entered force entré entrés vigueur entró entraron vigor")
#: Verbs before a word such as "listed" that ask what was listed at a time: "which sharks were listed in 2023".
PAST_VERBS: Final = _fold_all("was were got été fue fueron")

#: Words that ask for the reasons of a listing.
REASON_WORDS: Final = _fold_all("why pourquoi reason reasons raison raisons razón razones motivo motivos")

#: Traded parts of animals. Before the name of an animal they are part of it, as in ``ivory gull``.
PRODUCT_WORDS: Final = _fold_all(
    """
    bone bones horn horns ivory trophy trophies skin skins fin fins meat tusk
    tusks caviar os corne cornes ivoire trophée trophées peau
    peaux ailerons viande hueso huesos cuerno cuernos marfil trofeo trofeos piel pieles aletas carne
    """
)

#: Words with which a question is about listings even if it has a word of permission, as in ``legal protection``.
LISTING_WORDS: Final = _fold_all(
    """
    protect protects protected protection list listed listing listings regulate regulated cover covered status
    protège protégé protégée protégés protégées inscrit inscrite inscrits inscrites liste listé statut
    listée listés listées protege protegido protegida protegidos protegidas protección incluido incluida incluidos
    incluidas listado listada listados listadas estatus
    """
)

#: Those with which a question asks for what is listed, and not for the status of what it names.
LISTED_WORDS: Final = LISTING_WORDS - _fold_all(
    "protection listing listings status statut liste protección listado estatus"
)

#: Words of questions about the lists of both treaties, and about the Parties.
COMPARISON_WORDS: Final = _fold_all(
    "both but not non only or nor neither none without except longer anymore plus deux conventions mais seulement "
    "uniquement pas ni sans sauf dos aucun aucune ningún ninguna ninguno "
    "ambos ambas convenciones pero sólo solamente únicamente sin excepto no"
).union(CONTRACTED_NEGATIONS)
PARTY_WORDS: Final = _fold_all(
    "party parties member members membership memberships country countries join joined ratify ratified accede acceded "
    "accession become became becoming "
    "partie parties membre membres adhéré adhère adhésion ratifié devenu devenue parte partes miembro "
    "miembros países adhirió adhesión ratificó unió "
    "belong belongs appartient pertenece"
)

#: Words that deny the listing by the treaty after them, and those that restrict a list to one treaty or to both.
NEGATIONS: Final = _fold_all(
    "not non no longer anymore plus nor neither none without except pas ni sans sauf hors sin excepto aucun aucune "
    "ningún ninguna ninguno"
).union(CONTRACTED_NEGATIONS)
#: Words that ask who signed an instrument.
SIGN_WORDS: Final = _fold_all(
    "sign signs signed signe signent signé signés firma firmó firmaron firmar firmado firmados"
)
#: Words that leave out the country after them.
EXCLUSIONS: Final = _fold_all(
    "except excepting excluding but outside without dehors excepté hors sauf salvo excepto fuera sin exceptuando "
    "excluyendo"
)
ONLY_WORDS: Final = _fold_all("only seulement uniquement sólo solamente únicamente")
BOTH_WORDS: Final = _fold_all("both deux dos ambos ambas")

#: Words that ask whether animals are threatened, and pairs that do so.
THREAT_WORDS: Final = _fold_all(
    "endangered threatened vulnerable imperilled imperiled menacé menacée menacés menacées vulnérable vulnérables "
    "amenazado amenazada amenazados amenazadas vulnerables uicn iucn"
)
THREAT_PAIRS: Final = frozenset(
    (("red", "list"), ("liste", "rouge"), ("lista", "roja"), ("en", "danger"), ("in", "danger"), ("en", "peligro"))
)
#: Words around them, and those that ask for a comparison without naming the earlier day.
THREAT_PARTS: Final = _fold_all(
    "critically near of with critique crítico category catégorie categoría extinction extinción"
)
THEN_NOW: Final = frozenset(
    (("then", "and", "now"), ("avant", "et", "maintenant"), ("autrefois", "et", "aujourd"), ("antes", "y", "ahora"))
)

#: Words that ask whether any member of a group is so, in yes/no questions.
ANY_WORDS: Final = _fold_all(
    "any some certain certains certaines quelque quelques hay existe existen algún alguno alguna algunos algunas"
)

#: Stop words in the languages of the user interface.
STOP_WORDS: Final = (
    _fold_all(
        """
    a all am an and any animal animals apply applies appendices appendix app as at between by can change
    changed changes compare concern concerning concerns conservation convention could cover covered covering
    covers current currently did do does every for from give has have how i in into is it its law
    laws legal legally list listed listing listings me meeting migratory my now of on or please population
    populations protect protected protection protects regulate regulated related relevant say says show since
    species states stand status subject tell than that the their then there these they this those to today treaties
    treaty under up was were what when where which who why will with would you year

    actuel actuelle actuellement annexe annexes animal animaux après au aujourd hui aux avec ce ces cet cette
    change changé comment concerne concernent concernant contre convention couvert couverte couvrent couvre d
    dans de depuis des dit donc du elle elles en entre espèce espèces est et état il ils inscrit inscrite
    inscrites inscrits inscription juridique l la le légal légale les leur l'année liste listé listée mon ne on
    ou où par parmi pays pour population populations protection protège protégé protégée protégées protégés qu
    que quel quelle quelles quels qui quoi réunion se selon ses soit son sont sous statut sur t toute toutes
    tous traité traités un une y à année an

    actual actualmente firmado firmados conciernen concierne signed signs signé signés affect affects afectan al
    algún animales apéndice apéndices año bajo cada cambió cambio cambios como cómo con convención convenio cuál
    cuáles cuándo cubre cubren de del desde día dice donde dónde el ella ellas ellos en entre era es esta está
    estado están este estos especie especies estatus fue ha han hay hoy incluida incluido incluidas incluidos la
    las legal lista listada listado lo los más no para poblaciones población por protege protegen protegida
    protegidas protegido protegidos protección qué que quién reunión se según ser si sí sobre son su sus tiene
    tienen todas todo todos tratado tratados un una unas uno unos y ya
        """
    )
    | OCCURRENCE_WORDS
    | YES_NO_WORDS
    | QUESTION_WORDS
    | SINCE_WORDS
    | RESERVATION_WORDS
    | PERMISSION_WORDS
    | PRODUCT_WORDS
    | REASON_WORDS
    | CHANGE_WORDS
    | _fold_all(
        "compared comparison difference differences differ comparer comparaison différence différences comparar "
        "comparación diferencia diferencias genus family subspecies genre famille género familia subespecie "
        "subespecies t "
        "je droit firma firmó firmaron firmar signent signature signatures mean means signifie signifient significa "
        "significan take takes took place places happen happens held lieu lugar until till jusqu hasta "
        "ever still during over throughout within vs versus encore toujours pendant durante todavía aún alguna vez "
        "annex "
        "n s ont été avoir fueron sido been appear appears figure figurent figura figuran aparece aparecen apparaît "
        "apparaissent classé classée falta "
        "hace deal deals dealing treats traite traitent tratan trata "
        "joint jointly conjoint conjointe conjoints conjointes conjunta conjuntas conjunto conjuntos "
        "against about may might doing many number lead leads responsible combien nombre responsable puede pueden "
        "puedo peut peuvent puis cuántos cuántas número"
    )
    | ANY_WORDS
    | SIGN_WORDS
    | frozenset(KIND_WORDS)
) - {"no"}

#: Words for meetings, for those of the Parties, and for their being held.
MEETING_WORDS: Final = _fold_all(
    "meeting meetings réunion réunions session sessions reunión reuniones sesión sesiones cop cops cdp"
)
CONFERENCE_WORDS: Final = _fold_all("conference conferences conférence conférences conferencia conferencias")
HOLDING_WORDS: Final = _fold_all(
    "eu tenu tenue tenues tenus celebró celebraron celebrado celebrada celebradas tuvo tuvieron hubo"
)

#: Words that ask for each member of a group.
EVERY_WORDS: Final = _fold_all("all every each tous toutes chaque todos todas cada")

#: Pairs of words that do so: "are there", "y a-t-il", "existe-t-il", "est-ce que des".
ANY_PAIRS: Final = frozenset(
    (
        *((verb, "there") for verb in ("is", "are", "was", "were")),
        ("y", "a"),
        ("existe", "t"),
        ("existent", "t"),
        ("que", "des"),
    )
)

#: What lists have.
SPECIES_WORDS: Final = _fold_all("species espèce especie taxon")

#: Words that ask how many there are, besides "how many".
NUMBER_WORDS: Final = _fold_all("combien cuántos cuántas number nombre número")

#: Words that ask for the meaning of a term, and those around it in questions such as "what is Appendix II of CMS".
MEANING_WORDS: Final = _fold_all(
    "mean means meant meaning define defined definition definitions signifie signifient signification définition "
    "définitions significa significan significado definición definiciones"
)
DEFINING_WORDS: Final = _fold_all(
    "what is qu est ce que qué es the an of and l la le les de du des d el del los y et convention convención"
)

#: Kinds of instruments in several words.
ACTION_PLANS: Final = frozenset(
    tuple(fold(words).split())
    for words in (
        *("action plan", "action plans", "plan d action", "plans d action"),
        *("plan de acción", "planes de acción"),
    )
)

#: Words for what an activity names, which may stand beside its code.
ACTIVITY_PART_WORDS: Final = _fold_all(
    """
    audience body bodies carry carries cite cites group groups implement implemented implementing implements include
    includes involve involved involves mention mentioned mentions name named names organisation organisations
    organization organizations out partner partners programme programmes summary text title tool tools groupe groupes
    cite citent implique impliquent mentionne mentionnent nomme nomment organe organes organisme organismes outils
    partenaires texte titre citan grupo grupos herramientas implica implican incluyen involucra involucran menciona
    mencionan nombra nombran organismo organismos órgano órganos socios texto título
    """
)

TREATIES: Final = {"cms": "cms", "bonn": "cms", "cites": "cites", "washington": "cites"}

APPENDIX_WORDS: Final = frozenset(
    ("appendix", "appendices", "annex", "annexe", "annexes", "apendice", "apendices", "app")
)
APPENDIX_NUMBERS: Final = {"i": "I", "ii": "II", "iii": "III", "1": "I", "2": "II", "3": "III"}


def are_stop_words(words: Iterable[str]) -> bool:
    """Return whether all of some folded words are stop words."""
    return all(word in STOP_WORDS or word in TREATIES for word in words)
