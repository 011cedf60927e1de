"""Settings of a weaker site, which meets every fault with the same page."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.promises.untold_urls"
