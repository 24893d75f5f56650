# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What thanos_size sets: the defaults of options, by size and role. docs/sizing.md derives them."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]


def _resources(cpu: str, memory: str, cpu_limit: str, memory_limit: str) -> Values:
    """Return requests and limits of a container, in Kubernetes' quantities."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu_limit, "memory": memory_limit}}


SIZES: dict[str, dict[str, Values]] = {
    "small": {
        "minio": {
            "storage_size": "100Gi",
            "drive_size": "50Gi",
            "resources": _resources("100m", "256Mi", "2", "2Gi"),
        },
        "prometheus_thanos_sidecar": {"resources": _resources("20m", "64Mi", "1", "1Gi")},
        "thanos_querier": {
            "replicas": 2,
            "resources": _resources("50m", "128Mi", "2", "2Gi"),
        },
        "thanos_query_frontend": {
            "cache_size": "512MB",
            "resources": _resources("50m", "128Mi", "2", "1Gi"),
        },
        "thanos_store": {
            "shards": 1,
            "replicas": 1,
            "index_cache_size": "250MB",
            "chunk_pool_size": "1GB",
            "storage_size": "10Gi",
            "resources": _resources("50m", "256Mi", "2", "4Gi"),
        },
        "thanos_compactor": {
            "compact_concurrency": 1,
            "downsample_concurrency": 1,
            "storage_size": "100Gi",
            "resources": _resources("50m", "256Mi", "2", "4Gi"),
        },
        "thanos_receive": {
            "replicas": 3,
            "storage_size": "50Gi",
            "resources": _resources("100m", "512Mi", "2", "4Gi"),
            "router_resources": _resources("50m", "128Mi", "2", "1Gi"),
        },
        "thanos_bucket_web": {"resources": _resources("10m", "64Mi", "1", "512Mi")},
    },
    "medium": {
        "minio": {
            "storage_size": "1Ti",
            "drive_size": "512Gi",
            "resources": _resources("500m", "1Gi", "4", "4Gi"),
        },
        "prometheus_thanos_sidecar": {"resources": _resources("100m", "256Mi", "2", "2Gi")},
        "thanos_querier": {
            "replicas": 2,
            "resources": _resources("500m", "1Gi", "4", "4Gi"),
        },
        "thanos_query_frontend": {
            "cache_size": "2GB",
            "resources": _resources("200m", "1Gi", "2", "4Gi"),
        },
        "thanos_store": {
            "shards": 1,
            "replicas": 2,
            "index_cache_size": "1GB",
            "chunk_pool_size": "4GB",
            "storage_size": "50Gi",
            "resources": _resources("500m", "4Gi", "4", "12Gi"),
        },
        "thanos_compactor": {
            "compact_concurrency": 2,
            "downsample_concurrency": 2,
            "storage_size": "300Gi",
            "resources": _resources("500m", "4Gi", "4", "12Gi"),
        },
        "thanos_receive": {
            "replicas": 3,
            "storage_size": "100Gi",
            "resources": _resources("500m", "8Gi", "4", "16Gi"),
            "router_resources": _resources("200m", "512Mi", "4", "2Gi"),
        },
        "thanos_bucket_web": {"resources": _resources("20m", "128Mi", "1", "512Mi")},
    },
    "large": {
        "minio": {
            "storage_size": "5Ti",
            "drive_size": "2560Gi",
            "resources": _resources("2", "4Gi", "8", "8Gi"),
        },
        "prometheus_thanos_sidecar": {"resources": _resources("200m", "512Mi", "4", "4Gi")},
        "thanos_querier": {
            "replicas": 3,
            "resources": _resources("1", "2Gi", "8", "8Gi"),
        },
        "thanos_query_frontend": {
            "cache_size": "4GB",
            "resources": _resources("500m", "2Gi", "4", "8Gi"),
        },
        "thanos_store": {
            "shards": 3,
            "replicas": 2,
            "index_cache_size": "2GB",
            "chunk_pool_size": "4GB",
            "storage_size": "100Gi",
            "resources": _resources("1", "6Gi", "4", "16Gi"),
        },
        "thanos_compactor": {
            "compact_concurrency": 2,
            "downsample_concurrency": 4,
            "storage_size": "1536Gi",
            "resources": _resources("2", "12Gi", "8", "32Gi"),
        },
        "thanos_receive": {
            "replicas": 6,
            "storage_size": "200Gi",
            "resources": _resources("2", "16Gi", "8", "32Gi"),
            "router_resources": _resources("500m", "1Gi", "8", "4Gi"),
        },
        "thanos_bucket_web": {"resources": _resources("50m", "256Mi", "1", "1Gi")},
    },
}


def size_values(size: str) -> dict[str, Values]:
    """Return the values of a size by role and option; those of small for a size that there is not.

    The argument spec refuses such a size, for which Ansible reads the options' defaults before.
    """
    return SIZES.get(size, SIZES["small"])
