# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person can do about the common problems of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problem import Missing

NOT_READY = "Look at the log lines and at what the readiness probe asks for."
STARTING = "See the pod's events, and whether its node and the scheduler run and have room."

_IMAGE = (
    (("ErrImageNeverPull",), "Load the image onto the nodes, or set another pull policy than Never."),
    (("InvalidImageName",), "Correct the image's registry, repository, tag or digest."),
    (
        ("unauthorized", "authorization failed", "authentication", "denied", "403 forbidden", "401"),
        "Check the image's name, and give an image pull secret that may read it, in the same namespace.",
    ),
    (("x509", "tls:"), "Make the nodes' container runtime trust the registry's certificate."),
    (
        ("no such host", "timeout", "connection refused", "network is unreachable", "dial tcp", "server misbehaving"),
        "The node cannot reach the registry: check its network and proxy, or name a mirror that it can reach.",
    ),
    (("toomanyrequests", "rate limit"), "The registry limits pulls: give an image pull secret, or use a mirror."),
    (("not found", "manifest unknown", "does not exist"), "Check the image's registry, repository, tag and digest."),
    (("no match for platform",), "Use an image that is built for the nodes' architecture."),
)

_SCHEDULING = (
    (
        ("unbound immediate persistentvolumeclaims",),
        "The volume is not provisioned: check the claim's storage class and that its provisioner runs.",
    ),
    (("volume node affinity conflict",), "The volume is bound to a node or zone where the pod may not run."),
    (("insufficient", "too many pods"), "Lower the requests, free resources, or add nodes."),
    (("anti-affinity",), "Run fewer replicas, add nodes, or relax the anti-affinity."),
    (("node affinity", "node selector"), "Label a node as the node selector or affinity asks for, or change it."),
    (("untolerated taint",), "Add a toleration for the taint, or use other nodes."),
    (("topology spread",), "Add nodes in the missing zones, or relax the topology spread constraint."),
)

_CLAIM = (
    (
        ("no space left", "insufficient", "exceeded", "quota"),
        "Ask for a smaller volume, or give the storage more room.",
    ),
    (("storageclass.storage.k8s.io", "no storage class is set"), "Name a storage class that the cluster has."),
    (("waiting for a volume",), "Check that the provisioner that it names runs; its log says more."),
)

_CREATION = (
    (("exceeded quota", "must specify"), "Raise the namespace's ResourceQuota, or change the requests and limits."),
    (
        ("violates podsecurity",),
        "Change the security context as the message says, or the namespace's pod-security.kubernetes.io labels.",
    ),
    (("serviceaccount", "service account"), "Create the ServiceAccount."),
    (("admission webhook", "failed calling webhook"), "Satisfy the admission webhook, or see that its service runs."),
    (("limitrange", "usage per"), "Set requests and limits that the namespace's LimitRange allows."),
)

#: What the log of a crash says where only a change helps: the next start ends in the same way.
_LASTING_LOG = (
    (
        ("no external labels configured",),
        "Give the Prometheus object an external label that is unique to the cluster (spec.externalLabels).",
    ),
    (("unknown long flag", "unknown short flag"), "Remove the flag: this version of the program does not know it."),
    (
        (
            "access denied",
            "accessdenied",
            "invalid access key",
            "invalidaccesskeyid",
            "access key id you provided does not exist",
            "signaturedoesnotmatch",
            "request signature we calculated does not match",
        ),
        "Check the credentials in the object store's configuration, and what they are allowed to do.",
    ),
    (
        ("nosuchbucket", "specified bucket does not exist", "bucket does not exist"),
        "Create the bucket, or correct its name in the object store's configuration.",
    ),
    (("no space left on device",), "Give the volume more room."),
    (
        ("unable to load specified ca cert", "unable to use specified client cert"),
        "Give the pod the certificate that the log names. What stands in the object store's Secret is at "
        "/etc/thanos/objstore, in Prometheus' sidecar with prometheus_thanos_sidecar_mount_objstore_secret.",
    ),
    (
        ("certificate signed by unknown authority",),
        "Give the certificates of the server's CA: those of the object store's are thanos_objstore_ca.",
    ),
)

_LOG = (
    *_LASTING_LOG,
    (
        ("permission denied", "read-only file system"),
        "Check the user, the group (fsGroup) and the mode of the files and volumes that it uses.",
    ),
    (
        ("no such host", "connection refused", "i/o timeout", "network is unreachable"),
        "It cannot reach an address: check the one that the log lines name, what serves it, and the network.",
    ),
    (("x509:", "tls:"), "Check the certificates: the log lines name the address and what is wrong."),
    (("yaml: ", "error parsing", "parsing configuration"), "Correct the configuration that the log lines name."),
)


def _match(rules: tuple[tuple[tuple[str, ...], str], ...], text: str, otherwise: str = "") -> str:
    text = text.lower()
    for needles, remedy in rules:
        if any(needle.lower() in text for needle in needles):
            return remedy
    return otherwise


def for_image(reason: str, message: str) -> str:
    """Return the remedy for an image that cannot be used."""
    return _match(_IMAGE, f"{reason} {message}", "Check the image's name, and that the nodes can pull it.")


def for_missing(missing: Missing) -> str:
    """Return the remedy for an object that is not there."""
    if missing.key:
        return f"Add the key {missing.key} to {missing.kind} {missing.name}, or name a key that it has."
    return f"Create {missing.kind} {missing.name} in this namespace, or name one that exists."


def for_config(message: str) -> str:
    """Return the remedy for a container that the kubelet does not want to create."""
    if "runAsNonRoot" in message or "non-root" in message:
        return "Set runAsUser to a user other than 0."
    return "Correct what the message names in the container's settings."


def for_scheduling(message: str) -> str:
    """Return the remedy for a pod that fits on no node."""
    return _match(_SCHEDULING, message, "See what the message says of the nodes.")


def for_claim(message: str) -> str:
    """Return the remedy for a claim that gets no volume."""
    return _match(_CLAIM, message, "Check the claim's storage class and the log of its provisioner.")


def for_creation(message: str) -> str:
    """Return the remedy for a pod that the API server refuses to create."""
    return _match(_CREATION, message, "Correct what the API server's message names.")


def for_pod(reason: str) -> str:
    """Return the remedy for a pod that failed as a whole."""
    if reason == "Evicted":
        return "Free the resource that the message names on the node, or set requests for it."
    return ""


def for_termination(pod: str, namespace: str) -> str:
    """Return the remedy for a pod that does not end."""
    return (
        "See why it does not end: its log, and whether its node runs. If nothing is to be saved by it: "
        f"`kubectl --namespace {namespace} delete pod {pod} --grace-period=0 --force`."
    )


def for_volume(reason: str, message: str) -> str:
    """Return the remedy for a volume, or a pod's network, that cannot be set up."""
    if reason == "FailedCreatePodSandBox":
        return "Check the node's network plugin and container runtime."
    if "Multi-Attach" in message:
        return "The volume is still attached to another node: it is freed when the pod there is gone."
    if "references non-existent" in message:
        return "Add the key to the Secret or ConfigMap, or name a key that it has."
    return "Check the volume, its storage class and its driver."


def for_log(lines: list[str]) -> str:
    """Return the remedy for what the last log lines say, empty where they say nothing known."""
    return _match(_LOG, "\n".join(lines))


def is_lasting(lines: list[str]) -> bool:
    """Return whether the last log lines of a crash name a cause that does not go away by itself."""
    return bool(_match(_LASTING_LOG, "\n".join(lines)))


def for_crash(reason: str, code: int | None, message: str, killed_by_probe: bool) -> str:
    """Return the remedy for a container that ends again and again."""
    if reason == "OOMKilled":
        return "Raise the container's memory limit."
    # A program that has run and ended is an Error: the file that it missed is another one.
    never_ran = reason != "Error" and ("executable file not found" in message or "no such file or directory" in message)
    if code in (126, 127) or never_ran:
        return "Check the container's command and image: the program is not there or cannot be run."
    if killed_by_probe:
        return "It is restarted because a probe fails: see the log lines, or give the probe more time."
    return "The log lines say why it ends: correct its arguments, its configuration, or what it connects to."
