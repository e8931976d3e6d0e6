"""What OpenAPI says of the operations that read, held against the running service by schemathesis."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# The same examples in every run: a failure can be repeated, and others are found with more of them by hand.
FEW = settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


def test_the_service_answers_as_openapi_says(shipped) -> None:
    schema = schemathesis.openapi.from_url(f"{shipped.url}/api/openapi.json")
    checked, faults = 0, []
    for result in schema.get_all_operations():
        operation = result.ok()
        # Stored queries have tests of their own, with every parameter; what needs the token waits after a wrong one.
        if operation.method != "get" or "/queries/" in operation.path or operation.path.endswith("/deliveries"):
            continue

        @given(case=operation.as_strategy())
        def check(case) -> None:
            response = case.call(timeout=60)
            try:
                case.validate_response(response, checks=CHECKS)
            except* Exception as group:
                faults.append(f"{response.request.url}: {[str(one)[:300] for one in group.exceptions]}")

        FEW(check)()
        checked += 1
    assert faults == []
    assert checked > 60
