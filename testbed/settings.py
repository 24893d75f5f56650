"""Paths, versions and choices of the testbed."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
#: Everything the testbed makes in the checkout; git-ignored.
PRODUCTS = ROOT / ".testbed"
BIN = PRODUCTS / "bin"
LOGS = PRODUCTS / "log"
CRDS = PRODUCTS / "crds"
KUBECONFIG = PRODUCTS / "kubeconfig"
#: Variables of the roles that differ from their defaults here; inventories/demo reads them.
IMAGE_VARIABLES = PRODUCTS / "images.json"

VERSIONS: dict[str, Any] = tomllib.loads((HERE / "versions.toml").read_text())

#: Checkouts side by side have clusters of their own.
CLUSTER = os.environ.get("TESTBED_CLUSTER") or (
    "observability-thanos-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]
)
NODE_CONTAINER = f"{CLUSTER}-control-plane"
#: A node image of the user's own, in place of the upstream or the built one.
NODE_IMAGE = os.environ.get("TESTBED_NODE_IMAGE", "")


class TestbedError(Exception):
    """What went wrong and what to do about it, for the person at the terminal."""


def images_choice() -> str:
    """Return the forced choice of images, 'registry' or 'source', or an empty string for none."""
    choice = os.environ.get("TESTBED_IMAGES", "")
    if choice not in ("", "registry", "source"):
        raise TestbedError(f"TESTBED_IMAGES is {choice!r}: allowed are 'registry' and 'source'.")
    return choice
