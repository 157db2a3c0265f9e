"""`python localstripe_here.py PORT`: localstripe on loopback, with nothing in it. No test lives here.

Its own command listens on every interface of the machine, and writes all it knows into one file for all its processes.
"""

import sys

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app


def _keep_nothing(_: Store) -> None:
    """Each process of a test begins empty, and ends with the test."""


if __name__ == "__main__":
    Store.dump_to_disk = _keep_nothing
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
