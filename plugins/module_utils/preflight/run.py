# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the cluster before anything is changed, and tells all that would go wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..adopt.findings import Permission, takeover_findings
from ..apply.prune import is_object_store
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import NAMESPACE, POD, PROMETHEUS, STORAGE_CLASS, Resource
from ..minio.layout import layout_finding
from ..objstore.other_compactors import Question
from ..requests.errors import ClusterError
from ..rollout import remedies
from .compactors import compactor_findings, written_secret
from .dry_run import DryRun, dry_run_findings, try_apply, try_pod
from .expected import expected_finding, objstore_secret_finding
from .kinds import Kind, kind_of, read_kinds, unknown_kinds, version_problem
from .namespaces import namespace_findings, namespaces_of
from .needed_permissions import needed_rights
from .object_store import object_store_finding, service_finding
from .owner import TO_MERGE, is_taken_over, merging_problem, owner_of
from .permissions import (
    EVERYTHING,
    Right,
    is_allowed,
    is_missing,
    missing_rights,
    user_name,
)
from .plan import Plan, Report
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
        secret = self._start(objstore_secret_finding, self._cluster, plan.objstore_secret, not plan.check_mode)
        compactors = self._start(self._other_compactors)
        self._read_surroundings(everything)
        self._is_admin = is_admin.result()

        findings = _found([version_problem(version.result())])
        findings += unknown_kinds(plan.manifests, self._kinds, is_error=not plan.check_mode)
        findings += namespace_findings(plan.manifests, self._namespaces, is_error=not plan.check_mode)
        findings += self._takeover()
        classes = self._start(self._class_findings)
        # In a namespace that is missing everything is, which is said already.
        there = [each for each in plan.expected if self._namespaces.get(each["namespace"], True)]
        expected = self._start_each(partial(expected_finding, self._cluster, not plan.check_mode), there)
        selected = self._start_each(self._selection, [each for each in plan.manifests if selector_of(each)])
        manifests = self._reachable(plan.manifests)
        dry_runs = self._each(self._try, manifests)
        absent = self._reachable(plan.absent)
        removed = list(zip(absent, self._each(self._live, absent), strict=True))
        written_to = self._start_each(
            self._writers, [live for _manifest, live in removed if live and takes_samples(live)]
        )
        missing = self._missing_rights(dry_runs, removed)
        findings = [*self._of_before(missing), *findings, *missing_rights(missing, self._user() if missing else "")]
        findings += self._of_changes(dry_runs, removed, missing)
        pods = self._start_each(self._of_pods(_new_accounts(dry_runs)), dry_runs)
        for futures in pods, expected, selected:
            findings += _found(_results(futures))
        for written in _results(written_to):
            findings += written
        findings += [*classes.result(), *_found([secret.result(), store.result()]), *compactors.result()]
        told = version.result() or {}
        immutable = [_describe(dry_run) for dry_run in dry_runs if dry_run.immutable]
        return Report(str(told.get("gitVersion") or ""), list(dict.fromkeys(findings)), immutable)

    def _read_surroundings(self, manifests: list[Object]) -> None:
        """Read the kinds and the namespaces of the manifests."""
        names = sorted(namespaces_of(manifests))
        namespaces = self._start_each(self._namespace, names)
        for kinds in self._each(self._read_kinds, sorted({each["apiVersion"] for each in manifests})):
            self._kinds.update(kinds)
        self._namespaces = dict(zip(names, _results(namespaces), strict=True))

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

    def _namespace(self, name: str) -> Object | None:
        """Return the namespace, None where it is missing; one that we may not read is taken to be there."""
        unknown: Object | None = {"metadata": {"name": name}}
        return _quietly(lambda: self._cluster.get(NAMESPACE, name), unknown)

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
        reachable = self._reachable(self._plan.manifests)
        rights = needed_rights(self._plan, reachable, dry_runs, [manifest for manifest, _live in removed], self._kinds)
        asked = list(rights.names.items())
        missing = self._each(lambda item: is_missing(self._may, *item), asked)
        return [right for (right, _names), lacks in zip(asked, missing, strict=True) if lacks]

    def _of_before(self, missing: list[Right]) -> list[Finding]:
        """Return what was found out before, but for rights that are missing: they are among all that are."""
        denied = [f'cannot {right.verb} resource "{right.resource}"' for right in missing]
        told = [each for each in self._plan.problems if not any(words in each for words in denied)]
        return [Finding("", problem, "") for problem in told]

    def _of_changes(
        self, dry_runs: list[DryRun], removed: list[tuple[Object, Object | None]], missing: list[Right]
    ) -> list[Finding]:
        findings = [finding for dry_run in dry_runs for finding in self._of_dry_run(dry_run, missing)]
        return findings + [
            self._of_removal(manifest, live) for manifest, live in removed if live and self._is_foreign(live)
        ]

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
