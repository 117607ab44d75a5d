/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look_up() of the backend `rhash`: records under their nodeid in a resizable hash map, lists of extents in a second
 * one. Elements are only ever inserted and deleted: the kernel copies over an existing RHASH value in place, and a
 * reader would see half of each. Where the kernel has no RHASH the loader makes both maps a HASH (backend `hash`).
 */
#ifndef FAMFS_BPF_HASH_BACKEND_BPF_H
#define FAMFS_BPF_HASH_BACKEND_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct famfs_extent;
static inline const struct famfs_extent *famfs_in_block(__u64 list, __u32 index);
#define FAMFS_LISTS			const void *
#define FAMFS_LIST			__u64
#define FAMFS_LIST_AT(lists, reference) ((void)(lists), (reference))
#define FAMFS_ELEMENT(list, index)	famfs_in_block(list, index)

#include "bpf/mapping.h"

struct {
	__uint(type, FAMFS_MAP_TYPE_RHASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* set by the loader, both maps */
	__type(key, __u64);	/* nodeid */
	__type(value, struct famfs_record);
} files SEC(".maps");

struct {
	__uint(type, FAMFS_MAP_TYPE_RHASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct famfs_block_key);
	__type(value, struct famfs_extent_block);
} extents SEC(".maps");

static inline __attribute__((always_inline)) const struct famfs_extent *famfs_in_block(__u64 list, __u32 index)
{
	struct famfs_block_key key = {.list = list, .block = index / FAMFS_EXTENTS_PER_BLOCK};
	const struct famfs_extent_block *block = bpf_map_lookup_elem(&extents, &key);

	return block ? &block->extent[FAMFS_BOUNDED(index, FAMFS_EXTENTS_PER_BLOCK)] : 0;
}

FAMFS_INLINE enum famfs_status look_up(__u64 nodeid, __u64 position, struct famfs_answer *answer)
{
	const struct famfs_record *record = bpf_map_lookup_elem(&files, &nodeid);

	return record ? famfs_map_record(record, 0, nodeid, position, answer) : FAMFS_NOT_PUBLISHED;
}

#endif
