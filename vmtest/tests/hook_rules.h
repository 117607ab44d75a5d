/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests tell their BPF program (hook.bpf.c) to answer, file by file, and what it counts. Nothing in
 * here is about one file system: the hook is tested with the smallest program that can say everything.
 */
#ifndef FAMFS_VMTEST_HOOK_RULES_H
#define FAMFS_VMTEST_HOOK_RULES_H

#include "bpf/hook.h"

#define HOOK_FILES 128 /* nodeids below that can have a rule */

enum hook_style {
    HOOK_ABSENT = 0, /* -ENOENT: no record of the file */
    HOOK_EXTENTS,    /* one extent, or two: the right answer */
    HOOK_RAW,        /* `raw`, as it is */
    HOOK_RETURN,     /* `value` as the return value, and no answer */
    HOOK_FROM_POS,   /* the right answer, starting at the position asked for */
};

struct hook_extent {
    __u64 length; /* bytes of the file */
    __u64 address;
    __u32 device; /* cookie */
    __u32 pad;
};

struct hook_rule {
    __u32 style;
    __s32 value;
    struct hook_extent extents[2]; /* in file order; length 0: not there */
    struct fuse_iomap_io raw;
};

enum hook_operation {
    HOOK_PTE = 0,
    HOOK_PMD,
    HOOK_READ,
    HOOK_WRITE,
    HOOK_REPORT,
    HOOK_OPERATIONS,
};

struct hook_counters {
    __u64 calls[HOOK_OPERATIONS];
};

#endif
