/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look_up() of the backend `arena`: the record of a file is the nodeid-th element of an array in the BPF arena. User
 * space maps the same pages and fills them. The arena begins at a multiple of 4 GiB in user space
 * (loader/arena_memory.h), so an offset from its start is already the low half of an address, which is all that the
 * kernel takes of an arena pointer.
 */
#ifndef FAMFS_BPF_ARENA_BACKEND_BPF_H
#define FAMFS_BPF_ARENA_BACKEND_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __arena	     __attribute__((address_space(1)))
#define FAMFS_MEMORY __arena
#include "bpf/arena.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 20); /* pages: 4 GiB, the most there can be; set by the loader */
} arena SEC(".maps");

FAMFS_INLINE enum famfs_status look_up(__u64 nodeid, __u64 position, struct famfs_answer *answer)
{
	const char __arena *base = 0;

	/* Ties the program to its arena, which no instruction would name otherwise, and hides the 0 from the compiler.
	 */
	asm volatile("" : "+r"(base) : "r"(&arena));
	return famfs_arena_look_up(base, FAMFS_ARENA_MAX, nodeid, position, answer);
}

#endif
