"""HTTP building blocks that every endpoint shares (RFC 9110, RFC 9457).

Content negotiation (:mod:`.negotiation`), conditional requests, request bodies with limits, bearer tokens, the public
address of the service, and problem responses. Entry points: :func:`.request_lifecycle.run_with_problems` runs an ASGI
application and answers its errors as problem details; :class:`.responses.CompleteResponse` sends a complete response.
"""
