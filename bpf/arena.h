/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look-up in a memory of the arena's layout (bpf/abi.h): the same code for the BPF arena and for plain memory of a
 * process. Offsets count from @base; @size bounds every access, whatever the header in the shared memory says.
 */
#ifndef FAMFS_BPF_ARENA_H
#define FAMFS_BPF_ARENA_H

#include "bpf/mapping.h"

/* Whether a list of @elements elements at byte @list lies between the floor and the end, aligned. */
FAMFS_INLINE int famfs_list_in_arena(__u64 list, __u32 elements, __u64 floor, __u64 size)
{
	__u64 bytes = (__u64)elements * FAMFS_EXTENT_SIZE;

	return list % FAMFS_EXTENT_SIZE == 0 && list >= floor && list <= size && bytes <= size - list;
}

FAMFS_APART enum famfs_status famfs_arena_map_list(const char FAMFS_MEMORY *base, __u64 size,
						   const struct famfs_record FAMFS_MEMORY *record, __u64 position,
						   struct famfs_answer *answer)
{
	const struct famfs_arena_header FAMFS_MEMORY *header = (const struct famfs_arena_header FAMFS_MEMORY *)base;
	struct famfs_reference reference;

	if (famfs_read_reference(record, &reference) != FAMFS_OK)
		return FAMFS_BAD_RECORD;
	if (!famfs_list_in_arena(reference.list, reference.elements, FAMFS_READ(header->list_floor), size))
		return FAMFS_BAD_RECORD;
	return famfs_map_reference(record, &reference,
				   (const struct famfs_extent FAMFS_MEMORY *)(base + reference.list), position, answer);
}

FAMFS_INLINE enum famfs_status famfs_arena_look_up(const char FAMFS_MEMORY *base, __u64 size, __u64 nodeid,
						   __u64 position, struct famfs_answer *answer)
{
	const struct famfs_arena_header FAMFS_MEMORY *header = (const struct famfs_arena_header FAMFS_MEMORY *)base;
	const struct famfs_record FAMFS_MEMORY *record;
	enum famfs_status status;

	if (nodeid >= size / FAMFS_RECORD_SIZE || nodeid >= FAMFS_READ(header->record_limit))
		return FAMFS_NOT_PUBLISHED;
	record = (const struct famfs_record FAMFS_MEMORY *)(base + nodeid * FAMFS_RECORD_SIZE);
	status = famfs_open_record(record, nodeid, position);
	if (status != FAMFS_OK)
		return status;
	if (famfs_is_simple(record))
		return famfs_map_extent(&record->extent, position, answer);
	return famfs_arena_map_list(base, size, record, position, answer);
}

#endif
