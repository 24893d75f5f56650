# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cases that the roles are rendered in, and the options that they have to refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

EVERY_OPTION: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("every_option.yml").read_text())
COMPONENTS = [
    "prometheus_thanos_sidecar",
    "thanos_querier",
    "thanos_query_frontend",
    "thanos_store",
    "thanos_compactor",
    "thanos_bucket_web",
]
ALL_ROLES = ["minio", "thanos_objstore", *COMPONENTS, "grafana_datasource"]
#: Rendered apart from the others.
MORE_ROLES = ["thanos_receive", "thanos_ruler"]
GROUPS = [{"name": "global", "rules": [{"record": "up:count", "expr": "count(up)"}]}]
REDIS = {"addr": "redis.example.com:6379", "password": "$(REDIS)"}
ABSENT: dict[str, Any] = {
    "thanos_ruler_method": "statefulset",
    **{f"{role}_state": "absent" for role in [*COMPONENTS, *MORE_ROLES]},
}

#: Grafana's datasource beside a query frontend.
BEHIND: dict[str, Any] = {
    "grafana_datasource_method": "sidecar",
    "thanos_components": ["thanos_query_frontend", "grafana_datasource"],
}


def _case(roles: list[str], **variables: Any) -> dict[str, Any]:
    return {"case_roles": roles, **variables}


CASES: dict[str, dict[str, Any]] = {
    "defaults": _case(ALL_ROLES, thanos_cluster_name="demo"),
    "other_prometheus": _case(
        ["prometheus_thanos_sidecar", "thanos_querier"],
        thanos_cluster_name="demo",
        case_prometheus={"others_with_sidecar": ["batch"]},
    ),
    "everything": _case(
        [*ALL_ROLES, *MORE_ROLES],
        thanos_cluster_name="demo",
        thanos_components=[*ALL_ROLES, *MORE_ROLES],
        thanos_ruler_method="statefulset",
        thanos_ruler_groups=GROUPS,
    ),
    "every_option": _case(
        [*ALL_ROLES, *MORE_ROLES], case_prometheus={"namespace": "prometheus", "name": "main"}, **EVERY_OPTION
    ),
    "distributed_minio": _case(
        [*ALL_ROLES, *MORE_ROLES],
        case_prometheus={"namespace": "prometheus", "name": "main"},
        **{**EVERY_OPTION, "minio_mode": "distributed"},
    ),
    "distributed_minio_defaults": _case(["minio"], minio_mode="distributed"),
    "unmonitored_minio": _case(["minio"], minio_metrics=True, minio_service_monitor="never"),
    "absent": _case([*COMPONENTS, *MORE_ROLES], **ABSENT),
    "all_absent": _case([*ALL_ROLES, *MORE_ROLES], minio_state="absent", thanos_objstore_state="absent", **ABSENT),
    "receive": _case(
        ["thanos_querier", "thanos_receive"],
        thanos_components=["thanos_querier", "thanos_receive"],
        thanos_cluster_name="demo",
        thanos_receive_tenant_hashrings=[{"name": "team-a", "tenants": ["a", "b"], "replicas": 4}],
    ),
    "ruler_by_operator": _case(["thanos_ruler"], thanos_ruler_method="operator", thanos_cluster_name="demo"),
    "stateless_ruler": _case(
        ["thanos_ruler"],
        thanos_ruler_method="statefulset",
        thanos_ruler_groups=GROUPS,
        thanos_ruler_remote_write=[{"url": "http://receive:19291", "headers": {"Authorization": "Bearer $(TOKEN)"}}],
        thanos_ruler_extra_env=[{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "receive", "key": "token"}}}],
    ),
    "ruler_by_operator_absent": _case(["thanos_ruler"], thanos_ruler_method="operator", thanos_ruler_state="absent"),
    "external_store": _case(
        ALL_ROLES, minio_state="absent", thanos_objstore_endpoint="s3.example.com", thanos_cluster_name="demo"
    ),
    "keys_of_an_object_store": _case(
        ["thanos_objstore"],
        thanos_objstore_endpoint="s3.example.com",
        thanos_objstore_prefix="demo",
        thanos_objstore_access_key_id="an-access-key",
        thanos_objstore_secret_access_key="a-secret-key",
    ),
    "azure": _case(
        ["thanos_objstore"],
        thanos_objstore_type="AZURE",
        thanos_objstore_config={"container": "blocks", "max_retries": 3},
        thanos_objstore_credentials_secret={"namespace": "vault", "name": "azure"},
    ),
    "existing_objstore_secret": _case(["thanos_objstore"], thanos_objstore_existing_secret="of-others"),
    "absent_without_prometheus": _case(["prometheus_thanos_sidecar"], case_prometheus={"found": False}, **ABSENT),
    "shards": _case(["thanos_querier", "thanos_store"], thanos_store_shards=3, thanos_store_replicas=2),
    "time_ranges": _case(
        ["thanos_querier", "thanos_store"],
        thanos_store_time_ranges=[{"min_time": "-6w"}, {"max_time": "-6w", "min_time": "2020-01-01T00:00:00Z"}],
        thanos_store_index_cache_type="MEMCACHED",
        thanos_store_index_cache_config={"addresses": ["dns+memcached.example.com:11211"]},
    ),
    "redis": _case(
        ["thanos_store"],
        thanos_store_index_cache_type="REDIS",
        thanos_store_index_cache_config=REDIS,
        thanos_store_caching_bucket={"type": "REDIS", "config": REDIS},
        thanos_store_tracing={"type": "LIGHTSTEP", "config": {"access_token": "$(REDIS)"}},
        thanos_store_extra_env=[{"name": "REDIS", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}}],
    ),
    "compactors": _case(
        ["thanos_compactor"],
        thanos_compactor_shards=2,
        thanos_compactor_shard_labels=["cluster", "region"],
        thanos_compactor_deduplication_replica_labels=["prometheus_replica"],
    ),
    "no_replica_label": _case(["thanos_querier"], case_prometheus={"replica_label": ""}),
    "no_registry": _case(["thanos_querier"], thanos_image_registry=""),
    "grafana_asks_the_query_frontend": _case(["grafana_datasource"], **BEHIND, thanos_query_frontend_service_port=80),
    "grafana_asks_the_querier_again": _case(["grafana_datasource"], **BEHIND, thanos_query_frontend_state="absent"),
    "large": _case(ALL_ROLES, thanos_size="large", thanos_store_storage_size="500Gi"),
    "without_cache": _case(["thanos_query_frontend"], thanos_query_frontend_cache="none"),
    "long_retention": _case(
        ["thanos_compactor"], thanos_compactor_retention_raw="40h", thanos_compactor_retention_5m="10d"
    ),
    "without_downsampling": _case(
        ["thanos_compactor"], thanos_compactor_retention_raw="1h", thanos_compactor_downsampling=False
    ),
}

#: Role, its options, and what the error has to say.
REFUSED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "moving_tag": ("thanos_store", {"thanos_image_tag": "latest"}, ["thanos_image_tag is 'latest'", "v0.42.4"]),
    "moving_sidecar_tag": (
        "prometheus_thanos_sidecar",
        {"thanos_image_tag": "main"},
        ["thanos_image_tag is 'main'", "v0.42.4"],
    ),
    "no_object_store": (
        "thanos_objstore",
        {"minio_state": "absent"},
        ["minio_state is 'absent'", "thanos_objstore_endpoint is 'minio.minio.svc.cluster.local:9000'"],
    ),
    "no_cluster_name": (
        "prometheus_thanos_sidecar",
        {"thanos_cluster_name": ""},
        ["thanos_cluster_name is ''", "unique"],
    ),
    "second_cluster_label": (
        "prometheus_thanos_sidecar",
        {"prometheus_thanos_sidecar_external_labels": {"cluster": "x"}},
        ["prometheus_thanos_sidecar_external_labels", "thanos_cluster_name"],
    ),
    "replica_label": (
        "prometheus_thanos_sidecar",
        {"prometheus_thanos_sidecar_external_labels": {"prometheus_replica": "x"}},
        ["prometheus_thanos_sidecar_external_labels", "prometheus_replica"],
    ),
    "no_compactor": (
        "thanos_compactor",
        {"thanos_compactor_shards": 0},
        ["thanos_compactor_shards is '0'", "1 or more"],
    ),
    "shards_by_nothing": (
        "thanos_compactor",
        {"thanos_compactor_shards": 2, "thanos_compactor_shard_labels": []},
        ["thanos_compactor_shard_labels is empty", "external labels"],
    ),
    "shards_by_replica": (
        "thanos_compactor",
        {
            "thanos_compactor_shards": 2,
            "thanos_compactor_shard_labels": ["replica"],
            "thanos_compactor_deduplication_replica_labels": ["replica"],
        },
        ["thanos_compactor_shard_labels", "replica", "merged"],
    ),
    "no_shard": ("thanos_store", {"thanos_store_shards": 0}, ["thanos_store_shards is '0'", "1 or more"]),
    "time_range": (
        "thanos_store",
        {"thanos_store_time_ranges": [{"min_time": "six weeks"}]},
        ["thanos_store_time_ranges", "six weeks", "-6w"],
    ),
    "cache_without_address": (
        "thanos_store",
        {"thanos_store_index_cache_type": "REDIS"},
        ["thanos_store_index_cache_type is 'REDIS'", "thanos_store_index_cache_config"],
    ),
    "caching_bucket_without_type": (
        "thanos_store",
        {"thanos_store_caching_bucket": {"config": {}}},
        ["thanos_store_caching_bucket has no type"],
    ),
    "password_of_the_index_cache": (
        "thanos_store",
        {
            "thanos_store_index_cache_type": "REDIS",
            "thanos_store_index_cache_config": {"addr": "redis:6379", "password": "hunter2"},
        },
        ["thanos_store_index_cache_config.password is given in clear text", "thanos_store_extra_env"],
    ),
    "password_of_the_caching_bucket": (
        "thanos_store",
        {
            "thanos_store_caching_bucket": {"type": "REDIS", "config": {"addr": "redis:6379", "password": "$(REDIS)"}},
            "thanos_store_extra_env": [{"name": "REDIS", "value": "hunter2"}],
        },
        ["thanos_store_caching_bucket.config.password is $(REDIS)", "thanos_store_extra_env has to take"],
    ),
    **{
        f"token_for_traces_of_{role}": (
            role,
            {f"{role}_tracing": {"type": "LIGHTSTEP", "config": {"access_token": "hunter2"}}, **options},
            [f"{role}_tracing.config.access_token is given in clear text", f"{role}_extra_env"],
        )
        for role, options in {
            "thanos_querier": {},
            "thanos_receive": {},
            "thanos_ruler": {"thanos_ruler_method": "operator"},
        }.items()
    },
    "downloaded_bytes": (
        "thanos_store",
        {"thanos_store_max_downloaded_bytes": "5"},
        ["thanos_store_max_downloaded_bytes is '5'", "GB"],
    ),
    "node_port": (
        "thanos_querier",
        {"thanos_querier_service_type": "NodePort", "thanos_querier_service_node_port": 60000},
        ["thanos_querier_service_node_port is '60000'", "between 30000 and 32767"],
    ),
    "node_port_of_cluster_ip": (
        "thanos_querier",
        {"thanos_querier_service_node_port": 30000},
        ["thanos_querier_service_node_port is '30000'", "NodePort or LoadBalancer"],
    ),
    "service_type": (
        "thanos_querier",
        {"thanos_querier_service_type": "Ingress"},
        ["thanos_querier_service_type", "NodePort"],
    ),
    "no_querier": ("thanos_querier", {"thanos_querier_replicas": 0}, ["thanos_querier_replicas is '0'", "1 or more"]),
    "wrong_type": ("thanos_querier", {"thanos_querier_replicas": "two"}, ["thanos_querier_replicas", "int"]),
    "duration": ("thanos_querier", {"thanos_querier_timeout": "2 minutes"}, ["thanos_querier_timeout", "'2 minutes'"]),
    "strict_name": (
        "thanos_querier",
        {"thanos_querier_extra_endpoints": [{"address": "dns+a:1", "strict": True}]},
        ["dns+a:1", "strict"],
    ),
    "service_config": (
        "thanos_querier",
        {"thanos_querier_extra_endpoints": [{"address": "a:1", "service_config": "{}"}]},
        ["a:1", "group"],
    ),
    "ignored_client_config": (
        "thanos_querier",
        {"thanos_querier_extra_endpoints": [{"address": "dns+a:1", "client_config": {"server_name": "a"}}]},
        ["dns+a:1", "client_config", "group"],
    ),
    "endpoint_without_address": (
        "thanos_querier",
        {"thanos_querier_extra_endpoints": [{"group": True}]},
        ["address", "thanos_querier_extra_endpoints"],
    ),
    "cache_size": (
        "thanos_store",
        {"thanos_store_index_cache_size": "250"},
        ["thanos_store_index_cache_size is '250'", "MB"],
    ),
    "unknown_component": (
        "thanos_store",
        {"thanos_components": ["thanos_store", "thanos_stores"]},
        ["thanos_components", "thanos_stores", "thanos_query_frontend"],
    ),
    "size": ("thanos_store", {"thanos_size": "huge"}, ["thanos_size", "small, medium, large", "huge"]),
    "memcached_nowhere": (
        "thanos_query_frontend",
        {"thanos_query_frontend_cache": "memcached"},
        ["thanos_query_frontend_memcached_addresses is empty"],
    ),
    "no_query_frontend": (
        "thanos_query_frontend",
        {"thanos_query_frontend_replicas": 0},
        ["thanos_query_frontend_replicas is '0'", "1 or more"],
    ),
    "downstream_credentials": (
        "thanos_query_frontend",
        {"thanos_query_frontend_downstream_url": "http://me:hunter2@querier:9090"},
        ["thanos_query_frontend_downstream_url", "credentials"],
    ),
    "split_interval": (
        "thanos_query_frontend",
        {"thanos_query_frontend_split_interval": "0"},
        ["thanos_query_frontend_split_interval is '0'", "longer than 0"],
    ),
    "refresh": ("thanos_bucket_web", {"thanos_bucket_web_refresh": "often"}, ["thanos_bucket_web_refresh", "'often'"]),
    "raw_retention": (
        "thanos_compactor",
        {"thanos_compactor_retention_raw": "39h"},
        ["thanos_compactor_retention_raw is '39h'", "40h", "thanos_compactor_downsampling"],
    ),
    "five_minute_retention": (
        "thanos_compactor",
        {"thanos_compactor_retention_5m": "9d23h"},
        ["thanos_compactor_retention_5m is '9d23h'", "10d"],
    ),
    "one_hour_retention": (
        "thanos_compactor",
        {"thanos_compactor_retention_1h": "1w"},
        ["thanos_compactor_retention_1h is '1w'", "10d"],
    ),
    "retention": (
        "thanos_compactor",
        {"thanos_compactor_retention_raw": "for ever"},
        ["thanos_compactor_retention_raw", "'for ever'"],
    ),
    "delete_delay": (
        "thanos_compactor",
        {"thanos_compactor_delete_delay": "-1h"},
        ["thanos_compactor_delete_delay", "'-1h'"],
    ),
    "replication_factor": (
        "thanos_receive",
        {"thanos_receive_replicas": 2},
        ["thanos_receive_replication_factor is '3'", "default", "thanos_receive_replicas"],
    ),
    "replication_factor_of_a_tenant": (
        "thanos_receive",
        {"thanos_receive_tenant_hashrings": [{"name": "small", "tenants": ["a"], "replicas": 2}]},
        ["thanos_receive_replication_factor is '3'", "small", "thanos_receive_tenant_hashrings"],
    ),
    "no_replication": (
        "thanos_receive",
        {"thanos_receive_replication_factor": 0},
        ["thanos_receive_replication_factor is '0'", "1 or more"],
    ),
    "no_ingestor": (
        "thanos_receive",
        {"thanos_receive_replication_factor": 0, "thanos_receive_replicas": 0},
        ["thanos_receive_replicas", "at least as many"],
    ),
    "no_router": ("thanos_receive", {"thanos_receive_router_replicas": 0}, ["thanos_receive_router_replicas is '0'"]),
    "tenant_twice": (
        "thanos_receive",
        {
            "thanos_receive_tenant_hashrings": [
                {"name": "one", "tenants": ["a", "b"]},
                {"name": "two", "tenants": ["b"]},
            ]
        },
        ["thanos_receive_tenant_hashrings", "'a', 'b', 'b'", "once"],
    ),
    "hashring_twice": (
        "thanos_receive",
        {"thanos_receive_tenant_hashrings": [{"name": "default", "tenants": ["a"]}]},
        ["thanos_receive_tenant_hashrings", "'default'", "once"],
    ),
    "hashring_name": (
        "thanos_receive",
        {"thanos_receive_tenant_hashrings": [{"name": "Team A", "tenants": ["a"]}]},
        ["thanos_receive_tenant_hashrings", "'Team A'", "lower-case"],
    ),
    "hashring_without_tenants": (
        "thanos_receive",
        {"thanos_receive_tenant_hashrings": [{"name": "idle", "tenants": []}]},
        ["thanos_receive_tenant_hashrings", "without tenants", "idle"],
    ),
    "series_limit": (
        "thanos_receive",
        {"thanos_receive_limits": {"tenants": {"a": {"head_series_limit": 5}}}},
        ["thanos_receive_limits", "meta_monitoring_url"],
    ),
    "unknown_limit": (
        "thanos_receive",
        {"thanos_receive_limits": {"tenant": {}}},
        ["tenant", "thanos_receive_limits"],
    ),
    "receive_retention": (
        "thanos_receive",
        {"thanos_receive_retention": "5h"},
        ["thanos_receive_retention is '5h'", "6h"],
    ),
    "out_of_order_window": (
        "thanos_receive",
        {"thanos_receive_out_of_order_window": "a while"},
        ["thanos_receive_out_of_order_window", "'a while'"],
    ),
    "receive_label": (
        "thanos_receive",
        {"thanos_receive_external_labels": {"tenant_id": "x"}},
        ["thanos_receive_external_labels", "'tenant_id'"],
    ),
    "minio_mode": ("minio", {"minio_mode": "cluster"}, ["minio_mode", "standalone, distributed", "cluster"]),
    "too_few_drives": (
        "minio",
        {"minio_mode": "distributed", "minio_replicas": 3},
        ["minio_replicas is 3", "minio_drives_per_pod is 1", "3 drives", "at least 4"],
    ),
    "drives_that_cannot_be_divided": (
        "minio",
        {"minio_mode": "distributed", "minio_replicas": 17},
        ["minio_replicas is 17", "from 2 to 16", "divides all drives"],
    ),
    "drives_that_need_every_pod": (
        "minio",
        {"minio_mode": "distributed", "minio_replicas": 2, "minio_drives_per_pod": 2},
        ["minio_replicas is 2", "without one pod 2 are", "Take more pods"],
    ),
    "drive_size": (
        "minio",
        {"minio_mode": "distributed", "minio_drive_size": "much"},
        ["minio_drive_size is 'much'", "Gi"],
    ),
    "no_rules": (
        "thanos_ruler",
        {"thanos_ruler_method": "statefulset"},
        ["thanos_ruler_groups is '[]'", "thanos_ruler_method"],
    ),
    "rule_without_expression": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_groups": [{"name": "a", "rules": [{"record": "b"}]}]},
        ["thanos_ruler_groups", "group a, rule 1 has no expr"],
    ),
    "alertmanager_with_password": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_alertmanager_urls": ["http://u:hunter2@alertmanager:9093"]},
        ["thanos_ruler_alertmanager_urls", "alertmanagers.config-file"],
    ),
    "remote_write_with_secret": (
        "thanos_ruler",
        {
            "thanos_ruler_method": "operator",
            "thanos_ruler_remote_write": [{"url": "http://h:19291", "headers": {"Authorization": "Bearer hunter2"}}],
        },
        ["thanos_ruler_remote_write[0].headers.Authorization is given in clear text", "thanos_ruler_extra_env"],
    ),
    **{
        f"secrets_in_pods_of_{role}": (
            role,
            {
                f"{role}_extra_args": {
                    "tracing.config": "config: {headers: {X-Scope-Token: hunter2}}",
                    "a.url": "http://hunter2@h",
                },
                f"{role}_extra_env": [{"name": "REDIS_PASS", "value": "hunter2"}],
                f"{role}_extra_containers": [
                    {"name": "proxy", "image": "proxy:1", "args": ["--client-secret", "hunter2"]}
                ],
                f"{role}_pod_annotations": {"example.com/wiki": "https://u:hunter2@wiki"},
                **options,
            },
            [
                f"{role}_extra_args.tracing.config.config.headers.X-Scope-Token is given in clear text",
                f"{role}_extra_args.a.url is given in clear text",
                f"{role}_extra_env[0].value (REDIS_PASS) is given in clear text",
                f"{role}_extra_containers[0].args[1] is given in clear text",
                f"{role}_pod_annotations",
            ],
        )
        for role, options in {
            "thanos_querier": {},
            "thanos_query_frontend": {},
            "thanos_store": {},
            "thanos_compactor": {},
            "thanos_bucket_web": {},
            "thanos_receive": {},
            "thanos_ruler": {"thanos_ruler_method": "operator"},
        }.items()
    },
    "secret_in_the_sidecars_arguments": (
        "prometheus_thanos_sidecar",
        {"prometheus_thanos_sidecar_extra_args": {"prometheus.http-client": "basic_auth: {password: hunter2}"}},
        ["prometheus_thanos_sidecar_extra_args.prometheus.http-client.basic_auth.password", "a file from a Secret"],
    ),
    "secret_in_the_routers_arguments": (
        "thanos_receive",
        {"thanos_receive_router_extra_args": {"remote-write.client-secret": "hunter2"}},
        ["thanos_receive_router_extra_args.remote-write.client-secret", "thanos_receive_extra_env"],
    ),
    "secret_in_the_limits": (
        "thanos_receive",
        {"thanos_receive_limits": {"global": {"meta_monitoring_http_client": {"basic_auth": {"password": "hunter2"}}}}},
        ["thanos_receive_limits.global.meta_monitoring_http_client.basic_auth.password", "a file from a Secret"],
    ),
    "secret_in_an_endpoint": (
        "thanos_querier",
        {"thanos_querier_extra_endpoints": [{"address": "dns+u:hunter2@h:10901", "strict": True}]},
        ["thanos_querier_extra_endpoints[0].address is given in clear text", "'h:10901'"],
    ),
    "password_of_memcached": (
        "thanos_query_frontend",
        {
            "thanos_query_frontend_cache": "memcached",
            "thanos_query_frontend_memcached_addresses": ["a:1,u:hunter2@b:2"],
        },
        ["thanos_query_frontend_memcached_addresses[0] is given in clear text"],
    ),
    "password_in_minios_annotations": (
        "minio",
        {"minio_pod_annotations": {"example.com/wiki": "https://u:hunter2@wiki"}},
        ["minio_pod_annotations"],
    ),
    "password_as_minios_user": (
        "minio",
        {"minio_root_user": "hunter2=", "minio_user_access_key": "hunter2,"},
        ["minio_root_user needs at least 3 characters", "minio_user_access_key needs at least 3 characters"],
    ),
    "settings_without_a_space": (
        "thanos_objstore",
        {"thanos_objstore_config": {"max_retries": 1, "secret_key:hunter2": None}},
        ["thanos_objstore_config: key 2 of 2 is not known to Thanos, without a space after its colon"],
    ),
    "encryption_without_a_space": (
        "thanos_objstore",
        {"thanos_objstore_sse_config": {"encryption_key:hunter2": None}},
        ["thanos_objstore_sse_config: key 1 of 1 is not known to Thanos"],
    ),
    "encryption_type": (
        "thanos_objstore",
        {"thanos_objstore_sse_config": {"type": "hunter2"}},
        ["thanos_objstore_sse_config.type has to be one of SSE-S3, SSE-KMS, SSE-C"],
    ),
    "password_as_the_type": (
        "thanos_objstore",
        {"thanos_objstore_type": "hunter2"},
        ["thanos_objstore_type is not one that Thanos knows; it has to be one of S3, GCS"],
    ),
    "password_as_the_lookup": (
        "thanos_objstore",
        {"thanos_objstore_bucket_lookup_type": "hunter2"},
        ["thanos_objstore_bucket_lookup_type has to be one of auto, virtual-hosted, path"],
    ),
    "password_in_the_endpoint": (
        "thanos_objstore",
        {"thanos_objstore_endpoint": "https://u:hunter2@s3.example.com"},
        ["thanos_objstore_endpoint holds more than an address"],
    ),
    "keys_in_place_of_a_secret": (
        "thanos_objstore",
        {"thanos_objstore_credentials_secret": {"secret_key:hunter2": None, "name": "x"}},
        ["thanos_objstore_credentials_secret has to name a Secret", "access_key_field"],
    ),
    "key_among_the_certificates": (
        "thanos_objstore",
        {"thanos_objstore_ca": "-----BEGIN PRIVATE KEY-----\nhunter2"},
        ["thanos_objstore_ca holds a private key"],
    ),
    "rule_without_a_space": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_groups": [{"name": "a", "rules": [{"expr:hunter2": None}]}]},
        ["group a, rule 1: key 1 of 1 is unknown"],
    ),
    "alertmanager_without_scheme": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_alertmanager_urls": ["alertmanager:9093"]},
        ["thanos_ruler_alertmanager_urls", "'alertmanager:9093'", "http://"],
    ),
    "ruler_retention": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_retention": "5h"},
        ["thanos_ruler_retention is '5h'", "thanos_ruler_block_duration (2h)"],
    ),
    "ruler_interval": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_evaluation_interval": "0s"},
        ["thanos_ruler_evaluation_interval is '0s'"],
    ),
    "ruler_label": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_external_labels": {"thanos_ruler_replica": "x"}},
        ["thanos_ruler_external_labels", "'thanos_ruler_replica'"],
    ),
    "ruler_method": ("thanos_ruler", {"thanos_ruler_method": "deployment"}, ["thanos_ruler_method", "statefulset"]),
    "no_ruler": (
        "thanos_ruler",
        {"thanos_ruler_method": "operator", "thanos_ruler_replicas": 0},
        ["thanos_ruler_replicas is '0'"],
    ),
}
