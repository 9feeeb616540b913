"""Grey pictures as PNG files, for people to look at."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(pixels):
    """Bytes [height, width] of grey as a PNG file."""
    height, width = pixels.shape
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
