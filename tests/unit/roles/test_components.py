# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each component's manifests say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

Manifest = dict[str, Any]


def find(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    found = [each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{kind} {name}: {len(found)}"
    return found[0]


def flags(workload: Manifest) -> list[str]:
    args: list[str] = workload["spec"]["template"]["spec"]["containers"][0]["args"]
    return args


def endpoints(manifests: list[Manifest]) -> dict[str, Any]:
    file = find(manifests, "ConfigMap", "thanos-querier")["data"]["endpoints.yaml"]
    content: dict[str, Any] = yaml.safe_load(file)
    return content


def test_the_sidecar_owns_its_own_fields_only(render: Render) -> None:
    prometheus = find(render("defaults")["present"], "Prometheus", "k8s")
    thanos = prometheus["spec"].pop("thanos")
    assert prometheus == {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "k8s", "namespace": "monitoring"},
        "spec": {
            "disableCompaction": True,
            "externalLabels": {"cluster": "demo"},
            "podMetadata": {"labels": {"thanos-store-api": "true"}},
        },
    }
    assert thanos["objectStorageConfig"] == {"name": "thanos-objectstorage", "key": "thanos.yaml"}
    assert (thanos["image"], thanos["version"]) == ("quay.io/thanos/thanos:v0.42.4", "v0.42.4")
    assert thanos["additionalArgs"] == [{"name": "enable-auto-gomemlimit"}]
    assert "blockSize" not in thanos


def test_the_sidecar_with_every_option(render: Render) -> None:
    spec = find(render("every_option")["present"], "Prometheus", "main")["spec"]
    assert spec["externalLabels"] == {"cluster": 'Köln "1"', "region": "eu: 'west'"}
    assert spec["secrets"] == ["blocks"]
    thanos = spec["thanos"]
    assert (thanos["version"], thanos["blockSize"]) == ("v0.42.1", "2m")
    assert thanos["image"].startswith("registry.example.com:5000/mirror/thanos:v0.42.1-rc.0@sha256:")
    assert thanos["additionalArgs"] == [
        {"name": "shipper.upload-concurrency", "value": "2"},
        {"name": "shipper.upload-compacted"},
    ]
    assert thanos["volumeMounts"] == [{"name": "secret-blocks", "mountPath": "/etc/thanos/objstore", "readOnly": True}]


def test_the_sidecars_are_found_pod_by_pod(render: Render) -> None:
    service = find(render("defaults")["present"], "Service", "prometheus-k8s-thanos-sidecar")
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"thanos-store-api": "true", "operator.prometheus.io/name": "k8s"}
    assert {(each["name"], each["port"], each["targetPort"]) for each in service["spec"]["ports"]} >= {
        ("grpc", 10901, "grpc")
    }


def test_taking_the_sidecar_away_gives_the_fields_back_and_waits(render: Render) -> None:
    outcome = render("absent")
    bare = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "k8s", "namespace": "monitoring"},
    }
    assert outcome["present"] == [bare]
    assert outcome["workloads"] == [{"kind": "Prometheus", "name": "k8s", "namespace": "monitoring"}]
    find(outcome["absent"], "Service", "prometheus-k8s-thanos-sidecar")


def test_taking_the_sidecar_away_creates_no_prometheus(render: Render) -> None:
    outcome = render("absent_without_prometheus")
    assert outcome["present"] == []
    assert outcome["workloads"] == []


def test_the_querier_finds_sidecars_and_stores(render: Render) -> None:
    manifests = render("defaults")["present"]
    addresses = [each["address"] for each in endpoints(manifests)["endpoints"]]
    for address in addresses:
        scheme, name = address.split("+")
        port, protocol, service, namespace, *domain = name.split(".")
        assert (scheme, port, protocol, domain) == ("dnssrv", "_grpc", "_tcp", ["svc", "cluster", "local"])
        found = find(manifests, "Service", service)
        assert found["metadata"]["namespace"] == namespace
        assert "grpc" in {each["name"] for each in found["spec"]["ports"]}
    assert len(addresses) == 2


def test_the_querier_serves_http_on_9090(render: Render) -> None:
    manifests = render("defaults")["present"]
    service = find(manifests, "Service", "thanos-querier")["spec"]
    assert service["type"] == "ClusterIP"
    assert [(each["name"], each["port"], each["targetPort"]) for each in service["ports"]] == [
        ("http", 9090, "http"),
        ("grpc", 10901, "grpc"),
    ]
    assert not any("nodePort" in each for each in service["ports"])
    pod = find(manifests, "Deployment", "thanos-querier")["spec"]["template"]
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "thanos-query"
    assert [(each["name"], each["containerPort"]) for each in pod["spec"]["containers"][0]["ports"]] == [
        ("http", 10902),
        ("grpc", 10901),
    ]


def test_the_querier_loses_no_query_while_it_rolls(render: Render) -> None:
    querier = find(render("defaults")["present"], "Deployment", "thanos-querier")["spec"]
    assert querier["replicas"] == 2
    assert querier["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    pod = querier["template"]["spec"]
    sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = [
        int(flag.partition("=")[2].removesuffix("s")) for flag in flags({"spec": querier}) if "grace-period" in flag
    ]
    assert len(grace) == 2
    assert sleep + sum(grace) < pod["terminationGracePeriodSeconds"]
    assert pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]


def test_the_querier_deduplicates_by_prometheus_own_label(render: Render) -> None:
    given = {
        case: flags(find(render(case)["present"], "Deployment", "thanos-querier"))
        for case in ("defaults", "every_option")
    }
    replica_labels = {case: [each for each in args if "replica-label" in each] for case, args in given.items()}
    assert replica_labels["defaults"] == ["--query.replica-label=prometheus_replica"]
    assert replica_labels["every_option"] == [
        "--query.replica-label=prometheus_replica",
        "--query.replica-label=replica",
        "--query.replica-label=rule_replica",
    ]
    nothing = flags(find(render("no_replica_label")["present"], "Deployment", "thanos-querier"))
    assert not any("replica-label" in each for each in nothing)


def test_the_querier_with_every_option(render: Render) -> None:
    manifests = render("every_option")["present"]
    assert endpoints(manifests) == {
        "default_client_config": {"compression": "snappy"},
        "endpoints": [
            {
                "address": "dns+store.example.com:10901",
                "group": True,
                "service_config": '{"loadBalancingPolicy":"round_robin"}',
            },
            {
                "address": "query.example.com:443",
                "strict": True,
                "client_config": {"server_name": "query", "tls_config": {"ca_file": "/etc/ca/ca.crt"}},
            },
        ],
    }
    args = flags(find(manifests, "Deployment", "thanos-querier"))
    assert {
        "--query.timeout=3m",
        "--query.promql-engine=thanos",
        "--no-query.partial-response",
        "--store.response-timeout=30s",
        "--store.limits.request-series=1000000",
        "--query.enforce-tenancy",
        "--query.tenant-label-name=team",
        "--query.default-tenant-id=nobody",
    } <= set(args)
    assert not {"--query.timeout=1m30s", "--query.auto-downsampling", "--query.partial-response"} & set(args)
    service = find(manifests, "Service", "thanos-querier")["spec"]
    assert (service["type"], service["ports"][0]["port"], service["ports"][0]["nodePort"]) == ("NodePort", 80, 30090)


def test_changed_endpoints_roll_the_querier(render: Render) -> None:
    sums = {
        find(render(case)["present"], "Deployment", "thanos-querier")["spec"]["template"]["metadata"]["annotations"][
            "observability.thanos/config-checksum"
        ]
        for case in ("defaults", "every_option")
    }
    assert len(sums) == 2


def test_store_and_compactor_keep_their_data_on_a_volume(render: Render) -> None:
    for name in ("thanos-store-gateway", "thanos-compactor"):
        for case, size, storage_class in (("defaults", "Gi", None), ("every_option", "Gi", True)):
            workload = find(render(case)["present"], "StatefulSet", name)
            claim = workload["spec"]["volumeClaimTemplates"][0]
            assert claim["spec"]["resources"]["requests"]["storage"].endswith(size)
            assert ("storageClassName" in claim["spec"]) is bool(storage_class)
            container = workload["spec"]["template"]["spec"]["containers"][0]
            mount = next(each for each in container["volumeMounts"] if each["name"] == claim["metadata"]["name"])
            assert f"--data-dir={mount['mountPath']}" in container["args"]


def test_store_and_compactor_read_the_object_store_secret(render: Render) -> None:
    for name in ("thanos-store-gateway", "thanos-compactor"):
        pod = find(render("every_option")["present"], "StatefulSet", name)["spec"]["template"]["spec"]
        volume = next(each for each in pod["volumes"] if each.get("secret", {}).get("secretName") == "blocks")
        container = pod["containers"][0]
        mount = next(each for each in container["volumeMounts"] if each["name"] == volume["name"])
        assert f"--objstore.config-file={mount['mountPath']}/objstore.yml" in container["args"]


def test_a_store_is_replaced_when_the_one_before_is_known_again(render: Render) -> None:
    """The querier of this case looks names up every seven seconds."""
    assert (
        find(render("every_option")["present"], "StatefulSet", "thanos-store-gateway")["spec"]["minReadySeconds"] == 12
    )
    alone = find(render("defaults")["present"], "StatefulSet", "thanos-store-gateway")
    assert "minReadySeconds" not in alone["spec"]


def test_the_store_may_take_long_to_start(render: Render) -> None:
    store = find(render("defaults")["present"], "StatefulSet", "thanos-store-gateway")
    probe = store["spec"]["template"]["spec"]["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 1800
    service = find(render("defaults")["present"], "Service", "thanos-store-gateway")
    assert service["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize(
    ("case", "whole", "half"), [("defaults", "250MB", 131072000), ("every_option", "100MiB", 52428800)]
)
def test_an_item_of_the_index_cache_fits_into_it(render: Render, case: str, whole: str, half: int) -> None:
    args = flags(find(render(case)["present"], "StatefulSet", "thanos-store-gateway"))
    config = next(yaml.safe_load(each.partition("=")[2]) for each in args if each.startswith("--index-cache.config="))
    assert config["type"] == "IN-MEMORY"
    assert (config["config"]["max_size"], config["config"]["max_item_size"]) == (whole, f"{half}B")


def test_there_is_one_compactor(render: Render) -> None:
    for case in ("defaults", "every_option"):
        assert find(render(case)["present"], "StatefulSet", "thanos-compactor")["spec"]["replicas"] == 1


def test_the_compactor_keeps_everything_by_default(render: Render) -> None:
    args = flags(find(render("defaults")["present"], "StatefulSet", "thanos-compactor"))
    assert {f"--retention.resolution-{each}=0d" for each in ("raw", "5m", "1h")} <= set(args)
    assert "--wait" in args
    assert "--downsampling.disable" not in args


@pytest.mark.parametrize("case", ["long_retention", "without_downsampling"])
def test_a_retention_that_loses_nothing_is_accepted(render: Render, case: str) -> None:
    assert find(render(case)["present"], "StatefulSet", "thanos-compactor")


def test_without_a_registry_the_nodes_choose(render: Render) -> None:
    querier = find(render("no_registry")["present"], "Deployment", "thanos-querier")
    assert querier["spec"]["template"]["spec"]["containers"][0]["image"] == "thanos/thanos:v0.42.4"


def test_absent_leaves_what_holds_data(render: Render) -> None:
    kinds = {each["kind"] for each in render("absent")["absent"]}
    assert kinds == {"ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "StatefulSet", "ThanosRuler"}


def test_what_holds_data_is_named_apart(render: Render) -> None:
    outcome = render("all_absent")
    data = {(each["kind"], each["metadata"].get("name", "by template")) for each in outcome["data"]}
    assert data == {
        ("Namespace", "minio"),
        ("PersistentVolumeClaim", "minio-pvc"),
        ("PersistentVolumeClaim", "by template"),
        ("Secret", "minio-root"),
        ("Secret", "minio-thanos"),
        ("Secret", "thanos-objectstorage"),
    }
    prefixes = {each["metadata"]["generateName"] for each in outcome["data"] if "generateName" in each["metadata"]}
    assert prefixes == {
        "data-",
        "data-thanos-compactor-",
        "data-thanos-receive-ingestor-",
        "data-thanos-ruler-",
        "data-thanos-store-gateway-",
    }
    kinds = {each["kind"] for each in outcome["absent"]}
    assert kinds.isdisjoint({"Namespace", "PersistentVolumeClaim", "Secret"})


def test_one_variable_leaves_minio_out(render: Render) -> None:
    outcome = render("external_store")
    rest = [each for each in render("defaults")["present"] if "minio" not in each["metadata"].values()]
    rest = [each for each in rest if each["metadata"].get("namespace") != "minio"]
    assert outcome["present"] == rest, "all else is as it is beside MinIO"
    removed = {(each["kind"], each["metadata"]["namespace"]) for each in outcome["absent"]}
    assert {("Service", "minio"), ("Deployment", "minio"), ("StatefulSet", "minio")} <= removed
    assert {namespace for _kind, namespace in removed} == {"minio"}


def test_what_is_present_names_no_data(render: Render) -> None:
    assert render("defaults")["data"] == []


def test_only_what_is_to_be_waited_for_is_waited_for(render: Render) -> None:
    names = {each["name"] for each in render("every_option")["workloads"]}
    assert names == {"main", "thanos-querier", "thanos-compactor"}
    assert render("every_option")["timeout"] == 500


NAMES = {
    "thanos-querier": "Deployment",
    "thanos-query-frontend": "Deployment",
    "thanos-store-gateway": "StatefulSet",
    "thanos-compactor": "StatefulSet",
    "thanos-bucket-web": "Deployment",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_component_has_what_all_have_in_common(render: Render, name: str) -> None:
    workload = find(render("every_option")["present"], NAMES[name], name)
    assert workload["metadata"]["annotations"] == {"example.com/owner": "us: all"}
    template = workload["spec"]["template"]
    for labels in (workload["metadata"]["labels"], template["metadata"]["labels"]):
        assert (labels["cost-centre"], labels["app"]) == ("42", name), "the selector's label stays ours"
    pod = template["spec"]
    (constraint,) = pod["topologySpreadConstraints"]
    assert constraint["labelSelector"] == {"matchLabels": {"app": name}}
    container, proxy = pod["containers"]
    assert (container["name"], proxy["name"]) == ("thanos", "proxy")
    assert container["env"] == [{"name": "GOGC", "value": "50"}]
    (tracing,) = (each for each in container["args"] if each.startswith("--tracing.config="))
    assert yaml.safe_load(tracing.partition("=")[2])["config"]["endpoint"] == "otel.example.com:4317"


def test_a_service_account_is_made_only_for_workload_identity(render: Render) -> None:
    manifests = render("every_option")["present"]
    used = {
        name: find(manifests, kind, name)["spec"]["template"]["spec"]["serviceAccountName"]
        for name, kind in NAMES.items()
    }
    assert used == {**{name: name for name in NAMES}, "thanos-compactor": "thanos"}
    made = [each for each in manifests if each["kind"] == "ServiceAccount"]
    assert {each["metadata"]["name"] for each in made} == set(used.values()) - {"thanos"}
    assert all(each["metadata"]["annotations"] == {"example.com/role": "a: b"} for each in made)
    assert all(each["automountServiceAccountToken"] is False for each in made)


def caches(manifests: list[Manifest]) -> dict[str, Any]:
    args = flags(find(manifests, "Deployment", "thanos-query-frontend"))
    parts = [each.removeprefix("--").partition(".response-cache-config=") for each in args]
    return {name: yaml.safe_load(config) for name, separator, config in parts if separator}


def test_the_query_frontend_asks_the_querier_and_caches_in_memory(render: Render) -> None:
    manifests = render("defaults")["present"]
    args = flags(find(manifests, "Deployment", "thanos-query-frontend"))
    assert "--query-frontend.downstream-url=http://thanos-querier.monitoring.svc.cluster.local:9090" in args
    assert caches(manifests) == {
        "query-range": {"type": "IN-MEMORY", "config": {"max_size": "512MB", "validity": "86400s"}},
        "labels": {"type": "IN-MEMORY", "config": {"max_size": "67108864B", "validity": "86400s"}},
    }
    assert not any("partial-response" in each for each in args)
    service = find(manifests, "Service", "thanos-query-frontend")["spec"]
    assert [(each["name"], each["port"]) for each in service["ports"]] == [("http", 9090)]


def test_the_query_frontend_with_every_option(render: Render) -> None:
    manifests = render("every_option")["present"]
    args = flags(find(manifests, "Deployment", "thanos-query-frontend"))
    assert {
        "--query-frontend.downstream-url=https://query.example.com:443",
        "--query-range.split-interval=86400s",
        "--labels.split-interval=86400s",
        "--no-query-range.partial-response",
        "--query-range.max-query-length=2592000s",
        "--query-range.max-retries-per-request=2",
    } <= set(args)
    memcached = {
        "type": "MEMCACHED",
        "config": {
            "addresses": ["dnssrv+_memcached._tcp.memcached.caches.svc.cluster.example"],
            "expiration": "604800s",
            "max_item_size": "1MiB",
            "timeout": "200ms",
        },
    }
    assert caches(manifests) == {"query-range": memcached, "labels": memcached}


def test_the_query_frontend_without_a_cache(render: Render) -> None:
    args = flags(find(render("without_cache")["present"], "Deployment", "thanos-query-frontend"))
    assert not any("cache-config" in each for each in args)


@pytest.mark.parametrize(
    ("case", "url"),
    [
        ("grafana_asks_the_query_frontend", "http://thanos-query-frontend.monitoring.svc:80"),
        ("grafana_asks_the_querier_again", "http://thanos-querier.monitoring.svc:9090"),
    ],
)
def test_grafana_follows_the_query_frontend(render: Render, case: str, url: str) -> None:
    (config_map,) = (each for each in render(case)["present"] if each["kind"] == "ConfigMap")
    (datasource,) = yaml.safe_load(config_map["data"]["thanos-grafana-datasource.yaml"])["datasources"]
    assert datasource["url"] == url


def test_bucket_web_reads_the_bucket_and_marks_nothing(render: Render) -> None:
    deployment = find(render("defaults")["present"], "Deployment", "thanos-bucket-web")
    args = flags(deployment)
    assert args[:3] == ["tools", "bucket", "web"]
    assert "--disable-admin-operations" in args
    assert deployment["metadata"]["labels"]["app.kubernetes.io/component"] == "bucket-web"
    every = flags(find(render("every_option")["present"], "Deployment", "thanos-bucket-web"))
    assert {"--refresh=86400s", "--label=region", "--web.external-prefix=/blocks", "--max-time=-1h"} <= set(every)
    assert "--disable-admin-operations" not in every


def rules(workload: Manifest) -> list[dict[str, Any]]:
    [flag] = [flag for flag in flags(workload) if flag.startswith("--selector.relabel-config=")]
    return list(yaml.safe_load(flag.partition("=")[2]))


def test_each_shard_of_the_store_takes_its_part_of_all_blocks(render: Render) -> None:
    manifests = render("shards")["present"]
    shards = [find(manifests, "StatefulSet", f"thanos-store-gateway-{index}") for index in range(3)]
    assert [shard["spec"]["replicas"] for shard in shards] == [2, 2, 2]
    assert [rules(shard)[0]["modulus"] for shard in shards] == [3, 3, 3]
    assert [rules(shard)[1]["regex"] for shard in shards] == ["0", "1", "2"]


def test_the_querier_asks_one_replica_of_each_shard(render: Render) -> None:
    asked = endpoints(render("shards")["present"])["endpoints"]
    assert asked[1:] == [
        {
            "address": f"dnssrv+_grpc._tcp.thanos-store-gateway-{index}.monitoring.svc.cluster.local",
            "group": True,
        }
        for index in range(3)
    ]


def test_spans_of_time(render: Render) -> None:
    manifests = render("time_ranges")["present"]
    new, old = (flags(find(manifests, "StatefulSet", f"thanos-store-gateway-{index}")) for index in range(2))
    assert [flag for flag in new if "-time=" in flag] == ["--min-time=-6w"]
    assert [flag for flag in old if "-time=" in flag] == ["--min-time=2020-01-01T00:00:00Z", "--max-time=-6w"]
    assert not any(flag.startswith("--selector") for flag in new)
    assert (
        '--index-cache.config={"type": "MEMCACHED", "config": {"addresses": ["dns+memcached.example.com:11211"]}}'
        in new
    )


def test_a_password_is_put_in_by_thanos_and_not_by_kubernetes(render: Render) -> None:
    """Kubernetes takes $$(REDIS) for the text $(REDIS), and leaves it to Thanos."""
    store = find(render("redis")["present"], "StatefulSet", "thanos-store-gateway")
    redis = {"addr": "redis.example.com:6379", "password": "$$(REDIS)"}
    configs = {
        name: yaml.safe_load(text)
        for name, separator, text in (each.partition("=") for each in flags(store))
        if separator and "config" in name
    }
    assert configs["--index-cache.config"] == {"type": "REDIS", "config": redis}
    assert configs["--store.caching-bucket.config"] == {"type": "REDIS", "config": redis}
    assert configs["--tracing.config"]["config"] == {"access_token": "$$(REDIS)"}
    (variable,) = store["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable == {"name": "REDIS", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}}


def test_compactors_share_the_streams_and_say_how(render: Render) -> None:
    manifests = render("compactors")["present"]
    shards = [find(manifests, "StatefulSet", f"thanos-compactor-{index}") for index in range(2)]
    for index, shard in enumerate(shards):
        assert shard["spec"]["replicas"] == 1
        assert rules(shard)[0]["source_labels"] == ["cluster", "region"]
        assert (rules(shard)[0]["modulus"], rules(shard)[1]["regex"]) == (2, str(index))
        assert shard["metadata"]["annotations"]["observability.thanos/shards"] == "2 by cluster,region"


def test_merging_replicas_has_to_be_asked_for(render: Render) -> None:
    alone = find(render("defaults")["present"], "StatefulSet", "thanos-compactor")
    assert not [flag for flag in flags(alone) if "dedup" in flag or "selector" in flag]
    assert "annotations" not in alone["metadata"]
    asked = flags(find(render("compactors")["present"], "StatefulSet", "thanos-compactor-0"))
    merging = {"--deduplication.replica-label=prometheus_replica", "--deduplication.func=penalty"}
    assert merging <= set(asked)
    receive = flags(find(render("every_option")["present"], "StatefulSet", "thanos-compactor"))
    assert "--deduplication.replica-label=rule_replica" in receive
    assert not [flag for flag in receive if flag.startswith("--deduplication.func")]


def test_a_size_sets_everything_that_is_not_set_by_itself(render: Render) -> None:
    large = render("large")["present"]
    assert find(large, "Deployment", "thanos-querier")["spec"]["replicas"] == 3
    assert find(large, "PersistentVolumeClaim", "minio-pvc")["spec"]["resources"]["requests"]["storage"] == "5Ti"
    store = find(large, "StatefulSet", "thanos-store-gateway-2")
    (claim,) = store["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "500Gi", "given by itself"
    assert "--chunk-pool-size=4GB" in flags(store)
    assert {"--compact.concurrency=2", "--downsample.concurrency=4"} <= set(
        flags(find(large, "StatefulSet", "thanos-compactor"))
    )


def test_more_load_never_gets_less(render: Render) -> None:
    """Memory limits and volumes of the larger size are at least those of the smaller one."""
    units = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

    def memory(case: str) -> dict[str, int]:
        found = {}
        for each in render(case)["present"]:
            if each["kind"] in {"Deployment", "StatefulSet"}:
                limit = each["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
                found[each["metadata"]["name"].removesuffix("-0")] = int(limit[:-2]) * units[limit[-2:]]
        return found

    small, large = memory("defaults"), memory("large")
    assert small.keys() <= large.keys()
    assert all(small[name] < large[name] for name in small)
