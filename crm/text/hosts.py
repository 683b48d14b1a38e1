"""The key of a web address: the host, or on a site of many firms the page (C-3)."""

from __future__ import annotations

import re

from crm.text.folding import fold

_MANY_FIRMS = (
    "facebook.com fb.com instagram.com line.me linkedin.com weibo.com youtube.com twitter.com x.com github.com"
    " sites.google.com google.com 104.com.tw 1111.com.tw shopee.tw ruten.com.tw iyp.com.tw jd.com"
    " xiaohongshu.com douyin.com weixin.qq.com baidu.com qcc.com tianyancha.com zhipin.com zhaopin.com"
).split()
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")


def website_key(website: str) -> str:
    """What makes two addresses the same firm's: the host without scheme and www.

    Of facebook.com and its like the whole address, without the language's or the telephone's host before it
    (zh-tw., m.); empty for such a site's first page, which is nobody's.
    """
    address = _SCHEME.sub("", fold(website)).split("#")[0]
    host, _, page = address.partition("/")
    host = host.partition("?")[0].rstrip(".").removeprefix("www.")
    site = next((site for site in _MANY_FIRMS if host == site or host.endswith("." + site)), None)
    if site is None:
        return host
    page = page.rstrip("/")
    return f"{site}/{page}" if page else ""
