# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that are known to be harmless in Kubernetes' objects, and what a diff may show of their values.

To have a diff show more, add to FLAGS (of a command line), VARIABLES (of the environment), LABELS or ANNOTATIONS here,
or a field to harmless.py. Add nothing in which a person could write a password: no flag that takes a configuration, no
address but by `address`, no headers.
"""

from __future__ import annotations

from .concealment import Rule, address, matching, text

#: A path in a file system or of a URL, and the name of an image.
path: Rule = matching(r"/?[\w.@{}-]+(/[\w.@{}-]+)*/?|/")
image: Rule = matching(r"[a-z0-9][a-z0-9.-]*(:\d+)?(/[a-z0-9._-]+)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?")


def fields(rule: Rule, words: str) -> dict[str, Rule]:
    """Return the rule for each of the names in a text."""
    return dict.fromkeys(words.split(), rule)


def names(words: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(words.split())


#: Words of a command line that are no flags.
WORDS = names(
    """
    -c /bin/bash /bin/prometheus /bin/sh /bin/thanos /data bash bucket compact export gateway minio query
    query-frontend receive rule server sh sidecar store thanos tools web
    """
)
#: Flags of Thanos, of Prometheus and of MinIO, without their dashes. Not those of a configuration (*.config).
FLAGS: dict[str, Rule] = {
    **fields(
        text,
        """
        address alert.label-drop alertmanagers.sd-dns-interval alertmanagers.send-timeout auto-gomemlimit.ratio
        block-discovery-strategy block-files-concurrency block-meta-fetch-concurrency block-sync-concurrency
        block-viewer.global.sync-block-interval block-viewer.global.sync-block-timeout bucket-web-label
        cache-compression-type chunk-pool-size compact.blocks-fetch-concurrency compact.cleanup-interval
        compact.concurrency compact.progress-interval consistency-delay console-address deduplication.func
        deduplication.replica-label delete-delay downsample.concurrency enable-feature
        endpoint.sd-config-reload-interval eval-interval for-grace-period for-outage-tolerance grpc-address
        grpc-client-server-name grpc-client-tls-min-version grpc-compression grpc-grace-period
        grpc-server-max-connection-age grpc-server-tls-ciphers grpc-server-tls-curves grpc-server-tls-min-version
        hash-func http-address http-grace-period ignore-deletion-marks-delay index-cache-size label
        labels.default-time-range labels.max-query-parallelism labels.max-retries-per-request
        labels.response-cache-max-freshness labels.split-interval log.format log.level matcher-cache-size max-time
        min-time prometheus.get_config_interval prometheus.get_config_timeout prometheus.ready_timeout
        query-frontend.forward-header query-frontend.log-queries-longer-than query-frontend.org-id-header
        query-frontend.slow-query-logs-user-header query-frontend.vertical-shards query-range.horizontal-shards
        query-range.max-query-length query-range.max-query-parallelism query-range.max-retries-per-request
        query-range.max-split-interval query-range.min-split-interval query-range.response-cache-max-freshness
        query-range.split-interval query.conn-metric.label query.default-evaluation-interval query.default-step
        query.default-tenant-id query.http-method query.lookback-delta query.max-concurrent
        query.max-concurrent-select query.max-retries-per-request query.metadata.default-time-range query.mode
        query.partition-label query.promql-engine query.replica-label query.sd-dns-interval query.sd-interval
        query.telemetry.request-duration-seconds-quantiles query.telemetry.request-samples-quantiles
        query.telemetry.request-series-seconds-quantiles query.tenant-certificate-field query.tenant-header
        query.tenant-label-name query.timeout receive.capnproto-address receive.default-tenant-id
        receive.forward.async-workers receive.grpc-compression receive.hashrings-algorithm
        receive.hashrings-file-refresh-interval receive.lazy-retrieval-max-buffered-responses
        receive.otlp-promote-resource-attributes receive.replica-header receive.replication-factor
        receive.replication-protocol receive.split-tenant-label-name receive.tenant-certificate-field
        receive.tenant-header receive.tenant-label-name refresh reloader.method reloader.process-name
        reloader.retry-interval reloader.watch-interval remote-write.address remote-write.client-server-name
        remote-write.client-tls-min-version remote-write.server-tls-ciphers remote-write.server-tls-curves
        remote-write.server-tls-min-version resend-delay restore-ignored-label retention.resolution-1h
        retention.resolution-5m retention.resolution-raw rule-concurrent-evaluation rule-query-offset selector-label
        selector.relabel-config shipper.meta-file-name shipper.upload-concurrency storage.tsdb.max-block-duration
        storage.tsdb.min-block-duration storage.tsdb.retention.size storage.tsdb.retention.time
        store.grpc.downloaded-bytes-limit store.grpc.series-max-concurrency store.grpc.series-sample-limit
        store.grpc.touched-series-limit store.index-header-lazy-download-strategy store.limits.request-samples
        store.limits.request-series store.posting-group-max-key-series-ratio store.response-timeout
        store.sd-dns-interval store.sd-interval store.unhealthy-timeout sync-block-duration timeout
        tsdb.block-duration tsdb.block.expanded-postings-cache-size tsdb.head.expanded-postings-cache-size
        tsdb.max-exemplars tsdb.max-retention-bytes tsdb.out-of-order.cap-max tsdb.out-of-order.time-window
        tsdb.retention tsdb.too-far-in-future.time-window wait-interval
        """,
    ),
    **fields(
        path,
        """
        alert.relabel-config-file alertmanagers.config-file certs-dir config.file data-dir endpoint.sd-config-file
        grpc-client-tls-ca grpc-client-tls-cert grpc-client-tls-key grpc-server-tls-cert grpc-server-tls-client-ca
        grpc-server-tls-key http.config index-cache.config-file labels.response-cache-config-file
        objstore-parquet.config-file objstore.config-file prometheus.http-client-file
        query-frontend.downstream-tripper-config-file query-range.response-cache-config-file query.active-query-path
        query.config-file query.sd-files receive.hashrings-file receive.limits-config-file
        receive.relabel-config-file reloader.config-envsubst-file reloader.config-file reloader.rule-dir
        remote-write.client-tls-ca remote-write.client-tls-cert remote-write.client-tls-key remote-write.config-file
        remote-write.server-tls-cert remote-write.server-tls-client-ca remote-write.server-tls-key
        request.logging-config-file rule-file selector.relabel-config-file storage.tsdb.path
        store.caching-bucket.config-file store.sd-files tracing.config-file tsdb.path web.external-prefix
        web.prefix-header web.route-prefix
        """,
    ),
    **fields(
        address,
        """
        alert.query-url alertmanagers.url endpoint endpoint-group endpoint-group-strict endpoint-strict
        grpc-query-endpoint prometheus.url query query-frontend.downstream-url receive.local-endpoint store
        store-strict
        """,
    ),
}
#: Environment variables.
VARIABLES: dict[str, Rule] = {
    **fields(
        text,
        """
        GODEBUG GOGC GOMAXPROCS GOMEMLIMIT HOST_IP HOST_IP_ADDRESS LANG LC_ALL MINIO_BROWSER MINIO_DNS_CACHE_TTL
        MINIO_PROMETHEUS_AUTH_TYPE MINIO_REGION MINIO_SITE_REGION MINIO_UPDATE NODE_NAME NO_PROXY POD_IP POD_NAME
        POD_NAMESPACE TZ _MINIO_SERVER_LOCAL no_proxy
        """,
    ),
    **fields(address, "HTTPS_PROXY HTTP_PROXY http_proxy https_proxy"),
    "HOME": path,
}

#: Labels, whoever has set them: what Kubernetes, its operators and this collection tell their objects apart by.
LABELS = names(
    """
    app app.kubernetes.io/component app.kubernetes.io/instance app.kubernetes.io/managed-by app.kubernetes.io/name
    app.kubernetes.io/part-of app.kubernetes.io/version component controller-revision-hash k8s-app
    kubernetes.io/metadata.name name operator.prometheus.io/name
    operator.prometheus.io/shard pod-security.kubernetes.io/audit pod-security.kubernetes.io/enforce
    pod-security.kubernetes.io/warn pod-template-hash prometheus release role statefulset.kubernetes.io/pod-name
    thanos-ruler thanos-store-api tier version
    """
)
ANNOTATIONS = names(
    """
    deployment.kubernetes.io/revision eks.amazonaws.com/role-arn kubectl.kubernetes.io/default-container
    kubectl.kubernetes.io/restartedAt prometheus.io/path prometheus.io/port
    prometheus.io/scheme prometheus.io/scrape
    """
)
#: This collection's own labels and annotations begin so.
OWN = "observability.thanos/"
