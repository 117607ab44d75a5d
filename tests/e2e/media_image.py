# SPDX-License-Identifier: GPL-2.0-only
"""Writes famfs images, byte by byte from the format's tables and with none of our C++: a second opinion."""

import os
import struct
import zlib

MEBIBYTE = 1 << 20
DEVICE_SIZE = 4 << 30
LOG_OFFSET = 2 * MEBIBYTE
LOG_LENGTH = 8 * MEBIBYTE
HEADER_SIZE = 48
ENTRY_SIZE = 544
UNIT = 2 * MEBIBYTE
DATA_START = LOG_OFFSET + LOG_LENGTH
SLOTS = (LOG_LENGTH - HEADER_SIZE) // ENTRY_SIZE
FILE_UUID = bytes(range(16))


def set_log_length(length):
    """For images made from now on."""
    global LOG_LENGTH, DATA_START, SLOTS
    LOG_LENGTH = length
    DATA_START = LOG_OFFSET + length
    SLOTS = (length - HEADER_SIZE) // ENTRY_SIZE


def entry_offset(index):
    return LOG_OFFSET + HEADER_SIZE + index * ENTRY_SIZE


def superblock(size=DEVICE_SIZE, version=48, unit=UNIT):
    head = struct.pack("<QQQQQII16s16s16s", 0x87B282FF, version, LOG_OFFSET, LOG_LENGTH, unit, 2, 2, FILE_UUID,
                       bytes(range(16, 32)), bytes(range(32, 48)))
    return head + struct.pack("<QIIQ16s64s", zlib.crc32(head), 1, 0, size, b"", b"/dev/dax0.0")


def log_header(entries):
    head = struct.pack("<QQQ", 0xBADCAFEF00D, LOG_LENGTH, SLOTS - 1)
    return head + struct.pack("<QQQ", zlib.crc32(head), entries, entries)


def entry(index, kind, payload):
    body = struct.pack("<QII520s", index, kind, 0, payload)
    return body + struct.pack("<Q", zlib.crc32(body))


def make_directory(path, mode=0o755, uid=0, gid=0):
    return 1, struct.pack("<III80s", uid, gid, mode, path)


def add_device(index, size, uuid):
    return 3, struct.pack("<Q16sI", size, uuid, index)


def simple_file(path, size, extents, mode=0o644, uid=0, gid=0):
    """extents: (device, offset, length)"""
    packed = b"".join(struct.pack("<QQQ", *extent) for extent in extents)
    return 0, struct.pack("<QIIII80sIIII", size, 2, uid, gid, mode, path, 0, 0, len(extents), 0) + packed


def interleaved_file(path, size, chunk, strips, mode=0o644):
    packed = b"".join(struct.pack("<QQQ", *strip) for strip in strips)
    return 0, struct.pack("<QIIII80sIIII", size, 2, 0, 0, mode, path, 1, 0, 1, 0) + struct.pack(
        "<QQ", len(strips), chunk) + packed


class Image:
    """A sparse file with a famfs of the given entries; data() puts bytes on it."""

    def __init__(self, path, entries, size=DEVICE_SIZE, unit=UNIT):
        self.path = str(path)
        with open(self.path, "wb") as file:
            file.truncate(size)
        self.write(0, superblock(size, unit=unit))
        self.write(LOG_OFFSET, log_header(len(entries)))
        for index, (kind, payload) in enumerate(entries):
            self.write(entry_offset(index), entry(index, kind, payload))

    def write(self, offset, data):
        with open(self.path, "r+b") as file:
            os.pwrite(file.fileno(), data, offset)

    def read(self, offset, length):
        with open(self.path, "rb") as file:
            return os.pread(file.fileno(), length, offset)

    def flip(self, offset):
        """One bit of one byte."""
        self.write(offset, bytes([self.read(offset, 1)[0] ^ 1]))
