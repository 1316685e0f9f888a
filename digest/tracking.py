"""What of an address only says where a click came from. It names no article, and a reader who
follows a link need not say whose letter it stood in."""

from __future__ import annotations

import re

_PARAMETER = re.compile(
    r"utm_|at_(?:medium|campaign|custom|link|format|bbc|ptr|content|type|creation|point)|ns_|"
    r"mc_[ce]id|pk_|mtm_|hsa_|_hs|wt[._]|(?:fb|g|dc|gb|ms|y|tw|ttc|wbra)cl(?:id|src)$|gclsrc$|"
    r"(?:igshid|mkt_tok|traffic_source|ocid|icid|ncid|cmpid?|smid|smtyp|xtor|ref_?src|ref_url|"
    r"referrer|guccounter|guce_\w+|soc_src|soc_trk|partner|emc|srnd|mbid|spm|taid|from_?rss|"
    r"rss|rssfeed|feedtype|feedname|maca|xing_share|intcmp|intcid|dlvrit|__twitter_impression)$",
    re.IGNORECASE,
)
_FROM_VALUES = frozenset({"rss", "feed", "rssfeed", "rss_feed", "feedburner", "atom"})
"""`?ref=rss`, `?source=feed`: any parameter that says no more than that."""
_FRAGMENT = re.compile(
    r"(?:xtor|utm_\w+|ref|ns_\w+|at_\w+|rss|intcid|link_time|0)\b", re.IGNORECASE
)


def is_tracking(parameter: str) -> bool:
    """Of a query's "name=value"."""
    name, _, value = parameter.partition("=")
    return _PARAMETER.match(name) is not None or value.lower() in _FROM_VALUES


def is_click(fragment: str) -> bool:
    """Of what stands behind "#"."""
    return _FRAGMENT.match(fragment) is not None


def without_tracking(url: str) -> str:
    """`url` as it may be followed: the same but for that, every other byte as it was."""
    address, hash_mark, fragment = url.partition("#")
    path, mark, query = address.partition("?")
    if mark:
        parameters = query.split("&")
        kept = [one for one in parameters if not is_tracking(one)]
        if len(kept) < len(parameters):
            address = f"{path}?{'&'.join(kept)}" if kept else path
    return address if is_click(fragment) else f"{address}{hash_mark}{fragment}"
