/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface of the bench-only kernel patch (kernel/bench). */
#ifndef FAMFS_VMTEST_BENCH_KERNEL_BENCH_H
#define FAMFS_VMTEST_BENCH_KERNEL_BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

enum fuse_iomap_bench_resolver {
    FUSE_IOMAP_BENCH_PROGRAM,
    FUSE_IOMAP_BENCH_EXTENTS,
    FUSE_IOMAP_BENCH_STRIDE,
    FUSE_IOMAP_BENCH_STORED,
    FUSE_IOMAP_BENCH_READY,
};

struct fuse_iomap_bench_extent {
    __u64 addr;
    __u64 length;
    __u32 dev; /* cookie */
    __u32 padding;
};

struct fuse_iomap_bench {
    __u32 resolver; /* for the connection, if there is no nodeid */
    __u32 nr_extents;
    __u64 nodeid; /* of a file that is in use */
    __u64 chunk;
    __u64 extents; /* address of the array */
};

#define FUSE_DEV_IOC_IOMAP_BENCH _IOW(229, 99, struct fuse_iomap_bench)

#endif
