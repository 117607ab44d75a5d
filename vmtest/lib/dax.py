# SPDX-License-Identifier: GPL-2.0-only
"""Emulated dax devices: a file behind an NVDIMM that already carries the info block of a devdax namespace.

Device N is /dev/daxN.0. Its usable size is exactly the size asked for: the file is 2 MiB longer, and byte B of the device is byte
2 MiB + B of the file. The info block (8 KiB at the start) is what "ndctl create-namespace -m devdax -M mem" would write in the
guest; written here, the guest's kernel finds a finished device and no tool has to run there."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
ALIGNMENT = 2 * MIB
HEADER = 2 * MIB
SUFFIXES = {"": 1, "k": 1 << 10, "m": MIB, "g": 1 << 30}


@dataclass(frozen=True)
class DaxDevice:
    size: int  # usable bytes
    file: Path


def parse_size(text):
    number, suffix = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    if not number.isdigit() or suffix not in SUFFIXES:
        raise ValueError(f"{text!r} is no size: want a number with K, M or G")
    size = int(number) * SUFFIXES[suffix]
    if size == 0 or size % ALIGNMENT:
        raise ValueError(f"{text} is not a multiple of 2 MiB")
    return size


def parse_device(text, number, folder):
    """SIZE[:FILE]; without FILE it is a temporary file in folder."""
    size, mark, name = text.partition(":")
    if mark and not name:
        raise ValueError(f"{text!r}: no file name after the colon")
    return DaxDevice(parse_size(size), Path(name).absolute() if mark else folder / f"dax{number}.img")


def prepare(device):
    """Makes the backing file, or checks that an existing one is of that size and has its info block."""
    want = device.size + HEADER
    new = not device.file.exists()
    with open(device.file, "ab") as file:
        if new or file.tell() == 0:
            file.truncate(want)
        elif file.tell() != want:
            raise ValueError(f"{device.file} is {file.tell()} bytes long; a device of {device.size} bytes needs {want}")
    with open(device.file, "r+b") as file:
        if b"NVDIMM_DAX_INFO" not in file.read(8192):
            file.seek(0)
            file.write(info_block(want))


def info_block(size):
    return subprocess.run(
        ["ndctl", "write-infoblock", "--mode=devdax", "--map=mem", "--align=2M", f"--size={size}", "--stdout"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
