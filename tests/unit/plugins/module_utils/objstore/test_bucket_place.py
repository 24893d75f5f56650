# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations that mean the same bucket, and others that do not, however they are written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.objstore.bucket_network import Network, Relation
from ansible_collections.observability.thanos.plugins.module_utils.objstore.bucket_place import Place, View, place_of
from ansible_collections.observability.thanos.plugins.module_utils.thanos.container_config import UnreadableError
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import PASSWORD, GuardedCluster, config, obj

INSIDE = "minio.minio.svc.cluster.local:9000"


def place(text: str, namespace: str = "monitoring", volume: Any = None, domain: str = "cluster.local") -> Place:
    return place_of(text, View(namespace, domain, lambda _path: volume))


def other(type_: str, **settings: Any) -> str:
    """Return the configuration of another type of object store."""
    return yaml.safe_dump({"type": type_, "config": settings})


def service(name: str, namespace: str = "minio", **spec: Any) -> Object:
    """Return a Service in front of MinIO's pods."""
    usual: dict[str, Any] = {"clusterIP": f"10.96.0.{len(name)}", "selector": {"app": "minio"}, "ports": [port()]}
    return obj("Service", namespace, name, spec={**usual, **spec})


def port(number: int = 9000, target: Any = 9000, **more: Any) -> Object:
    return {"name": "s3", "port": number, "targetPort": target, **more}


def alias(name: str, target: str) -> Object:
    return service(name, "team", type="ExternalName", externalName=target)


def balanced(**address: str) -> Object:
    return {**service("out"), "status": {"loadBalancer": {"ingress": [address]}}}


def ingress(host: str | None = "s3.example.com", **port_: Any) -> Object:
    backend = {"service": {"name": "minio", "port": port_}}
    rule = {"host": host, "http": {"paths": [{"backend": backend}]}} if host else {"host": "s3.example.com"}
    return obj("Ingress", "minio", "s3", spec={"rules": [rule], **({} if host else {"defaultBackend": backend})})


NODE: Object = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n"},
    "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.9"}]},
}


def slices(name: str, *addresses: str, namespace: str = "minio", port: int = 9000) -> Object:
    """Return the EndpointSlice of a Service."""
    labels = {"kubernetes.io/service-name": name}
    endpoints = [{"addresses": [address]} for address in addresses]
    return obj(
        "EndpointSlice",
        namespace,
        f"{name}-x",
        labels=labels,
        addressType="IPv4",
        endpoints=endpoints,
        ports=[{"name": "s3", "port": port}],
    )


@pytest.fixture
def cluster() -> GuardedCluster:
    """A cluster with MinIO behind several Services, and another S3 server."""
    found = GuardedCluster()
    found.seed(service("minio"), slices("minio", "10.1.0.1", "10.1.0.2"))
    found.seed(service("s3", "storage", selector={"app": "s3"}), slices("s3", "10.1.9.9", namespace="storage"))
    return found


def relation(cluster: GuardedCluster, one: Place, another: Place) -> Relation:
    found = Network(cluster, "cluster.local").relation(one, another)
    assert Network(cluster, "cluster.local").relation(another, one) is found, "it is the same the other way round"
    return found


@pytest.mark.parametrize(
    ("endpoint", "namespace"),
    [
        ("minio.minio.svc.cluster.local:9000", "x"),
        ("minio.minio.svc.cluster.local.:9000", "x"),
        ("MinIO.minio.SVC.cluster.local:9000", "x"),
        ("minio.minio.svc:9000", "x"),
        ("minio.minio:9000", "x"),
        ("minio:9000", "minio"),
        ("http://minio.minio.svc:9000/", "x"),
        ("http://user:password@minio.minio.svc:9000", "x"),
        ("minio-0.minio.minio.svc.cluster.local:9000", "x"),
    ],
)
def test_a_service_has_many_names(endpoint: str, namespace: str) -> None:
    """Whether it is there or not: MinIO may be about to be made."""
    empty = GuardedCluster()
    another = place(config(endpoint), namespace)
    assert relation(empty, place(config(INSIDE)), another) is Relation.SAME
    assert empty.reads == [], "names alone tell it"
    assert "password" not in str(another)


def test_another_dns_domain_is_known() -> None:
    one = place(config("minio.minio.svc.k8s.example.com:9000"), domain="k8s.example.com")
    another = place(config("minio.minio:9000"), domain="k8s.example.com")
    assert relation(GuardedCluster(), one, another) is Relation.SAME


@pytest.mark.parametrize(
    "objects",
    [
        [],
        [service("minio", selector=None)],
    ],
)
def test_the_address_of_a_service_is_its_name(cluster: GuardedCluster, objects: list[Object]) -> None:
    cluster.seed(*objects)
    assert relation(cluster, place(config(INSIDE)), place(config("10.96.0.5:9000"))) is Relation.SAME


@pytest.mark.parametrize(
    ("objects", "endpoint"),
    [
        ([alias("alias", "minio.minio.svc.cluster.local.")], "alias.team:9000"),
        ([alias("a", "b.team.svc.cluster.local"), alias("b", "minio.minio.svc.cluster.local")], "a.team:9000"),
        ([service("api")], "api.minio.svc:9000"),
        ([service("api", ports=[port(80)])], "api.minio.svc"),
        ([service("api", selector={"a": "b"}, ports=[port(80, "s3")]), slices("api", "10.1.0.2")], "api.minio:80"),
        ([service("pods", clusterIP="None"), slices("pods", "10.1.0.1")], "minio-0.pods.minio.svc:9000"),
        ([service("copy", selector=None), slices("copy", "10.1.0.1")], "copy.minio:9000"),
        ([service("minio", clusterIP="None")], "minio-0.minio.minio:9000"),
        ([], "10.1.0.2:9000"),
        ([service("out", externalIPs=["192.0.2.7"])], "192.0.2.7:9000"),
        ([balanced(ip="192.0.2.8")], "192.0.2.8:9000"),
        ([balanced(hostname="LB.example.com")], "lb.example.com:9000"),
        ([service("out", ports=[port(nodePort=30900)]), NODE], "192.0.2.9:30900"),
        ([ingress(name="s3")], "s3.example.com"),
        ([ingress(number=9000)], "S3.example.com:80"),
        ([ingress("*.example.com", number=9000)], "s3.example.com"),
        ([ingress(None, number=9000)], "s3.example.com"),
    ],
)
def test_the_ways_to_a_server_are_followed(cluster: GuardedCluster, objects: list[Object], endpoint: str) -> None:
    cluster.seed(*objects)
    assert relation(cluster, place(config(INSIDE)), place(config(endpoint), "x")) is Relation.SAME


KEYSTONE = {"container_name": "blocks", "project_name": "metrics"}
COMPARTMENT = {"bucket": "blocks", "compartment_ocid": "ocid1", "region": "eu"}
TENCENT = {"bucket": "blocks", "app_id": 125, "region": "ap-guangzhou"}
ALIYUN = {"bucket": "blocks", "endpoint": "oss-cn-hangzhou.aliyuncs.com"}
AZURE = {"container": "blocks", "storage_account": "one"}


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (config("s3.example.com", insecure=False), config("S3.Example.com:443", insecure=False)),
        (config("s3.example.com", insecure=False), config("https://s3.example.com./")),
        (config("s3.example.com"), config("s3.example.com:80")),
        (config("[2001:db8::1]:9000"), config("[2001:0db8:0::1]:9000")),
        (config("s3.amazonaws.com"), config("s3.eu-central-1.amazonaws.com", insecure=False)),
        (config("s3.dualstack.us-east-2.amazonaws.com"), config("s3-us-west-2.amazonaws.com")),
        (config("s3.us-gov-west-1.amazonaws.com"), config("s3-fips.us-gov-east-1.amazonaws.com")),
        (config("s3.cn-north-1.amazonaws.com.cn"), config("s3.cn-northwest-1.amazonaws.com.cn")),
        (config("storage.googleapis.com"), other("gcs", bucket="blocks")),
        (config("cos.ap-guangzhou.myqcloud.com", bucket="blocks-125"), other("COS", **TENCENT)),
        (other("COS", endpoint="https://blocks-125.cos.ap-guangzhou.myqcloud.com"), other("COS", **TENCENT)),
        (config("oss-cn-hangzhou-internal.aliyuncs.com"), other("ALIYUNOSS", **ALIYUN)),
        (
            other("AZURE", **{**AZURE, "storage_account": "One"}),
            other("AZURE", **AZURE, endpoint="blob.core.windows.net"),
        ),
        (
            other("SWIFT", **KEYSTONE, auth_url="https://keystone.example.com/v3"),
            other("SWIFT", **KEYSTONE, auth_url="https://keystone.example.com:443/v3/"),
        ),
        (other("OCI", **COMPARTMENT), other("OCI", **COMPARTMENT, provider="raw")),
        (config(prefix=""), config(prefix="/")),
        (config(prefix="a/b"), config(prefix="/a/b/")),
        (config(prefix=None), config(prefix="//")),
        (config(bucket=123), config(bucket="123")),
    ],
)
def test_the_same_bucket_written_differently(one: str, another: str) -> None:
    assert relation(GuardedCluster(), place(one), place(another)) is Relation.SAME


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (config(), config(bucket="other")),
        (config(prefix="a"), config()),
        (config(prefix="a"), config(prefix="a/b")),
        (config(), config("s3.storage.svc:9000")),
        (config(), config("minio.nowhere.svc:9000")),
        (config(), config("s3.amazonaws.com")),
        (config("s3.cn-north-1.amazonaws.com.cn"), config("s3.eu-central-1.amazonaws.com")),
        (config("s3.amazonaws.com"), other("GCS", bucket="blocks")),
        (other("AZURE", **AZURE), other("AZURE", **{**AZURE, "storage_account": "two"})),
    ],
)
def test_other_buckets(cluster: GuardedCluster, one: str, another: str) -> None:
    assert relation(cluster, place(one), place(another)) is Relation.OTHER


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (config("s3.example.com"), config("objects.example.com")),
        (config("minio.example.com:9000"), config("minio.example.com:9001")),
        (config(), config("s3.example.com")),
        (config(), config("192.0.2.1:9000")),
        (other("AZURE", **AZURE), other("AZURE", container="blocks")),
        (
            other("SWIFT", **KEYSTONE, auth_url="https://a"),
            other("SWIFT", container_name="blocks", auth_url="https://a"),
        ),
    ],
)
def test_nobody_knows(cluster: GuardedCluster, one: str, another: str) -> None:
    assert relation(cluster, place(one), place(another)) is Relation.UNKNOWN


def test_a_short_name_means_another_service_in_another_namespace(cluster: GuardedCluster) -> None:
    """Two teams may each have a MinIO of their own, by the same name."""
    cluster.seed(service("minio", "team-a"), service("minio", "team-b"))
    one, another = place(config("minio:9000"), "team-a"), place(config("minio:9000"), "team-b")
    assert relation(cluster, one, another) is Relation.OTHER
    assert relation(cluster, one, place(config("minio.team-a:9000"), "team-b")) is Relation.SAME


@pytest.mark.parametrize("endpoint", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000"])
def test_what_is_local_is_another_server_in_each_pod(cluster: GuardedCluster, endpoint: str) -> None:
    """It may be a proxy to the same server all the same."""
    assert relation(cluster, place(config(endpoint)), place(config(endpoint))) is Relation.UNKNOWN
    assert relation(cluster, place(config(endpoint)), place(config())) is Relation.UNKNOWN


def test_another_port_of_the_same_pods_may_be_the_same_server(cluster: GuardedCluster) -> None:
    """Such as that of a proxy with TLS."""
    cluster.seed(service("minio", ports=[port(), {"name": "tls", "port": 443, "targetPort": 9443}]))
    assert relation(cluster, place(config()), place(config("minio.minio", insecure=False))) is Relation.UNKNOWN
    cluster.seed(service("tls", ports=[port(443, 9443)]))
    assert relation(cluster, place(config()), place(config("tls.minio", insecure=False))) is Relation.UNKNOWN


def test_a_host_of_an_ingress_goes_before_a_pattern(cluster: GuardedCluster) -> None:
    elsewhere = ingress(number=9000)
    elsewhere["metadata"] = {"name": "exact", "namespace": "storage"}
    elsewhere["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = "s3"
    cluster.seed(ingress("*.example.com", number=9000), elsewhere)
    assert relation(cluster, place(config()), place(config("other.example.com"))) is Relation.SAME
    assert relation(cluster, place(config()), place(config("s3.example.com"))) is not Relation.SAME


def test_a_name_may_stand_for_a_cloud(cluster: GuardedCluster) -> None:
    cluster.seed(alias("alias", "s3.eu-central-1.amazonaws.com"))
    assert relation(cluster, place(config("s3.amazonaws.com")), place(config("alias.team"))) is Relation.SAME


def test_services_that_may_not_be_read_prove_nothing(cluster: GuardedCluster) -> None:
    cluster.forbidden = {"list services -"}
    assert relation(cluster, place(config()), place(config("s3.storage.svc:9000"))) is Relation.UNKNOWN
    assert relation(cluster, place(config()), place(config("minio.minio:9000"))) is Relation.SAME


def test_another_bucket_needs_no_look_at_the_cluster(cluster: GuardedCluster) -> None:
    assert relation(cluster, place(config()), place(config("10.96.0.5:9000", bucket="b"))) is Relation.OTHER
    assert cluster.reads == []


@pytest.mark.parametrize(
    ("volume", "another", "found"),
    [
        (("monitoring", "claim", "blocks"), ("monitoring", "claim", "blocks"), Relation.SAME),
        (("monitoring", "claim", "blocks"), ("monitoring", "claim", "other"), Relation.OTHER),
        (("monitoring", "claim", "blocks"), ("team-b", "claim", "blocks"), Relation.OTHER),
        (None, None, Relation.OTHER),
    ],
)
def test_a_directory_is_told_by_its_volume(volume: Any, another: Any, found: Relation) -> None:
    text = other("FILESYSTEM", directory="/blocks")
    assert relation(GuardedCluster(), place(text, volume=volume), place(text, volume=another)) is found


@pytest.mark.parametrize(
    "text",
    [
        "",
        PASSWORD,
        f"type: {PASSWORD}",
        f"{{secret_key:{PASSWORD}}}",
        f"type: S3\nconfig: {PASSWORD}",
        f"type: S3\nconfig: [{PASSWORD}",
        f"type: {PASSWORD}\nconfig: {{bucket: a, endpoint: b}}",
        config(endpoint=f"https://user:{PASSWORD}"),
        config(endpoint=None),
        config(bucket=None),
        config(bucket="$(BUCKET)"),
        config(endpoint="$(HOST):9000"),
    ],
)
def test_what_says_no_bucket_is_refused_without_its_content(text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        place(text)
    assert PASSWORD not in str(caught.value)


def test_a_place_is_shown_as_it_is_written_without_credentials() -> None:
    assert str(place(config("minio:9000", prefix="/a"))) == "bucket blocks with prefix a at minio:9000"
    assert str(place(config(f"https://user:{PASSWORD}@s3.example.com/x"))) == "bucket blocks at s3.example.com"
