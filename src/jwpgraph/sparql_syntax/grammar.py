"""The grammar of SPARQL, to find the first token of a refused text that cannot stand where it does.

The engine's parser has no tokens: it reports how far any alternative could be read, which is often the middle of a word
or the end of the text. Only refused texts are checked, and only to place the error: the engine decides what is valid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from jwpgraph.sparql_syntax.pattern_parser import SyntaxToken

#: SPARQL 1.1 Query, section 19.8, with triple terms and reifiers of SPARQL 1.2. Words in upper case are keywords,
#: names in lower case with a dot kinds of tokens. Signs are quoted.
_RULES: Final = """
Query: Prologue ( Select | Construct | Describe | Ask ) ( VALUES DataBlock )?
Prologue: ( BASE iri. | PREFIX name. iri. | VERSION string. )*
Select: SELECT SelectClause DatasetClause* WhereClause Modifiers
SubSelect: SELECT SelectClause WhereClause Modifiers ( VALUES DataBlock )?
SelectClause: ( DISTINCT | REDUCED )? ( '*' | ( variable. | '(' Expression AS variable. ')' )+ )
Construct: CONSTRUCT ( Template DatasetClause* WhereClause Modifiers | DatasetClause* WHERE Template Modifiers )
Template: '{' Triples? '}'
Describe: DESCRIBE ( VarOrIri+ | '*' ) DatasetClause* WhereClause? Modifiers
Ask: ASK DatasetClause* WhereClause Modifiers
DatasetClause: FROM ( Iri | NAMED Iri )
WhereClause: WHERE? Group
Modifiers: GroupClause? HavingClause? OrderClause? LimitClauses?
GroupClause: GROUP BY ( Call | BuiltIn | '(' Expression ( AS variable. )? ')' | variable. )+
HavingClause: HAVING Constraint+
OrderClause: ORDER BY ( ( ASC | DESC ) Brackets | Constraint | variable. )+
LimitClauses: LIMIT number. ( OFFSET number. )? | OFFSET number. ( LIMIT number. )?
Update: Prologue ( Operation ( ';' Prologue Operation )* ( ';' Prologue )? )?
Operation: Load | Clear | Create | Transfer | INSERT InsertRest | DELETE DeleteRest | WITH Iri WithRest
Load: LOAD SILENT? Iri ( INTO GRAPH Iri )?
Clear: ( CLEAR | DROP ) SILENT? ( GRAPH Iri | DEFAULT | NAMED | ALL )
Create: CREATE SILENT? GRAPH Iri
Transfer: ( ADD | MOVE | COPY ) SILENT? GraphOrDefault TO GraphOrDefault
GraphOrDefault: DEFAULT | GRAPH? Iri
InsertRest: DATA Quads | Quads UsingClause* WHERE Group
DeleteRest: DATA Quads | WHERE Quads | Quads ( INSERT Quads )? UsingClause* WHERE Group
WithRest: DELETE Quads ( INSERT Quads )? UsingClause* WHERE Group | INSERT Quads UsingClause* WHERE Group
UsingClause: USING ( Iri | NAMED Iri )
Quads: '{' Triples? ( GRAPH VarOrIri '{' Triples? '}' '.'? Triples? )* '}'
Group: '{' ( SubSelect | TriplesPath? ( NotTriples '.'? TriplesPath? )* ) '}'
NotTriples: Group ( UNION Group )* | OPTIONAL Group | MINUS Group | LATERAL Group | GRAPH VarOrIri Group | Rest
Rest: SERVICE SILENT? VarOrIri Group | FILTER Constraint | BIND '(' Expression AS variable. ')' | VALUES DataBlock
DataBlock: variable. '{' DataValue* '}' | '(' variable.* ')' '{' ( '(' DataValue* ')' )* '}'
DataValue: UNDEF | Iri | Literal | TripleTerm
Constraint: Brackets | BuiltIn | Call
Brackets: '(' Expression ')'
Call: Iri Arguments
Arguments: '(' ')' | '(' DISTINCT? Expression ( ',' Expression )* ')'
Triples: Subject ( '.' Subject? )*
Subject: Term Properties | Reified Properties? | Node Properties?
Properties: Verb Objects ( ';' ( Verb Objects )? )*
Verb: variable. | Iri | A
Objects: Object ( ',' Object )*
Object: ( Term | Reified | Node ) Annotation*
Annotation: '~' ( variable. | Iri | label. )? | '{|' Properties '|}'
Node: '(' NodeValue+ ')' | '[' Properties ']'
NodeValue: Term | Reified | Node
TriplesPath: SubjectPath ( '.' SubjectPath? )*
SubjectPath: Term PropertiesPath | Reified PropertiesPath? | NodePath PropertiesPath?
PropertiesPath: VerbPath ObjectsPath ( ';' ( VerbPath ObjectsPath )? )*
VerbPath: variable. | Path
ObjectsPath: ObjectPath ( ',' ObjectPath )*
ObjectPath: ( Term | Reified | NodePath ) AnnotationPath*
AnnotationPath: '~' ( variable. | Iri | label. )? | '{|' PropertiesPath '|}'
NodePath: '(' NodeValuePath+ ')' | '[' PropertiesPath ']'
NodeValuePath: Term | Reified | NodePath
Path: PathSequence ( '|' PathSequence )*
PathSequence: PathElement ( '/' PathElement )*
PathElement: '^'? ( Iri | A | '(' Path ')' | '!' NegatedSet ) PathModifier?
NegatedSet: NegatedStep | '(' ( NegatedStep ( '|' NegatedStep )* )? ')'
PathModifier: '?' | '*' | '+'
NegatedStep: '^'? ( Iri | A )
Reified: '<<' NodeOfTerm Verb NodeOfTerm ( '~' ( variable. | Iri | label. )? )? '>>'
TripleTerm: '<<' '(' NodeOfTerm Verb NodeOfTerm ')' '>>'
NodeOfTerm: Term | Reified
Term: variable. | TripleTerm | Iri | Literal | label. | '[' ']' | '(' ')'
VarOrIri: variable. | Iri
Iri: iri. | name.
Literal: string. ( language. | '^^' Iri )? | ( '+' | '-' )? number. | TRUE | FALSE
Expression: AndExpression ( '||' AndExpression )*
AndExpression: Relation ( '&&' Relation )*
Relation: Sum ( ( '=' | '!=' | '<=' | '>=' | '<' | '>' ) Sum | NOT? IN ExpressionList )?
ExpressionList: '(' ')' | '(' Expression ( ',' Expression )* ')'
Sum: Unary ( ( '+' | '-' | '*' | '/' ) Unary )*
Unary: ( '!' | '+' | '-' )? Primary
Primary: Brackets | BuiltIn | Iri Arguments? | variable. | Literal | '<<' '(' ExprTerm Verb ExprTerm ')' '>>'
ExprTerm: variable. | Iri | Literal | '<<' '(' ExprTerm Verb ExprTerm ')' '>>'
BuiltIn: EXISTS Group | NOT EXISTS Group | BOUND '(' variable. ')' | Aggregate | Fixed | AnyNumber '(' List ')'
Aggregate: COUNT '(' DISTINCT? ( '*' | Expression ) ')' | Total '(' DISTINCT? Expression ')' | Concatenation
Total: SUM | MIN | MAX | AVG | SAMPLE
Concatenation: GROUP_CONCAT '(' DISTINCT? Expression ( ';' SEPARATOR '=' string. )? ')'
AnyNumber: CONCAT | COALESCE
List: ( Expression ( ',' Expression )* )?
Fixed: None '(' ')' | BNODE '(' Expression? ')' | One '(' Expression ')' | Two '(' Expression ',' Expression ')' | More
More: TwoOrThree '(' Two3 ( ',' Expression )? ')' | REPLACE '(' Three ( ',' Expression )? ')' | ThreeNames '(' Three ')'
Two3: Expression ',' Expression
Three: Expression ',' Expression ',' Expression
None: RAND | NOW | UUID | STRUUID
One: STR | LANG | LANGDIR | DATATYPE | IRI | URI | ABS | CEIL | FLOOR | ROUND | STRLEN | UCASE | LCASE | OneMore
OneMore: ENCODE_FOR_URI | YEAR | MONTH | DAY | HOURS | MINUTES | SECONDS | TIMEZONE | TZ | MD5 | SHA1 | SHA256 | OneLast
OneLast: SHA384 | SHA512 | ISIRI | ISURI | ISBLANK | ISLITERAL | ISNUMERIC | HASLANG | HASLANGDIR | OneTerm
OneTerm: ISTRIPLE | SUBJECT | PREDICATE | OBJECT | ADJUST
Two: LANGMATCHES | CONTAINS | STRSTARTS | STRENDS | STRBEFORE | STRAFTER | STRLANG | STRDT | SAMETERM
TwoOrThree: SUBSTR | REGEX
ThreeNames: IF | TRIPLE | STRLANGDIR
"""
_PIECE: Final = re.compile(r"'[^']+'|[\w.]+|[()|?*+]")

#: Names of tokens in messages; those that are not here stand for themselves.
_NAMES: Final = {
    "iri.": "an IRI",
    "name.": "an IRI",
    "variable.": "a variable",
    "string.": "a literal",
    "number.": "a number",
    "label.": "a blank node",
    "language.": "a language tag",
    "A": "a",
    "TRUE": "a literal",
    "FALSE": "a literal",
}
_SIGNS: Final = ("+", "-", "*", "/", "&&", "||", "=", "!=", "<", "<=", ">", ">=", "^^", "~", "{|", "<<")
#: Tokens that continue an operand or a term; they are not listed if something else could end it.
_CONTINUING: Final = frozenset([*_SIGNS, "NOT", "IN", "DISTINCT", "REDUCED", "a language tag"])
#: Keywords that begin the operations of an update.
_OPERATIONS: Final = frozenset(["LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "INSERT", "DELETE", "WITH"])
#: More expected tokens are not listed.
_LISTED: Final = 8


class Mismatch(NamedTuple):
    """A token that cannot stand where it does.

    Attributes:
        place: the index of the token; the number of tokens if the text ends too early.
        expected: what could stand there, in the order of the grammar.
    """

    place: int
    expected: tuple[str, ...]


# An expression is a token ("'{'", "SELECT", "iri."), the name of a rule, or an operator with its operands.
_Node = str | tuple[str, tuple["_Node", ...]]


def _parse_rules() -> dict[str, _Node]:
    rules: dict[str, _Node] = {}
    for line in _RULES.strip().splitlines():
        name, _, body = line.partition(": ")
        pieces = _PIECE.findall(body)
        rules[name], end = _parse_choice(pieces, 0)
        if end != len(pieces):
            raise ValueError(f"unbalanced brackets in a rule: {line}")
    return rules


def _parse_choice(pieces: Sequence[str], at: int) -> tuple[_Node, int]:
    choices: list[_Node] = []
    items: list[_Node] = []
    while at < len(pieces) and pieces[at] != ")":
        piece = pieces[at]
        at += 1
        if piece == "|":
            choices.append(("sequence", tuple(items)))
            items = []
        elif piece in "?*+":
            items[-1] = (piece, (items[-1],))
        elif piece == "(":
            inner, at = _parse_choice(pieces, at)
            items.append(inner)
            at += 1
        else:
            items.append(piece)
    choices.append(("sequence", tuple(items)))
    return (choices[0] if len(choices) == 1 else ("choice", tuple(choices))), at


_GRAMMAR: Final = _parse_rules()
#: The keywords of the grammar, in upper case.
KEYWORDS: Final = frozenset(piece for piece in _PIECE.findall(_RULES) if piece.isupper() and piece != "A")


def find_mismatch(tokens: Sequence[SyntaxToken]) -> Mismatch | None:
    """Return the first token that the grammar allows neither in a query nor in an update; ``None`` if there is none.

    Args:
        tokens: all tokens of the text.
    """
    matcher = _Matcher(tokens)
    try:
        ends = {matcher.match("Query", 0), matcher.match("Update", 0)}
    except RecursionError:
        return None
    if len(tokens) in ends:
        return None
    return Mismatch(matcher.farthest, tuple(dict.fromkeys(matcher.expected)))


def describe_expected(expected: Sequence[str]) -> str:
    """Return a clause that lists what could stand at a mismatch, or says that the token is not allowed."""
    names = list(dict.fromkeys(_NAMES.get(item, item.strip("'")) for item in expected))
    if set(names) >= _OPERATIONS:
        names = [*(name for name in names if name not in _OPERATIONS), "an operation"]
    if len(names) > _LISTED:
        # What may begin an expression or a pattern: the keywords, mostly of functions, would hide the signs.
        names = [name for name in names if not name.isupper()]
    names = [name for name in names if name not in _CONTINUING] or names
    if not names or len(names) > _LISTED:
        return "this is not allowed here"
    return "expected " + (", ".join(names[:-1]) + " or " if len(names) > 1 else "") + names[-1]


class _Matcher:
    """Matches tokens with the grammar, whose alternatives differ in their first tokens, and records the farthest one.

    Attributes:
        farthest: index of the last token that was compared without success.
        expected: what was expected there.
    """

    def __init__(self, tokens: Sequence[SyntaxToken]) -> None:
        self._tokens = tokens
        self.farthest = 0
        self.expected: list[str] = []

    def match(self, node: _Node, at: int) -> int | None:
        """Return the index behind what *node* matches from *at* on, or ``None``."""
        while isinstance(node, str):
            if node not in _GRAMMAR:
                return self._match_token(node, at)
            node = _GRAMMAR[node]
        operator, operands = node
        if operator == "sequence":
            return self._match_sequence(operands, at)
        if operator == "choice":
            return next((end for operand in operands if (end := self.match(operand, at)) is not None), None)
        end = self.match(operands[0], at)
        if operator == "?" or end is None:
            return at if end is None and operator != "+" else end
        while end is not None and end > at:
            at = end
            end = self.match(operands[0], at)
        return at

    def _match_sequence(self, operands: Sequence[_Node], at: int) -> int | None:
        for operand in operands:
            end = self.match(operand, at)
            if end is None:
                return None
            at = end
        return at

    def _match_token(self, wanted: str, at: int) -> int | None:
        if at < len(self._tokens):
            token = self._tokens[at]
            if wanted.endswith("."):
                found = token.kind == wanted[:-1]
            elif wanted.startswith("'"):
                found = token.kind == "sign" and token.text == wanted[1:-1]
            else:
                found = token.kind == "word" and _is_keyword(token.text, wanted)
            if found:
                return at + 1
        if at > self.farthest:
            self.farthest = at
            self.expected = []
        if at == self.farthest:
            self.expected.append(wanted)
        return None


def _is_keyword(text: str, wanted: str) -> bool:
    # ``a`` is the only keyword whose case matters.
    return text == "a" if wanted == "A" else text.upper() == wanted
