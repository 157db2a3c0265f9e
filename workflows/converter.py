"""How this engine's payloads and failures look on the wire: plain JSON, and refusals without a trace of our code."""

from dataclasses import replace
from typing import Final

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter

from workflows.messages.refusal import Code


class FailureConverter(DefaultFailureConverter):
    """The SDK's own, but a refusal is an answer, not an accident: its stack would bury the sentence in every client."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        super().to_failure(exception, payload_converter, failure)
        if failure.application_failure_info.type in tuple(Code):
            failure.stack_trace = ""


DATA_CONVERTER: Final[DataConverter] = replace(pydantic_data_converter, failure_converter_class=FailureConverter)
"""What every worker and client of this engine speaks."""
