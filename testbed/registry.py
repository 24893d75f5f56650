"""Whether upstream images can be pulled here."""

from __future__ import annotations

import urllib.error
import urllib.request

from testbed.process import say
from testbed.settings import NODE_IMAGE, VERSIONS, images_choice

#: The registries that the upstream images come from.
REGISTRIES = ("https://registry-1.docker.io/v2/", "https://quay.io/v2/")


def use_upstream_images() -> bool:
    """Decide between pulled and built images, and print the choice and its reason."""
    choice = images_choice()
    if choice:
        say(f"Images: {choice}, as TESTBED_IMAGES says.")
        return choice == "registry"
    silent = [registry for registry in REGISTRIES if not _answers(registry)]
    if silent:
        say(f"Images: built from source, since {silent[0].split('/')[2]} does not answer.")
        return False
    say("Images: pulled from their registries, which answer. TESTBED_IMAGES=source builds them instead.")
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - the addresses are the constants above.
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401  # A registry asks who is there before it gives anything.
    except OSError:
        return False


def node_image() -> str:
    """Return the upstream node image, or the one the user named."""
    return NODE_IMAGE or str(VERSIONS["upstream"]["node"])
