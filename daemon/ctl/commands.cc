// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/command.h"

#include <cstdio>

namespace famfs::ctl {

namespace {

constexpr Command table[] = {
    {"mkfs", "PRIMARY [SECONDARY...]", "Make a file system on one device or several",
     "Examples:\n"
     "  truncate -s 8G /tmp/pool.img && famfsctl mkfs /tmp/pool.img\n"
     "  truncate -s 8G small.img && famfsctl mkfs --alloc-unit 4K small.img     for many small files\n"
     "  famfsctl mkfs --log-len 64M /dev/dax0.0 /dev/dax1.0     two devices; both are needed from then on\n"
     "  famfsctl mkfs --force --kill /tmp/pool.img              makes it no famfs any more\n"
     "Files take whole allocation units. With 4K a small file takes 4 KiB and not 2 MiB, and one of 2 MiB or "
     "more still begins\n"
     "where 2 MiB pages can map it. famfs's own kernel code of early 2026 mounts only 2M.\n"
     "The primary device has at least 4 GiB. This host becomes the master: only it can add files. Its uuid "
     "is in\n"
     "/opt/famfs/system_uuid, or in the file that FAMFS_SYSTEM_UUID_FILE names.\n"
     "Exit status: 0 made, 1 refused or failed.",
     add_mkfs},
    {"cp", "DEVICE SOURCE... DESTINATION", "Copy files and directories into a file system",
     "Examples:\n"
     "  famfsctl cp /dev/dax0.0 model.bin /                        as /model.bin\n"
     "  famfsctl cp -r /tmp/pool.img datasets /                    a tree\n"
     "  famfsctl cp --strips 8 --chunk 2M /dev/dax0.0 --secondary /dev/dax1.0 big.bin /big.bin\n"
     "DESTINATION is a path in the file system. Mode and owner are the source's unless given; --mode is for "
     "files.\n"
     "FAMFS_ALLOC_CONFIG names a file with defaults for striping, as famfs keeps them in .meta/.alloc.cfg.\n"
     "  famfsctl cp -r -T /tmp/pool.img datasets /two              a tree under another name\n"
     "Names are used once: nothing is replaced. A path has at most 79 bytes. There are no empty files.\n"
     "The same command again goes on where one was interrupted: files that are there with the same size are "
     "skipped,\n"
     "and one with another size is an error.\n"
     "Exit status: 0 all are there, 1 something is not; what was copied stays. 130 interrupted.",
     add_cp},
    {"creat", "DEVICE PATH...", "Make files with reproducible contents",
     "Examples:\n"
     "  famfsctl creat -s 64M --seed 7 /tmp/pool.img big\n"
     "  famfsctl creat -s 64M --strips 4 /dev/dax0.0 striped && famfsctl verify /dev/dax0.0 striped\n"
     "Exit status: 0 made, 1 failed.",
     add_creat},
    {"verify", "DEVICE|MOUNTPOINT PATH...", "Compare files with what creat has written",
     "Examples:\n"
     "  famfsctl verify --seed 7 /tmp/pool.img big        from the device\n"
     "  famfsctl verify --seed 7 /mnt/famfs big           through the mount\n"
     "Exit status: 0 all equal, 1 not (the first byte that differs is named).",
     add_verify},
    {"mkdir", "DEVICE PATH...", "Make directories",
     "Examples:\n"
     "  famfsctl mkdir -p /tmp/pool.img a/b/c\n"
     "Exit status: 0 made, 1 failed.",
     add_mkdir},
    {"ls", "DEVICE|MOUNTPOINT [PATH]", "List files and directories with their layout",
     "Examples:\n"
     "  famfsctl ls /tmp/pool.img\n"
     "  famfsctl ls --json /mnt/famfs datasets\n"
     "Columns: nodeid, mode, uid, gid, size, layout, path. Bytes of a name that are not printable UTF-8 "
     "stand as \\xNN.\n"
     "Exit status: 0 listed, 1 failed.",
     add_ls},
    {"log", "DEVICE|MOUNTPOINT", "Show superblock and log, field by field",
     "Examples:\n"
     "  famfsctl log /tmp/pool.img\n"
     "  famfsctl log --json /dev/dax0.0\n"
     "Exit status: 0 shown, 1 shown as far as it goes, but it is no famfs that can be served.",
     add_log},
    {"fsck", "DEVICE|MOUNTPOINT", "Check a file system; changes nothing",
     "Examples:\n"
     "  famfsctl fsck /tmp/pool.img\n"
     "  famfsctl fsck --map /tmp/pool.img                       draws where free space and problems are\n"
     "  famfsctl fsck --json /dev/dax0.0 --secondary /dev/dax1.0\n"
     "Each problem has a stable code, the log entry's index and the byte on the primary device.\n"
     "Exit status: 0 clean, 1 warnings only, 2 errors, 3 not a famfs or cannot be read.",
     add_fsck},
    {"flush", "MOUNTPOINT|DEVICE [PATH...]", "Write back what was written, so that other hosts see it",
     "Examples:\n"
     "  famfsctl flush /mnt/famfs                     everything\n"
     "  famfsctl flush /mnt/famfs big datasets        a file, and all files of a directory\n"
     "  famfsctl flush /tmp/pool.img\n"
     "Superblock and log are always among it. On a dax device the processor's cache lines are written back, "
     "in "
     "a mount\n"
     "by the kernel (fsync); an image or a block device is written to its disk as a whole. cp, creat and "
     "mkdir "
     "have done\n"
     "it when they end; programs that store through mmap have not.\n"
     "Exit status: 0 flushed, 1 failed.",
     add_flush},
    {"resolve", "DEVICE|MOUNTPOINT PATH OFFSET", "Where a byte of a file lies, as a page fault finds it",
     "Examples:\n"
     "  famfsctl resolve /mnt/famfs big 32M\n"
     "  famfsctl resolve --json /tmp/pool.img striped 0\n"
     "Asks the BPF program that serves the mount; else loads the program for this one question; where BPF "
     "cannot be\n"
     "used, the same arithmetic in this process answers. It says which one did. Two that disagree are an "
     "error.\n"
     "Exit status: 0 found, 1 not (no such file, behind its end).",
     add_resolve},
    {"status", "[MOUNTPOINT|DEVICE|PIN]", "What is mounted, how faults are answered, what went wrong",
     "Examples:\n"
     "  famfsctl status                  everything on this host\n"
     "  famfsctl status /mnt/famfs\n"
     "  famfsctl status --json\n"
     "Exit status: 0 all is well, 1 nothing found, a daemon is dead, or files are not served.",
     add_status},
    {"unpin", "PIN...", "Detach the BPF program that a dead daemon has left",
     "Examples:\n"
     "  famfsctl status                  shows the names\n"
     "  famfsctl unpin dax0-0\n"
     "Needs root. Faults of a mount that still uses the program end in SIGBUS afterwards: unmount it first. "
     "Where it is\n"
     "still mounted, --force is needed.\n"
     "Exit status: 0 nothing is left, 1 refused or failed.",
     add_unpin},
};

} // namespace

std::span<const Command> commands() {
    return table;
}

void complain(const std::string &text) {
    std::fflush(stdout); // so that the two streams keep their order in one file
    (void)std::fprintf(stderr, "famfsctl: %s\n", text.c_str());
}

} // namespace famfs::ctl
