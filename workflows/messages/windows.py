"""Windows of the terms, as a start input names them, and what is said of one that is none."""

from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from workflows.messages.complaints import Complaint
from workflows.messages.durations import MAX_DURATION, Span, read_span
from workflows.messages.sentences import say


def _window(given: object) -> Span:
    """The duration that `given` names, at most `MAX_DURATION`."""
    if isinstance(given, Span):
        return given
    if not isinstance(given, str):
        raise Complaint(say('must be a text such as "PT72H" or "5 business days"'))
    span = read_span(given)
    if span is None:
        raise Complaint(say('must be an ISO 8601 duration such as "PT72H" or "P15D", or "5 business days"'))
    if span.length > MAX_DURATION or span.business_days > MAX_DURATION.days:
        raise Complaint(say("must be at most {days} days", days=MAX_DURATION.days))
    return span


def _positive(span: Span) -> Span:
    if span.empty:
        raise Complaint(say("must be longer than zero"))
    return span


_Shown = WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT72H", "5 business days"]})
_Written = PlainSerializer(str, return_type=str)
Duration = Annotated[Span, PlainValidator(_window), AfterValidator(_positive), _Written, _Shown]
"""A window that lasts longer than zero."""
DurationOrZero = Annotated[Span, PlainValidator(_window), _Written, _Shown]
