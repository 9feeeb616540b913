"""Tables within a page: what stands between `<!-- table NAME -->` and `<!-- end of table -->` is written by deploy/results."""

import re

BLOCK = re.compile(r"(?P<begin><!-- table (?P<name>[a-z0-9-]+) -->\n)(?P<body>.*?)(?P<end><!-- end of table -->)", re.DOTALL)
# No end before the next block begins: that one's end would otherwise be taken for it.
LEFT_OPEN = re.compile(r"<!-- table [a-z0-9-]+ -->(?!(?:(?!<!-- table ).)*<!-- end of table -->)", re.DOTALL)


def names(page):
    return [match["name"] for match in BLOCK.finditer(page)]


def rendered(page, tables):
    """The page with the bodies of those blocks that `tables` has; the others stay as they are.

    - Throws: `ValueError` if a block is not closed, or a table has no block.
    """
    if left_open := LEFT_OPEN.search(page):
        raise ValueError(f"{left_open[0]} has no <!-- end of table --> behind it")
    homeless = sorted(set(tables) - set(names(page)))
    if homeless:
        raise ValueError(f"the page has no block <!-- table {homeless[0]} -->")

    def body(match):
        return match["begin"] + tables.get(match["name"], match["body"]) + match["end"]

    return BLOCK.sub(body, page)
