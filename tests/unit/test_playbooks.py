# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks have to name by hand, and nobody would notice if it was missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def load(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text())


def test_uninstall_takes_every_role_away() -> None:
    (play,) = load(ROOT / "playbooks" / "uninstall.yml")
    options = {name for path in (ROOT / "roles").glob("*/defaults/main.yml") for name in load(path)}
    # The internal role has its state from the role that includes it.
    states = {name for name in options if name.endswith("_state") and name.count("_component_") == 0}
    assert dict.fromkeys(states, "absent") == play["vars"]
