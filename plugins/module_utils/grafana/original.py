# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a provisioning file was before our changes, and what it is without them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .datasource import Datasource, defaults, find, remove
from .document import Document, File, canonical, decode, dump, encode, parse
from .fields import SECTIONS, URL, Entry, Path, at, differences, digest, is_told_by, part

#: The fields beside those of the sections that we ever set.
_OUR_FIELDS = ("type", "access", "url", "uid", "isDefault", "editable")


@dataclass(frozen=True)
class Managed:
    """A datasource that we added or changed. With another url than the one we wrote it is no longer ours."""

    name: str
    org_id: int
    #: Digests of what we wrote into each field that we changed: with another value the field is its owner's again.
    #: The last but one counts too, since a run may die before it writes the file.
    wrote: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    #: Earlier versions noted the url alone.
    url: str | None = None

    def is_for(self, wanted: Datasource | None) -> bool:
        """Return whether this is the datasource that is wanted."""
        return wanted is not None and (self.name, self.org_id) == (wanted.name, wanted.org_id)

    def entry(self, document: Document) -> Entry | None:
        """Return the datasource, None if it is gone or no longer ours."""
        found = find(document, self.name, self.org_id)
        if found is None:
            return None
        if self.url is not None:
            return found if found.get("url") == self.url else None
        return found if is_told_by(at(found, URL), self.wrote.get(URL, ())) else None

    def fields(self, entry: Entry, previous: Entry | None, wanted: Datasource | None) -> list[Path] | None:
        """Return the fields that are as we wrote them, None if nobody knows."""
        if self.url is None:
            return [path for path, digests in self.wrote.items() if is_told_by(at(entry, path), digests)]
        if wanted is None or not self.is_for(wanted):
            return None
        # A secret that we do not set now may be one that its owner replaced: it stays.
        json_data = {**_section(previous, "jsonData"), **_section(entry, "jsonData")}
        paths: list[Path] = [(key,) for key in _OUR_FIELDS]
        for section, keys in zip(SECTIONS, (json_data, wanted.secure_json_data), strict=True):
            paths += [(section, key) for key in keys]
        return paths


@dataclass(frozen=True)
class Backup:
    """What one file of Grafana's Secret was, as far as it takes to undo our changes."""

    #: A provisioning file, base64.
    value: str
    #: Whether that is the whole file, which goes back byte for byte, or only what we changed in it.
    whole: bool = True
    managed: tuple[Managed, ...] = ()

    @cached_property
    def document(self) -> Document:
        """Return what the value means."""
        return parse(decode(self.value))[0]

    def of(self, wanted: Datasource) -> Managed | None:
        """Return what is known of this datasource, None if it is not one of ours."""
        return next((one for one in self.managed if one.is_for(wanted)), None)

    def without(self, wanted: Datasource) -> Backup:
        """Return the backup without this datasource."""
        return replace(self, managed=tuple(one for one in self.managed if not one.is_for(wanted)))

    def undo(self, document: Document, one: Managed, wanted: Datasource | None = None) -> Document:
        """Return the document with one of our datasources as it was."""
        entry = one.entry(document)
        if entry is None:
            return document
        fields = one.fields(entry, find(self.document, one.name, one.org_id), wanted)
        return remove(document, self.document, one.name, one.org_id, fields)

    def text(self, document: Document, file: File) -> str:
        """Return the text to write for what the file is without ours: its old bytes if it means what it meant."""
        if self.whole and canonical(document) == canonical(self.document):
            return decode(self.value)
        return dump(document, file.style)


@dataclass(frozen=True)
class Past:
    """A file as it would be without us."""

    document: Document
    text: str
    #: Our datasources that are in the file now.
    managed: tuple[Managed, ...] = ()


def look_back(file: File, backup: Backup | None, wanted: Datasource | None = None) -> Past:
    """Return what an uninstall of all of our datasources would leave of a file."""
    managed = tuple(one for one in (backup.managed if backup else ()) if one.entry(file.document) is not None)
    if backup is None or not managed:
        return Past(file.document, file.text)
    document = file.document
    for one in managed:
        document = backup.undo(document, one, wanted)
    return Past(document, backup.text(document, file), managed)


def renew(
    backup: Backup | None, past: Past, file: File, new: File, wanted: Datasource | None = None, adds: bool = False
) -> Backup | None:
    """Return the backup that goes with the new content, None if nothing in it is ours.

    It holds what our changes took the place of, and nothing else where that brings back every byte.
    """
    managed = list(past.managed)
    if adds and wanted is not None and not any(one.is_for(wanted) for one in managed):
        managed.append(Managed(wanted.name, wanted.org_id))
    records = tuple(_record(one, past, file, new, wanted) for one in managed)
    if not records:
        return None
    small = Backup(encode(dump(_changed_part(past.document, records), file.style)), whole=False, managed=records)
    whole = Backup(encode(past.text), whole=True, managed=records)
    best = next((each for each in (small, whole) if look_back(new, each, wanted).text == past.text), small)
    return backup if backup is not None and _is_same(best, backup) else best


def _record(one: Managed, past: Past, file: File, new: File, wanted: Datasource | None) -> Managed:
    """Return what is to be known of a datasource of ours after the file is written."""
    if one.url is not None and not one.is_for(wanted):
        return one  # Until its own run, which has its options.
    before = find(past.document, one.name, one.org_id)
    live = one.entry(file.document)
    after = find(new.document, one.name, one.org_id) or {}
    paths = [URL] if before is None else dict.fromkeys((URL, *differences(before, after)))
    return Managed(one.name, one.org_id, {path: _digests(one, path, live, after) for path in paths})


def _digests(one: Managed, path: Path, live: Entry | None, after: Entry) -> tuple[str, ...]:
    """Return what tells our value of a field again, from before the write and after it."""
    known = one.wrote.get(path, ())
    if one.url is not None and live is not None:
        known = (digest(at(live, path)),)
    if is_told_by(at(after, path), known):
        return known
    earlier = [each for each in known if live is not None and is_told_by(at(live, path), [each])]
    return (digest(at(after, path)), *earlier)


def _changed_part(before: Document, records: Sequence[Managed]) -> Document:
    """Return of a document what it takes to undo our changes: fields of ours, defaults, and deletions of ours."""
    datasources, deletions = [], []
    for one in records:
        entry = find(before, one.name, one.org_id)
        if entry is None:
            continue
        datasources.append(copy.deepcopy(entry) if one.url is not None else part(entry, one.wrote))
        deletion = find(before, one.name, one.org_id, "deleteDatasources")
        deletions += [copy.deepcopy(deletion)] if deletion else []
    ours = [id(find(before, one.name, one.org_id)) for one in records]
    for org_id in dict.fromkeys(one.org_id for one in records):
        others = [entry for entry in defaults(before, org_id) if id(entry) not in ours]
        datasources += [part(entry, [("isDefault",)]) for entry in others]
    found = {"datasources": datasources, "deleteDatasources": deletions}
    return {name: each for name, each in found.items() if each}


def _is_same(one: Backup, other: Backup) -> bool:
    same_kind = (one.whole, one.managed) == (other.whole, other.managed)
    return same_kind and canonical(one.document) == canonical(other.document)


def _section(entry: Entry | None, name: str) -> Entry:
    found = (entry or {}).get(name)
    return found if isinstance(found, dict) else {}
