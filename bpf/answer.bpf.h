/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the backends' programs share: counters, the last-error record, and the way from a look-up to the kernel.
 */
#ifndef FAMFS_BPF_ANSWER_BPF_H
#define FAMFS_BPF_ANSWER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/mapping.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct famfs_counter_table);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct famfs_last_error);
} last_error SEC(".maps");

FAMFS_INLINE struct famfs_counters *famfs_counters_of(__u32 operation)
{
	__u32 only = 0;
	struct famfs_counters *table = bpf_map_lookup_elem(&counters, &only);

	return table && operation < FAMFS_OPERATIONS ? &table[operation] : 0;
}

/* Two CPUs at once may mix what they note; `count` tells a reader (bpf/abi.h). */
FAMFS_INLINE void famfs_note(__u64 nodeid, __u64 position, __u64 length, __u32 operation, __u32 status)
{
	__u32 only = 0;
	struct famfs_last_error *last = bpf_map_lookup_elem(&last_error, &only);

	if (!last)
		return;
	last->time = bpf_ktime_get_ns();
	last->nodeid = nodeid;
	last->position = position;
	last->length = length;
	last->operation = operation;
	last->status = status;
	__sync_fetch_and_add(&last->count, 1);
}

/* Counts and notes a request without an answer. Returns what iomap_begin returns. */
FAMFS_APART int famfs_refuse(__u64 nodeid, __u64 position, __u64 length, __u32 opflags, __u32 status)
{
	__u32 operation = famfs_operation(opflags, length);
	struct famfs_counters *count = famfs_counters_of(operation);

	if (count && status == FAMFS_NOT_PUBLISHED)
		count->not_published++;
	else if (count && status == FAMFS_PAST_END)
		count->past_end++;
	else if (count)
		count->bad_record++;
	famfs_note(nodeid, position, length, operation, status);
	return -famfs_status_errno(status);
}

/* Counts and passes on an answer. */
FAMFS_INLINE int famfs_accept(const struct famfs_answer *answer, __u64 length, __u32 opflags, struct fuse_iomap_io *out)
{
	struct famfs_counters *count;

	/* The answer goes first: nothing of it has to be kept while the counters are looked up. */
	out->offset = answer->offset;
	out->length = answer->length;
	out->addr = answer->address;
	out->type = FUSE_IOMAP_MAPPED;
	out->flags = 0;
	out->dev = answer->device;
	count = famfs_counters_of(famfs_operation(opflags, length));
	if (count)
		count->ok++;
	return 0;
}

#endif
