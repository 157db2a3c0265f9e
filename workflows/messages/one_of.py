"""A field that takes only some words of a vocabulary: what is judged is what its schema shows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from workflows.messages.complaints import Complaint, one_of


@dataclass(frozen=True)
class OneOf:
    """For `Annotated`: the words that the field takes. Those that depend on the order or on who sends it the process
    refuses with a code of its own (`judged` false): here they are only shown."""

    words: tuple[StrEnum, ...]
    judged: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._among, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        del schema, handler
        return {"type": "string", "enum": [word.value for word in self.words]}

    def _among(self, given: Any, read: ValidatorFunctionWrapHandler) -> Any:
        try:
            word = read(given)
        except ValidationError:
            raise Complaint(one_of(self.words, given)) from None
        if self.judged and word not in self.words:
            raise Complaint(one_of(self.words, given))
        return word
