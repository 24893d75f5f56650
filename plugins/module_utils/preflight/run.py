# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the cluster before anything is changed, and tells all that would go wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..adopt.findings import Permission, takeover_findings
from ..apply.prune import is_object_store, lists_of
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import CLAIM, DEPLOYMENT, NAMESPACE, POD, PROMETHEUS, REPLICA_SET, SECRET, STORAGE_CLASS, Resource
from ..minio.layout import WantedLayout, layout_finding
from ..objstore.endpoint import ObjectStore
from ..objstore.other_compactors import Question
from ..objstore.secret import read_existing
from ..redaction.secret_keys import key_names
from ..requests.errors import ClusterError
from ..rollout import remedies
from .compactors import compactor_findings, written_secret
from .dry_run import DryRun, dry_run_findings, is_denied, message_of, try_apply, try_pod
from .kinds import Kind, kind_of, read_kinds, unknown_kinds, version_problem
from .object_store import object_store_finding, service_finding
from .owner import TO_MERGE, is_taken_over, merging_problem, owner_of
from .permissions import (
    EVERYTHING,
    Right,
    Rights,
    is_allowed,
    is_missing,
    missing_rights,
    need_for_workloads,
    user_name,
)
from .remote_writers import WRITERS, takes_samples, writer_findings
from .selectors import foreign_pods, selector_of
from .volumes import claims_of, class_findings

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

T = TypeVar("T")
U = TypeVar("U")

#: As many requests at once; the client keeps about as many connections.
THREADS = 8
#: What a replaced object leaves behind, some of which has to go then.
LEFT_BEHIND = {"Deployment": REPLICA_SET, "StatefulSet": POD}
EXPECTED = {resource.kind: resource for resource in (SECRET, DEPLOYMENT)}


@dataclass(frozen=True)
class Plan:
    """What the run is about to do."""

    manifests: list[Object] = field(default_factory=list)
    absent: list[Object] = field(default_factory=list)
    workloads: list[Mapping[str, Any]] = field(default_factory=list)
    #: Rights besides those on the manifests: namespace, group, resource, name, verbs.
    rights: list[Mapping[str, Any]] = field(default_factory=list)
    #: Objects that others make and the run needs: kind, namespace, name, key, option.
    expected: list[Mapping[str, Any]] = field(default_factory=list)
    #: A Secret with an object-store configuration that somebody else writes: namespace, name, key.
    objstore_secret: Mapping[str, str] | None = None
    object_store: ObjectStore | None = None
    #: The object-store Secret that the run writes: namespace, name, key, type, config without credentials, prefix.
    written_objstore: Mapping[str, Any] | None = None
    cluster_domain: str = "cluster.local"
    #: The MinIO that is among the manifests.
    minio: WantedLayout | None = None
    #: What was found out before.
    problems: list[str] = field(default_factory=list)
    force_conflicts: bool = False
    replace_immutable: bool = False
    adopt: bool = False
    #: What is missing may be made by what check mode does not run: then it is worth a warning only.
    check_mode: bool = False


@dataclass
class Report:
    """What was found."""

    version: str
    findings: list[Finding]
    #: Objects that could only be changed by being replaced: kind, namespace, name, fields.
    immutable: list[dict[str, Any]]


def preflight(cluster: Cluster, plan: Plan) -> Report:
    """Check everything; nothing is changed, since every write is a dry run.

    Raises ClusterError where the API cannot be reached or does not tell its kinds.
    """
    cluster.dry_run = True
    wanted = plan.minio
    unfit = _quietly(lambda: layout_finding(cluster, wanted), None) if wanted else None
    if unfit:
        # What else would go wrong with it comes from that, and its remedies would lose the data.
        rest = [each for each in plan.manifests if not is_object_store(each)]
        plan = replace(plan, manifests=rest)
    with ThreadPoolExecutor(THREADS) as pool:
        report = _Preflight(cluster, plan, pool).run()
    report.findings[:0] = _found([unfit])
    return report


class _Preflight:
    def __init__(self, cluster: Cluster, plan: Plan, pool: ThreadPoolExecutor) -> None:
        self._cluster = cluster
        self._plan = plan
        self._pool = pool
        self._kinds: dict[Kind, Resource] = {}
        self._namespaces: dict[str, Object | None] = {}
        self._may: Callable[[Right, str], bool] = lru_cache(None)(self._ask)
        self._is_admin = False

    def run(self) -> Report:
        plan = self._plan
        everything = [*plan.manifests, *plan.absent]
        version = self._start(_quietly, lambda: self._cluster.read("/version"), None)
        is_admin = self._start(self._ask, EVERYTHING, "")
        store = self._start(self._object_store)
        secret = self._start(self._objstore_secret)
        compactors = self._start(self._other_compactors)
        names = sorted(self._namespaces_of(everything))
        namespaces = self._start_each(self._namespace, names)
        for kinds in self._each(self._read_kinds, sorted({each["apiVersion"] for each in everything})):
            self._kinds.update(kinds)
        self._namespaces = dict(zip(names, _results(namespaces), strict=True))
        self._is_admin = is_admin.result()

        findings = _found([version_problem(version.result())])
        findings += unknown_kinds(plan.manifests, self._kinds, is_error=not plan.check_mode)
        findings += self._namespace_findings()
        findings += self._takeover()
        classes = self._start(self._class_findings)
        # In a namespace that is missing everything is, which is said already.
        there = [each for each in plan.expected if self._namespaces.get(each["namespace"], True)]
        expected = self._start_each(self._expected, there)
        selected = self._start_each(self._selection, [each for each in plan.manifests if selector_of(each)])
        manifests = self._reachable(plan.manifests)
        dry_runs = self._each(self._try, manifests)
        absent = self._reachable(plan.absent)
        removed = list(zip(absent, self._each(self._live, absent), strict=True))
        written_to = self._start_each(
            self._writers, [live for _manifest, live in removed if live and takes_samples(live)]
        )
        missing = self._missing_rights(dry_runs, removed)
        findings += missing_rights(missing, self._user() if missing else "")
        # A right that was missing before is among them.
        denied = [f'cannot {right.verb} resource "{right.resource}"' for right in missing]
        before = [each for each in plan.problems if not any(words in each for words in denied)]
        findings = [*(Finding("", problem, "") for problem in before), *findings]
        for dry_run in dry_runs:
            findings += self._of_dry_run(dry_run, missing)
        findings += [self._of_removal(manifest, live) for manifest, live in removed if live and self._is_foreign(live)]
        pods = self._start_each(self._of_pods(_new_accounts(dry_runs)), dry_runs)
        for futures in pods, expected, selected:
            findings += _found(_results(futures))
        for written in _results(written_to):
            findings += written
        findings += classes.result()
        findings += _found([secret.result(), store.result()])
        findings += compactors.result()
        told = version.result() or {}
        immutable = [_describe(dry_run) for dry_run in dry_runs if dry_run.immutable]
        return Report(str(told.get("gitVersion") or ""), list(dict.fromkeys(findings)), immutable)

    # Side by side.

    def _start(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        return self._pool.submit(work, *arguments)

    def _start_each(self, work: Callable[[U], T], items: Iterable[U]) -> list[Future[T]]:
        return [self._pool.submit(work, item) for item in items]

    def _each(self, work: Callable[[U], T], items: Iterable[U]) -> list[T]:
        return _results(self._start_each(work, items))

    # Single questions.

    def _read_kinds(self, api_version: str) -> dict[Kind, Resource]:
        return read_kinds(self._cluster, api_version)

    def _ask(self, right: Right, name: str) -> bool:
        return self._is_admin or bool(_quietly(lambda: is_allowed(self._cluster, right, name), right != EVERYTHING))

    def _user(self) -> str:
        return str(_quietly(lambda: user_name(self._cluster), ""))

    def _namespaces_of(self, manifests: Iterable[Object]) -> set[str]:
        return {str(each["metadata"]["namespace"]) for each in manifests if each["metadata"].get("namespace")}

    def _namespace(self, name: str) -> Object | None:
        """Return the namespace, None where it is missing; one that we may not read is taken to be there."""
        unknown: Object | None = {"metadata": {"name": name}}
        return _quietly(lambda: self._cluster.get(NAMESPACE, name), unknown)

    def _namespace_findings(self) -> list[Finding]:
        made = {each["metadata"]["name"] for each in self._plan.manifests if each["kind"] == NAMESPACE.kind}
        findings = []
        for name in sorted(self._namespaces_of(self._plan.manifests)):
            found = self._namespaces[name]
            if found is None and name not in made:
                remedy = "Create it, or correct the option that names it (thanos_namespace or the role's own)."
                is_error = not self._plan.check_mode
                findings.append(Finding(f"Namespace {name}", "it does not exist.", remedy, is_error))
            if found and (found.get("status") or {}).get("phase") == "Terminating":
                remedy = "Wait until it is gone; `kubectl get namespace NAME --output yaml` says what keeps it."
                findings.append(Finding(f"Namespace {name}", "it is being deleted.", remedy.replace("NAME", name)))
        return findings

    def _reachable(self, manifests: Iterable[Object]) -> list[Object]:
        """Return the manifests whose kind and namespace are there."""
        return [
            each
            for each in manifests
            if kind_of(each) in self._kinds
            and (not each["metadata"].get("namespace") or self._namespaces[each["metadata"]["namespace"]])
        ]

    def _resource(self, manifest: Object) -> Resource:
        return self._kinds[kind_of(manifest)]

    def _live(self, manifest: Object) -> Object | None:
        metadata = manifest["metadata"]
        resource, namespace = self._resource(manifest), metadata.get("namespace")
        found: Object | None = _quietly(lambda: self._cluster.get(resource, metadata["name"], namespace), None)
        return found

    def _try(self, manifest: Object) -> DryRun:
        live = self._live(manifest)
        if live is None and manifest["kind"] == PROMETHEUS.kind:
            return DryRun(manifest, live)  # It is never made, only extended: that it is missing was said before.
        return try_apply(self._cluster, self._resource(manifest), manifest, live)

    def _missing_rights(self, dry_runs: list[DryRun], removed: list[tuple[Object, Object | None]]) -> list[Right]:
        if self._is_admin:
            return []
        rights = Rights()
        for dry_run in dry_runs:
            metadata = dry_run.manifest["metadata"]
            resource, place = self._resource(dry_run.manifest), str(metadata.get("namespace") or "")
            rights.need(place, resource, ("get", "patch"), metadata["name"])
            if dry_run.live is None and dry_run.manifest["kind"] != PROMETHEUS.kind:
                rights.need(place, resource, ("create",))
            if dry_run.immutable and self._plan.replace_immutable:
                rights.need(place, resource, ("delete",), metadata["name"])
                if resource.kind in LEFT_BEHIND:
                    rights.need(place, LEFT_BEHIND[resource.kind], ("list", "delete"))
                    # Some may be the workload's, and would go with it.
                    rights.need(place, CLAIM, ("list",))
        for manifest, _live in removed:
            metadata = manifest["metadata"]
            place = str(metadata.get("namespace") or "")
            rights.need(place, self._resource(manifest), ("get", "delete"), metadata["name"])
        need_for_workloads(rights, self._plan.workloads)
        # Leftovers of MinIO are not looked for.
        looked_for = [each for each in self._reachable(self._plan.manifests) if not is_object_store(each)]
        for resource, place in lists_of(looked_for):
            rights.need(place, resource, ("list",))
        for each in self._plan.rights:
            given = (each.get("group") or "", each["resource"], each["verbs"], each.get("name") or "")
            rights.need_by_name(each.get("namespace") or "", *given)
        asked = list(rights.names.items())
        missing = self._each(lambda item: is_missing(self._may, *item), asked)
        return [right for (right, _names), lacks in zip(asked, missing, strict=True) if lacks]

    def _of_dry_run(self, dry_run: DryRun, missing: list[Right]) -> list[Finding]:
        if dry_run.is_denied and missing:
            return []  # Said before, with all others of its kind.
        live = dry_run.live
        owner = owner_of(live) if live and is_taken_over(dry_run.manifest) else ""
        plan = self._plan
        findings = dry_run_findings(dry_run, owner, plan.force_conflicts, plan.replace_immutable)
        if findings or live is None or dry_run.immutable or plan.adopt or plan.force_conflicts:
            return findings
        problem = merging_problem(dry_run.manifest, live)
        return [Finding(title_of(dry_run.manifest), problem, TO_MERGE)] if problem else []

    def _of_pods(self, new_accounts: set[tuple[str, str]]) -> Callable[[DryRun], Finding | None]:
        def of_pods(dry_run: DryRun) -> Finding | None:
            message = try_pod(self._cluster, dry_run, new_accounts)
            if not message:
                return None
            what = f"its pods would be refused: {message}"
            return Finding(title_of(dry_run.manifest), what, remedies.for_creation(message))

        return of_pods

    def _is_foreign(self, live: Object) -> bool:
        return bool(owner_of(live)) and not self._plan.force_conflicts

    def _of_removal(self, manifest: Object, live: Object) -> Finding:
        return Finding(
            title_of(manifest),
            f"it is to be removed, but {owner_of(live)} holds it.",
            "Remove it there. It is kept here; with thanos_force_conflicts set to true the run goes on all the same.",
        )

    def _writers(self, service: Object) -> list[Finding]:
        none: list[Object] = []
        found = [each for resource in WRITERS for each in _quietly(partial(self._cluster.list, resource), none)]
        removed = {title_of(each) for each in self._plan.absent}
        return writer_findings(service, [each for each in found if title_of(each) not in removed])

    def _takeover(self) -> list[Finding]:
        permission = Permission(self._plan.adopt, self._plan.replace_immutable)
        none: list[Finding] = []
        # Rights that are missing are said apart.
        return _quietly(lambda: takeover_findings(self._cluster, self._plan.manifests, permission), none)

    def _class_findings(self) -> list[Finding]:
        claims = claims_of(self._plan.manifests)
        if not claims:
            return []
        try:
            return class_findings(self._cluster, claims, self._cluster.list(STORAGE_CLASS))
        except ClusterError:
            return []  # Not ours to read: the wait names a volume that is not made.

    def _selection(self, service: Object) -> Finding | None:
        namespace = service["metadata"]["namespace"]
        try:
            selected = self._cluster.list(POD, namespace, label_selector=selector_of(service))
        except ClusterError:
            return None  # The missing right to list pods is said where the wait needs it.
        plan = self._plan
        are_replaced = plan.adopt or plan.replace_immutable
        return foreign_pods(service, selected, [*plan.manifests, *plan.absent], are_replaced)

    def _expected(self, expected: Mapping[str, Any]) -> Finding | None:
        where = f"{expected['kind']} {expected['namespace']}/{expected['name']}"
        remedy = f"Create it, or correct {expected['option']}."
        try:
            found = self._cluster.get(EXPECTED[expected["kind"]], expected["name"], expected["namespace"])
        except ClusterError as error:
            return None if is_denied(error) else Finding(where, message_of(error), "")
        if found is None:
            return Finding(where, "it does not exist.", remedy, not self._plan.check_mode)
        keys = found.get("data") or {}
        if expected.get("key") and expected["key"] not in keys:
            what = f"it has no key {expected['key']}; its keys: {key_names(keys)}."
            return Finding(where, what, f"Add the key, or correct {expected['option']}.")
        return None

    def _object_store(self) -> Finding | None:
        store = self._plan.object_store
        if store is None:
            return None
        if store.service:
            is_error = not self._plan.check_mode
            # Where the user may not read it, the pods will tell.
            return _quietly(lambda: service_finding(self._cluster, store, is_error), None)
        return object_store_finding(store)

    def _other_compactors(self) -> list[Finding]:
        plan = self._plan
        written = written_secret(self._cluster, plan.written_objstore)
        question = Question(plan.manifests, plan.cluster_domain, written, True, plan.adopt)
        return compactor_findings(self._cluster, question)

    def _objstore_secret(self) -> Finding | None:
        secret = self._plan.objstore_secret
        if not secret:
            return None
        where = f"Secret {secret['namespace']}/{secret['name']}"
        try:
            if self._cluster.get(SECRET, secret["name"], secret["namespace"]) is None:
                what = "it does not exist."
                remedy = "Create it with the object-store configuration, or correct thanos_objstore_existing_secret."
                return Finding(where, what, remedy, not self._plan.check_mode)
            read_existing(
                self._cluster, secret["namespace"], secret["name"], secret["key"], probe=False, cluster_domain=""
            )
        except ClusterError as error:
            if is_denied(error):
                return None
            return Finding(where, str(error), "Correct it, or thanos_objstore_secret_field.")
        return None


def _quietly(work: Callable[[], T], otherwise: T) -> T:
    """Return the work's result, or the other where the API refuses to answer."""
    try:
        return work()
    except ClusterError as error:
        if not error.status:
            raise  # No answer at all.
        return otherwise


def _results(futures: Iterable[Future[T]]) -> list[T]:
    return [future.result() for future in futures]


def _found(findings: Iterable[Finding | None]) -> list[Finding]:
    return [finding for finding in findings if finding is not None]


def _new_accounts(dry_runs: Iterable[DryRun]) -> set[tuple[str, str]]:
    new = [each.manifest for each in dry_runs if each.live is None]
    made = [each["metadata"] for each in new if each["kind"] == "ServiceAccount"]
    return {(metadata["namespace"], metadata["name"]) for metadata in made}


def _describe(dry_run: DryRun) -> dict[str, Any]:
    metadata = dry_run.manifest["metadata"]
    return {
        "api_version": dry_run.manifest["apiVersion"],
        "kind": dry_run.manifest["kind"],
        "namespace": metadata.get("namespace") or "",
        "name": metadata["name"],
        "fields": dry_run.immutable,
    }
