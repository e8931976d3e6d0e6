"""Execution of SPARQL 1.1 queries in worker processes that can be killed, with limits and a result cache.

Entry points: :class:`.query_results.QueryResults` answers a query from the cache or the pool;
:class:`.pool.WorkerPool` evaluates queries; :class:`.local_reader.LocalGraphReader` is what the API and the pages read
the graph through (:class:`.queries.GraphReader`). Design: ``docs/isolation.md``.
"""
