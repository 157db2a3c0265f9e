"""A field that takes only some words of a vocabulary: what is judged is what its schema shows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class OneOf:
    """For `Annotated`: the words that the field takes. Those that depend on the order or on who sends it the process
    refuses with a code of its own (`judged` false): here they are only shown."""

    words: tuple[StrEnum, ...]
    judged: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        return core_schema.no_info_after_validator_function(self._among, schema) if self.judged else schema

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        del schema, handler
        return {"type": "string", "enum": [word.value for word in self.words]}

    def _among(self, word: StrEnum) -> StrEnum:
        if word not in self.words:
            raise ValueError(f"must be one of {', '.join(self.words)}")
        return word
