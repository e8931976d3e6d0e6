"""The base of the models that describe parameters and documents of the API.

Most of these two hundred models only describe responses in the OpenAPI document. Their validators are built when first
used, as building all of them takes a fifth of the time of a start.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ApiModel(BaseModel):
    """A model whose validator is built when it is first used."""

    model_config = ConfigDict(defer_build=True)
