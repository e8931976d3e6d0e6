"""The validation service as a dependency of route handlers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from jwpgraph.validation.service import ValidationService


async def get_validation(request: Request) -> ValidationService:
    """Return the validation service of the application that serves *request*."""
    service: ValidationService = request.app.state.validation
    return service


#: The type of the parameter by which a handler receives the validation service.
Validation = Annotated[ValidationService, Depends(get_validation)]
