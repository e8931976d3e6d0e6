"""Running a stored query: parameters are bound as terms, the rows come in a total order."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.stored_queries.files import StoredQuery, read_stored_queries
from jwpgraph.stored_queries.parameters import bind_parameters
from jwpgraph.stored_queries.tables import Table


@cache
def get_columns(query: StoredQuery) -> tuple[str, ...]:
    """Return the columns of a query's answer: what it selects, without the parameters that always have a value.

    Raises:
        ValueError: the query is no SELECT.
    """
    solutions = ox.Store().query(query.text)
    if not isinstance(solutions, ox.QuerySolutions):
        raise ValueError(f"{query.name} is not a SELECT query")  # noqa: TRY004 - the text is wrong, not a type
    always = {parameter.name for parameter in query.parameters if parameter.presence != "optional"}
    return tuple(variable.value for variable in solutions.variables if variable.value not in always)


def make_unknown_query_problem(name: str) -> ProblemError:
    """Return the problem that no query is called *name*."""
    names = ", ".join(query.name for query in read_stored_queries()[:3])
    return ProblemError("not-found", "Not found", f"No query {name!r}; for example {names}.", status=404)


async def bind(site: AppContext, query: StoredQuery, given: dict[str, str]) -> dict[str, QueryTerm]:
    """Return the terms of the *given* values; raises as :func:`bind_parameters`."""
    return await bind_parameters(site, query.parameters, given)


async def run(site: AppContext, query: StoredQuery, terms: dict[str, QueryTerm]) -> Table:
    """Return the whole answer of a query.

    Args:
        site: where it is evaluated.
        query: which.
        terms: the values of its parameters.

    Raises:
        ProblemError: a limit or the query's budget was broken, or ``workers-unavailable`` (503) where nothing here can
            evaluate a query with parameters.
    """
    if site.bound is None:
        raise ProblemError("workers-unavailable", "No query workers", "no query can be bound here", status=503)
    rows = await site.bound.select_bound(query.text, terms, query.budget)
    return Table.sort(get_columns(query), query.order, rows)
