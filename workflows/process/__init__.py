"""The process of an order as a pure function. No await, no clock, no I/O, no temporalio; rules live here."""
