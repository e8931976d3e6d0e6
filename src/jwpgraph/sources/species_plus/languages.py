"""Conversion of Species+ language codes to language tags (BCP 47: two letters if ISO 639-1 has them)."""

from __future__ import annotations

import re
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError

_PAIRS: Final = """
    AFR=af AMH=am ARA=ar ASM=as AZE=az BEL=be BEN=bn BOD=bo BUL=bg CAT=ca CES=cs CYM=cy DAN=da DEU=de DZO=dz ELL=el
    ENG=en EST=et EUS=eu FAO=fo FAS=fa FIJ=fj FIN=fi FRA=fr GRN=gn GUJ=gu HAU=ha HEB=he HIN=hi HRV=hr HUN=hu HYE=hy
    IKU=iu IND=id ISL=is ITA=it JPN=ja KAN=kn KAS=ks KAT=ka KAZ=kk KHM=km KIK=ki KIR=ky KOR=ko LAV=lv LIT=lt MAL=ml
    MAR=mr MKD=mk MLG=mg MLT=mt MON=mn MRI=mi MSA=ms MYA=my NEP=ne NLD=nl NOR=no ORM=om PAN=pa POL=pl POR=pt PUS=ps
    RON=ro RUS=ru SAN=sa SIN=si SLK=sk SLV=sl SMO=sm SNA=sn SOM=so SPA=es SQI=sq SRP=sr SWA=sw SWE=sv TAM=ta TEL=te
    TGK=tg TGL=tl THA=th TUK=tk TUR=tr UKR=uk URD=ur UZB=uz VIE=vi WOL=wo XHO=xh ZHO=zh ZUL=zu
"""
#: Languages that are not written in the Latin script.
_OTHER_SCRIPTS: Final = """
    am ar as be bg bn bo dz el fa gu he hi hy iu ja ka km kn ko ks ky
    mk ml mn mr my ne pa ps ru sa si ta te th uk ur zh
"""
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
_TWO_LETTERS: Final = {three: two for three, _, two in (pair.partition("=") for pair in _PAIRS.split())}


def get_language_tag(code: str, column: str) -> str:
    """Return the tag of a language.

    Raises:
        RowRejectedError: with *column*, if the code does not have two or three letters.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}", code):
        raise RowRejectedError(column, "is not a language code of two or three letters", code)
    return _TWO_LETTERS.get(code.upper(), code.lower())


def tag_as_written(tag: str, name: str) -> str:
    """Return the tag of a name; transliterations are marked: ``ru-Latn`` for ``Balaban``."""
    return f"{tag}-Latn" if tag in _OTHER_SCRIPTS.split() and _LATIN.search(name) else tag
