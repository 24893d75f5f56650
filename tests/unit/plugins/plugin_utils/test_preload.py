# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import multiprocessing

from ansible_collections.observability.thanos.plugins.plugin_utils.preload import spare_collections


def test_a_tasks_own_process_leaves_alone_what_it_inherits() -> None:
    spare_collections()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(gc.get_freeze_count) > 0
    assert gc.get_freeze_count() == 0, "Ansible's main process looks for garbage as ever"
