# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a credential looks like: by the name that a value has, and by the text itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

#: Stands for what is not shown.
HIDDEN = "(hidden)"

#: Last word of the name of a secret, or its end: clientsecret.
_SECRET_WORDS = {
    *(
        "pass",
        "pwd",
        "pw",
        "passcode",
        "credential",
        "authorization",
        "bearer",
        "cookie",
        "dsn",
        "jwt",
        "psk",
        "sas",
        "signature",
    ),
    *("accesskey", "accountkey", "privatekey", "secretkey", "sharedkey", "signingkey", "encryptionkey", "sshkey"),
}
_SECRET_ENDS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "credentials")
#: Last two words of the name of a secret.
_SECRET_PAIRS = {
    *((word, "key") for word in ("access", "account", "api", "auth", "encryption", "hmac", "license", "master")),
    *((word, "key") for word in ("private", "secret", "session", "shared", "signing", "ssh")),
    *(("connection", "string"), ("sas", "url"), ("header", "value")),
}
#: Query parameters of an address that are secret, beside those with the name of a secret.
_SECRET_PARAMETERS = {"key", "sig", "signature", "code", "auth", "x-amz-credential", "x-amz-signature", "pw"}
#: What is a secret by its name only.
_WORDS_OF_PROSE = {"token", "tokens", "auth", "authentication", "authorization", "credentials"}

_FILE = re.compile(
    r"/(etc|var|run|usr|opt|home|root|tmp|mnt|srv|data|app|vault|secrets?|certs?|conf|config|keys|tls)(/[\w.@-]+)+"
)
_VARIABLES = re.compile(r"\$\((\w+)\)")
_SCHEME = re.compile(r"^(bearer|basic|token|digest|negotiate)\s+", re.IGNORECASE)

_WORD = r"""(?:\$\(\w+\)|[^\s"'`<>,;&)}\]])+"""
#: Where no other name and value follow, what ends a word elsewhere is part of a secret.
_WORDS = rf"""{_WORD}(?:(?<!\))[,;&)}}\]]+(?![\w.-]+\\*["']?[ \t]*[=:]){_WORD})*"""
_QUOTED = r"""(?<=\\)"[^"]*"|(?<!\\)"(?:[^"\\]|\\.)*"|'[^']*'"""
#: A quotation mark without its counterpart stands where a line was cut.
_VALUE = rf"""\\*(?P<secret>b?(?:{_QUOTED})|(?![{{\[]){_WORDS}|["'][^"']+$)"""
_USERINFO = re.compile(r"""(?<=://)(?P<secret>[^/?#\s"'`<>]*)(?=@)""")
#: With a password that ends the address too early.
_SPLIT_USERINFO = re.compile(
    r"""(?<=://)(?P<secret>[^/?#\s"'`<>:@,]*:(?!\d+[/?#])[^/?#\s"'`<>@]*[/?#][^\s"'`<>@]*)(?=@[A-Za-z0-9\[$])"""
)
#: user:password@host without a scheme, but no digest of an image.
_BARE_USERINFO = re.compile(
    r"""(?:^|(?<=[\s,;"'`=\[]))(?!mailto:)(?P<secret>[^\s/@,:;"'`=\[\]{}]*:[^\s/@,"'`]+)(?=@(?!sha\d+:)[A-Za-z0-9\[$])"""
)
_PARAMETER = re.compile(rf"[?&;](?P<name>[\w.-]+)=(?P<secret>{_WORD})")
_HEADER = re.compile(r"""(?i)\b(?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?(?P<secret>[^"'\r\n]+)""")
_BEARER = re.compile(rf"(?i)\bbearer\s+(?P<secret>{_WORD})")
_BASIC = re.compile(r"(?i)\bbasic\s+(?P<secret>[A-Za-z0-9+/=_$()-]{4,})")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)(?=-----END [A-Z0-9 ]*PRIVATE KEY|\Z)", re.DOTALL
)
#: The end of one, where only the last lines of a log are there.
_PRIVATE_KEY_END = re.compile(
    r"(?<![A-Za-z0-9+/=\s\\])(?P<secret>[A-Za-z0-9+/=\s\\]{16,})(?=-----END [A-Z0-9 ]*PRIVATE KEY)"
)
#: A line of one.
_PRIVATE_KEY_LINE = re.compile(r"(?m)^[ \t]*(?P<secret>(?=[A-Za-z0-9+/]*[G-Zg-z+/])[A-Za-z0-9+/]{64,76})[ \t]*$")
_TOKEN = re.compile(
    r"\b(?P<secret>(?:AKIA|ASIA)[A-Z0-9]{12,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|gh[oprsu]_\w{20,}|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}|gl(?:sa|c)_[\w=-]{16,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{30,}|hvs\.[\w-]{16,})"
)
_BEFORE_EQUALS = r"""(?<![A-Za-z_])(?P<name>[A-Za-z_][\w.-]*)\\*["']?[ \t]*=[ \t]*"""
#: Not of a path such as spec.secret in an error of the Kubernetes API.
_BEFORE_COLON = r"""(?<![\w.\]-])["']?(?P<name>[A-Za-z_][\w-]*)\\*["']?[ \t]*:(?!//)[ \t]*"""
_WORD_AFTER_FLAG = re.compile(rf"(?<![\w-])--?(?P<name>[A-Za-z][\w.-]*)[ \t]+(?P<secret>(?!-){_WORD})")
#: An environment variable, as an object that is quoted has it.
_BEFORE_VARIABLE = (
    r"""(?i:\bname)\\*["']?[ \t]*[:=][ \t]*\\*["']?(?P<name>[\w.-]+)\\*["']?[\s,]*"""
    r"""\\*["']?(?i:value)\\*["']?[ \t]*[:=][ \t]*"""
)
#: A line of a YAML document.
_LINE = re.compile(r"""(?m)^[ \t-]*["']?(?P<name>[A-Za-z_][\w-]*)["']?:[ \t]+(?P<secret>[^\s"'{\[|>].*?)[ \t]*$""")
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z][\w.-]*)>(?P<secret>[^<>]+)(?=</)")
#: What Go's YAML library says of a document that it cannot take holds parts of it.
_GO_YAML = re.compile(r"(?:(?<=!!\w{3} )|(?<=!!\w{4} )|(?<=!!\w{5} ))`(?P<secret>[^`]*)`")
_GO_NAME = re.compile(r"\b(?:unknown anchor|mapping key) \\*(?P<secret>'[^']*'|\"[^\"]*\")(?= (?:referenced|already))")
_GO_PORT = re.compile(r'\binvalid port \\*(?P<secret>":.*?")(?= after host)')
_GO_FIELD = re.compile(r"\bfield (?P<secret>.+?) (?=(?:not found|already set) in type\b)")
#: What the Kubernetes API says of a field holds the field's value; a number or a quantity is no secret.
_KUBERNETES = re.compile(
    r'\b(?:Invalid|Unsupported|Duplicate) value: (?P<secret>(?!"?[\d.]+[A-Za-z]{0,2}"?(?:[:,]|$))'
    r'(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[&*\w.\[\]{} ]*[{\[].*?[}\]](?=: |$)))',
    re.DOTALL,
)


def is_secret_name(name: str) -> bool:
    """Return whether a value of this name is a secret: the last words tell, so a token_file or a secretName is none."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower())
    if not words:
        return False
    return words[-1] in _SECRET_WORDS or words[-1].endswith(_SECRET_ENDS) or tuple(words[-2:]) in _SECRET_PAIRS


def is_harmless_value(value: object) -> bool:
    """Return whether a value tells nothing even where its name is that of a secret: a switch, or the path of a file."""
    if value is None or isinstance(value, bool):
        return True
    text = str(value).strip()
    return text.lower() in ("", "true", "false") or _FILE.fullmatch(text) is not None


def is_content(path: str) -> bool:
    """Return whether what should be the path of a file is a key, a certificate or a document, decoded or in base64."""
    return "\n" in path or "-----BEGIN" in path or re.search(r"(^|/)(LS0tL|MII)[A-Za-z0-9+/]{40}", path) is not None


def variables_in(text: str) -> list[str]:
    """Return the names of the variables in a text that Kubernetes or Thanos puts in, as in $(NAME)."""
    return _VARIABLES.findall(text)


def is_clear(secret: str) -> bool:
    """Return whether something of a secret is given in clear text, beside variables and the scheme of a header."""
    return bool(_SCHEME.sub("", _VARIABLES.sub("", secret.strip().strip("\"'")) + " ").strip())


class _Pattern(NamedTuple):
    expression: re.Pattern[str]
    #: Whether a match is a credential.
    holds: Callable[[re.Match[str]], bool] = lambda _match: True
    #: What stands before the value, of which the name tells whether that is one.
    before: re.Pattern[str] | None = None


def _has_secret_name(match: re.Match[str]) -> bool:
    return is_secret_name(match["name"]) and not is_harmless_value(match["secret"])


def _is_secret_parameter(match: re.Match[str]) -> bool:
    return is_secret_name(match["name"]) or match["name"].lower() in _SECRET_PARAMETERS


def _is_no_prose(match: re.Match[str]) -> bool:
    """Return whether what follows a scheme is no word, such as in `Basic monitoring` and `Bearer authentication`."""
    word = match["secret"].strip(".,:;")
    return word.lower() not in _WORDS_OF_PROSE and not (word.isalpha() and word[1:].islower())


def _after(before: str) -> _Pattern:
    return _Pattern(re.compile(before + _VALUE), _has_secret_name, re.compile(before))


_CREDENTIALS = (
    _Pattern(_PRIVATE_KEY),
    _Pattern(_USERINFO, lambda match: bool(match["secret"])),
    _Pattern(_SPLIT_USERINFO),
    _Pattern(_PARAMETER, _is_secret_parameter),
    _Pattern(_BEARER, _is_no_prose),
    _Pattern(_BASIC, _is_no_prose),
    _Pattern(_TOKEN),
)
_NAMED = (
    _Pattern(_BARE_USERINFO),
    _Pattern(_HEADER),
    _Pattern(_BEARER, lambda match: match["secret"].lower() not in _WORDS_OF_PROSE),
    _after(_BEFORE_EQUALS),
    _after(_BEFORE_COLON),
    _Pattern(_WORD_AFTER_FLAG, _has_secret_name),
    _after(_BEFORE_VARIABLE),
)
_SAID_BY_OTHERS = (
    _Pattern(_PRIVATE_KEY_END),
    _Pattern(_PRIVATE_KEY_LINE),
    _Pattern(_ELEMENT, _has_secret_name),
    *map(_Pattern, (_GO_YAML, _GO_NAME, _GO_PORT, _GO_FIELD, _KUBERNETES)),
)


def secrets_in(text: str, by_name: bool = True) -> Iterator[str]:
    """Yield what is a credential in a text, $(NAME) included; of an address only the password where it has a user.

    Without by_name a `password=...` in it counts for nothing: the text is prose.
    """
    for pattern in (*_CREDENTIALS, *(_NAMED if by_name else ())):
        for match in _matches(pattern, text):
            is_user = pattern.expression in (_USERINFO, _SPLIT_USERINFO, _BARE_USERINFO)
            yield _password(match["secret"]) if is_user else match["secret"]


def has_credential(text: str) -> bool:
    """Return whether a text holds a credential in clear text."""
    return any(is_clear(secret) for secret in secrets_in(text))


def redacted(text: str) -> str:
    """Return a text that somebody else wrote, such as a line of a log, without the credentials in it."""
    for pattern in (_Pattern(_LINE, _has_secret_name), *_NAMED, *_CREDENTIALS, *_SAID_BY_OTHERS):
        shown, end = [], 0
        for match in _matches(pattern, text):
            if not text.startswith(HIDDEN, match.start("secret")):
                shown += [text[end : match.start("secret")], HIDDEN]
                end = match.end("secret")
        text = "".join([*shown, text[end:]])
    return text


def shown_address(address: str) -> str:
    """Return an address without user, password, query and fragment, none of which a person needs to know it by.

    Where a password may hold what ends an address, nothing of the rest is shown.
    """
    scheme, separator, rest = address.partition("://") if "://" in address else ("", "", address)
    userinfo, _at, place = rest.rpartition("@")
    if set(userinfo) & set("/?#") or not re.fullmatch(r"[\w+.-]*", scheme):
        return f"{scheme}{separator}{HIDDEN}" if re.fullmatch(r"[\w+.-]*", scheme) else HIDDEN
    return f"{scheme}{separator}{re.split('[?#]', place)[0]}"


def _matches(pattern: _Pattern, text: str) -> Iterator[re.Match[str]]:
    """Yield each credential; what follows a name that is none is looked at as well, since it may hold others."""
    start = 0
    while found := (pattern.before or pattern.expression).search(text, start):
        match: re.Match[str] | None = found
        if pattern.before:
            match = pattern.expression.match(text, found.start()) if is_secret_name(found["name"]) else None
        if match and pattern.holds(match):
            yield match
        end = found.end("name") if pattern.before and not match else (match or found).end()
        start = max(end, found.start() + 1)


def _password(userinfo: str) -> str:
    user, _colon, password = userinfo.partition(":")
    return password or user
