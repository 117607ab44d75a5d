/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel hook as a BPF program and a FUSE server see it (kernel/patches,
 * Documentation/filesystems/fuse/ there). Types carry names that stock kernels do not have, and only scalars cross the
 * boundary: libbpf resolves a type's name against vmlinux first, so a patched FUSE struct would be read at wrong
 * offsets.
 */
#ifndef FAMFS_BPF_HOOK_H
#define FAMFS_BPF_HOOK_H

#include <linux/types.h>

#ifdef __bpf__
#define FUSE_IOMAP_CORE __attribute__((preserve_access_index))
#else
#define FUSE_IOMAP_CORE
#endif

enum fuse_iomap_type_value {
	FUSE_IOMAP_MAPPED = 2,
};

/* Bits of opflags. */
enum fuse_iomap_opflag {
	FUSE_IOMAP_OP_WRITE = 1 << 0,
	FUSE_IOMAP_OP_ZERO = 1 << 1,
	FUSE_IOMAP_OP_REPORT = 1 << 2,
	FUSE_IOMAP_OP_FAULT = 1 << 3,
	FUSE_IOMAP_OP_DIRECT = 1 << 4,
	FUSE_IOMAP_OP_NOWAIT = 1 << 5,
	FUSE_IOMAP_OP_OVERWRITE_ONLY = 1 << 6,
	FUSE_IOMAP_OP_UNSHARE = 1 << 7,
	FUSE_IOMAP_OP_DAX = 1 << 8,
};

/* One contiguous mapping; all in bytes. */
struct fuse_iomap_io {
	__u64 offset;
	__u64 length;
	__u64 addr;
	__u16 type;
	__u16 flags;
	__u32 dev; /* cookie from FUSE_DEV_IOC_IOMAP_DEVICE */
} FUSE_IOMAP_CORE;

struct fuse_iomap_bpf_ops {
	int (*iomap_begin)(__u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out);
	__s32 fuse_fd; /* mounted /dev/fuse of the caller */
	char name[16];
} FUSE_IOMAP_CORE;

/* User space only: what a stock <linux/fuse.h> does not have. */
#ifndef __bpf__
#include <linux/ioctl.h>

/* fuse_attr.flags: the data of this inode are mapped by the connection's program. Constant for the inode's life. */
#define FUSE_ATTR_IOMAP (1 << 2)

struct fuse_iomap_device {
	__s32 fd;     /* open dax character device, bound to fsdev_dax */
	__u32 flags;  /* 0 */
	__u64 length; /* bytes from the device's start that the program may map; a multiple of the page size */
};

/* On a mounted /dev/fuse, with CAP_SYS_RAWIO. Returns a cookie from 1. The device is held until unmount. */
#define FUSE_DEV_IOC_IOMAP_DEVICE _IOW(229, 4, struct fuse_iomap_device)

#define FUSE_IOMAP_WRITE_ZERO (1 << 0) /* zeros instead of a buffer */
#define FUSE_IOMAP_WRITE_BACK (1 << 1) /* nothing but what is there already */

struct fuse_iomap_write {
	__u32 dev;    /* cookie */
	__u32 flags;  /* 0 or one of FUSE_IOMAP_WRITE_* */
	__u64 offset; /* first byte on the device */
	__u64 length;
	__u64 buffer; /* address of what to store; 0 with a flag */
};

/* The server's own stores to a device. On return they are out of the processors' caches, and before what comes next. */
#define FUSE_DEV_IOC_IOMAP_WRITE _IOW(229, 5, struct fuse_iomap_write)
#endif

#endif
