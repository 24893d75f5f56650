"""The rules by which the node's kube-proxy leads Services to pods: written anew before they are lost."""

from __future__ import annotations

from testbed.process import run
from testbed.settings import NODE_CONTAINER

#: An hour after its start, and when it is restarted, kube-proxy compares its rules with those in the kernel, and
#: empties maps that are right. From then on no Service and no name can be reached, and it does not say so. What it
#: finds no maps for, it writes.
SCRIPT = r"""
type nft pgrep >/dev/null || exit 0
filled() { nft list map ip kube-proxy service-ips 2>/dev/null | grep -q goto; }
age=$(ps -o etimes= -C kube-proxy | sort -n | tail -n 1)
if ((${age:-0} < 2400)) && filled; then exit 0; fi
for family in ip ip6; do nft delete table "${family}" kube-proxy 2>/dev/null; done
pkill -x kube-proxy
for ((second = 0; second < 60; second++)); do
  if filled; then exit 0; fi
  sleep 1
done
echo 'kube-proxy wrote no rules within a minute; see its log in namespace kube-system.' >&2
exit 1
"""


def renew() -> None:
    """Have the rules of the cluster's node written anew where they are gone, or will be before long."""
    run(["docker", "exec", NODE_CONTAINER, "bash", "-c", SCRIPT], log="service-rules")
