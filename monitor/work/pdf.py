"""Knows a PDF document by its structure (pure): its head, its end, and where that says that its objects are listed."""

import re
from typing import Final

from ml.findings import MediaTruncated

HEAD: Final = b"%PDF-"
END: Final = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
TAIL_BYTES: Final = 2_048


def check_document(data: bytes) -> bool:
    """Whether this is a PDF document. It must be one from its first byte on, so that it is nothing else besides.

    Raises: MediaTruncated - it begins as one and does not end as one.
    """
    if not data.startswith(HEAD):
        return False
    found = END.search(data[-TAIL_BYTES:])
    place = int(found[1]) if found else len(data)
    listed = data[place : place + 32]
    if not (listed.startswith(b"xref") or re.match(rb"\d+\s+\d+\s+obj", listed)):
        raise MediaTruncated("the document breaks off or is damaged")
    return True
