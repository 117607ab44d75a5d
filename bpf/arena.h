/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look-up in a memory of the arena's layout (bpf/abi.h): the same code for the BPF arena and for plain memory of a
 * process. Offsets count from @base; @size bounds every access, whatever the header in the shared memory says.
 */
#ifndef FAMFS_BPF_ARENA_H
#define FAMFS_BPF_ARENA_H

#include "bpf/abi.h"

#ifndef FAMFS_MEMORY
#define FAMFS_MEMORY
#endif

/* A list is reached by its offset. A program needs no more: the low half of an address is the offset in its arena. */
#ifdef __bpf__
#define FAMFS_LISTS			const void *
#define FAMFS_LIST			__u64
#define FAMFS_LIST_AT(lists, reference) ((void)(lists), (reference))
static inline __attribute__((always_inline)) const struct famfs_extent FAMFS_MEMORY *famfs_in_arena(__u64 list,
												    __u32 index)
{
	__u64 offset = list + (__u64)index * FAMFS_EXTENT_SIZE;

	if (offset % FAMFS_EXTENT_SIZE || offset > FAMFS_ARENA_MAX - FAMFS_EXTENT_SIZE)
		return 0;
	return (const struct famfs_extent FAMFS_MEMORY *)offset;
}
#else
struct famfs_arena_view {
	const char *base;
	__u64 size;
};
struct famfs_arena_list {
	struct famfs_arena_view view;
	__u64 offset;
};
#define FAMFS_LISTS			struct famfs_arena_view
#define FAMFS_LIST			struct famfs_arena_list
#define FAMFS_LIST_AT(lists, reference) famfs_arena_list_at(lists, reference)
static inline struct famfs_arena_list famfs_arena_list_at(struct famfs_arena_view view, __u64 offset)
{
	struct famfs_arena_list list = {.view = view, .offset = offset};

	return list;
}

static inline const struct famfs_extent *famfs_in_arena(struct famfs_arena_list list, __u32 index)
{
	__u64 offset = list.offset + (__u64)index * FAMFS_EXTENT_SIZE;

	if (offset % FAMFS_EXTENT_SIZE || offset > list.view.size - FAMFS_EXTENT_SIZE)
		return 0; /* NOLINT(modernize-use-nullptr): it is C, too */
	return (const struct famfs_extent *)(list.view.base + offset);
}
#endif
#define FAMFS_ELEMENT(list, index) famfs_in_arena(list, index)

#include "bpf/mapping.h"

FAMFS_INLINE enum famfs_status famfs_arena_look_up(const char FAMFS_MEMORY *base, __u64 size, __u64 nodeid,
						   __u64 position, struct famfs_answer *answer)
{
	const struct famfs_arena_header FAMFS_MEMORY *header = (const struct famfs_arena_header FAMFS_MEMORY *)base;
	const struct famfs_record FAMFS_MEMORY *record;
#ifdef __bpf__
	const void *lists = 0;
#else
	const struct famfs_arena_view lists = {.base = base, .size = size};
#endif

	if (nodeid >= size / FAMFS_RECORD_SIZE || nodeid >= FAMFS_READ(header->record_limit))
		return FAMFS_NOT_PUBLISHED;
	record = (const struct famfs_record FAMFS_MEMORY *)(base + nodeid * FAMFS_RECORD_SIZE);
	return famfs_map_record(record, lists, nodeid, position, answer);
}

#endif
