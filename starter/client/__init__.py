"""The Python client: `OrderClient`."""

from starter.client.orders import OrderClient as OrderClient
