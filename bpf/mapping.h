/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a record and a position in the file to bytes on a device. Pure functions, one copy for the struct_ops programs,
 * the `resolve` test program, the daemon, the unit tests and the fuzzer.
 *
 * Every field read here is input (bpf/abi.h). A record that contradicts itself gives FAMFS_BAD_RECORD, never an answer.
 * Arithmetic: docs/architecture.md, "From position to address".
 */
#ifndef FAMFS_BPF_MAPPING_H
#define FAMFS_BPF_MAPPING_H

#include "bpf/abi.h"
#include "bpf/hook.h"

/* Address space of the records and extents that the including program reads: __arena, or nothing. */
#ifndef FAMFS_MEMORY
#define FAMFS_MEMORY
#endif

/* Element of a list whose length is checked. A program whose verifier wants to see the bound again defines its own. */
#ifndef FAMFS_ELEMENT
#define FAMFS_ELEMENT(list, index) (&(list)[index])
#endif

/* Takes a field from shared memory exactly once: whoever writes it cannot change it between check and use. */
#ifdef __bpf__
#define FAMFS_INLINE	  static inline __attribute__((always_inline))
#define FAMFS_APART	  static __attribute__((noinline)) /* keeps the path of a single extent free of spilled registers */
#define FAMFS_READ(field) (*(const volatile __typeof__(field) *)&(field))
#ifndef __TARGET_ARCH_x86
#error "only x86 keeps loads in order without an instruction; load-acquire in BPF needs clang 20"
#endif
#else
#define FAMFS_INLINE	  static inline
#define FAMFS_APART	  static inline
#define FAMFS_READ(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#endif

/* The field that says whether the others are valid: whatever is read later is read after it. */
FAMFS_INLINE __u64 famfs_read_first(const __u64 FAMFS_MEMORY *field)
{
#ifdef __bpf__
	__u64 value = FAMFS_READ(*field);

	asm volatile("" ::: "memory");
	return value;
#else
	return __atomic_load_n(field, __ATOMIC_ACQUIRE);
#endif
}

/* The reference of a LIST or INTERLEAVED record, read once and checked: the count and the shift are safe to use. */
struct famfs_reference {
	__u64 list;
	__u32 extents;
	enum famfs_record_kind kind;
	__u8 chunk_shift;
};

/* The errno that a fault, read or write ends in. */
FAMFS_INLINE int famfs_status_errno(enum famfs_status status)
{
	switch (status) {
	case FAMFS_OK:
		return 0;
	case FAMFS_NOT_PUBLISHED:
		return 2; /* ENOENT */
	case FAMFS_PAST_END:
		return 61; /* ENODATA */
	default:
		return 5; /* EIO */
	}
}

FAMFS_INLINE __u64 famfs_end(__u64 start, __u64 length)
{
	return start + length;
}

FAMFS_INLINE int famfs_overflows(__u64 start, __u64 length)
{
	return start + length < start;
}

/* A copy of an extent, and its own consistency. */
FAMFS_INLINE enum famfs_status famfs_read_extent(const struct famfs_extent FAMFS_MEMORY *from,
						 struct famfs_extent *extent)
{
	extent->position = FAMFS_READ(from->position);
	extent->address = FAMFS_READ(from->address);
	extent->length = FAMFS_READ(from->length);
	extent->device = FAMFS_READ(from->device);
	if (!extent->device || famfs_overflows(extent->address, extent->length) ||
	    famfs_overflows(extent->position, extent->length))
		return FAMFS_BAD_RECORD;
	if ((extent->position | extent->address | extent->length) % FAMFS_PAGE_SIZE)
		return FAMFS_BAD_RECORD;
	return FAMFS_OK;
}

/* One extent answers whole: the longest run there is. */
FAMFS_INLINE enum famfs_status famfs_map_extent(const struct famfs_extent FAMFS_MEMORY *from, __u64 position,
						struct famfs_answer *answer)
{
	struct famfs_extent extent;

	if (famfs_read_extent(from, &extent) != FAMFS_OK)
		return FAMFS_BAD_RECORD;
	if (position < extent.position || position >= famfs_end(extent.position, extent.length))
		return FAMFS_BAD_RECORD;
	answer->offset = extent.position;
	answer->length = extent.length;
	answer->address = extent.address;
	answer->device = extent.device;
	return FAMFS_OK;
}

/* A list sorted by position: the last extent that begins at or before @position, by halving. */
FAMFS_INLINE enum famfs_status famfs_map_list(const struct famfs_extent FAMFS_MEMORY *list, __u32 extents,
					      __u64 position, struct famfs_answer *answer)
{
	__u32 low = 0, high = extents;

	/* `extents` fits in 16 bits, so 16 halvings end it; the bound is for the verifier. */
	for (int step = 0; step < 16 && high - low > 1; step++) {
		__u32 middle = low + (high - low) / 2;

		if (FAMFS_READ(FAMFS_ELEMENT(list, middle)->position) <= position)
			low = middle;
		else
			high = middle;
	}
	return famfs_map_extent(FAMFS_ELEMENT(list, low), position, answer);
}

/* Chunk k of the file is chunk k / strips of strip k % strips. The run ends with the chunk. */
FAMFS_INLINE enum famfs_status famfs_map_interleaved(const struct famfs_extent FAMFS_MEMORY *strips, __u32 count,
						     __u8 chunk_shift, __u64 position, struct famfs_answer *answer)
{
	__u64 chunk = position >> chunk_shift;
	__u64 chunk_size = 1ULL << chunk_shift;
	__u64 in_strip = (chunk / count) << chunk_shift;
	struct famfs_extent strip;

	if (famfs_read_extent(FAMFS_ELEMENT(strips, (__u32)(chunk % count)), &strip) != FAMFS_OK)
		return FAMFS_BAD_RECORD;
	if (in_strip >= strip.length || strip.length - in_strip < chunk_size)
		return FAMFS_BAD_RECORD;
	answer->offset = chunk << chunk_shift;
	answer->length = chunk_size;
	answer->address = strip.address + in_strip;
	answer->device = strip.device;
	return FAMFS_OK;
}

/* OK if the record is @nodeid's and its file reaches past @position. */
FAMFS_INLINE enum famfs_status famfs_open_record(const struct famfs_record FAMFS_MEMORY *record, __u64 nodeid,
						 __u64 position)
{
	if (!nodeid || famfs_read_first(&record->nodeid) != nodeid)
		return FAMFS_NOT_PUBLISHED;
	return position < FAMFS_READ(record->size) ? FAMFS_OK : FAMFS_PAST_END;
}

FAMFS_INLINE int famfs_is_simple(const struct famfs_record FAMFS_MEMORY *record)
{
	return FAMFS_READ(record->kind) == FAMFS_RECORD_SIMPLE;
}

/* Of a record that is not SIMPLE. */
FAMFS_INLINE enum famfs_status famfs_read_reference(const struct famfs_record FAMFS_MEMORY *record,
						    struct famfs_reference *reference)
{
	reference->list = FAMFS_READ(record->list);
	reference->extents = FAMFS_READ(record->extents);
	reference->kind = FAMFS_READ(record->kind);
	reference->chunk_shift = FAMFS_READ(record->chunk_shift);
	if (!reference->extents)
		return FAMFS_BAD_RECORD;
	if (reference->kind == FAMFS_RECORD_LIST)
		return FAMFS_OK;
	if (reference->kind != FAMFS_RECORD_INTERLEAVED)
		return FAMFS_BAD_RECORD;
	return reference->chunk_shift >= FAMFS_CHUNK_SHIFT_MIN && reference->chunk_shift <= FAMFS_CHUNK_SHIFT_MAX
		       ? FAMFS_OK
		       : FAMFS_BAD_RECORD;
}

/* Once the caller has found out that @list holds that many extents. */
FAMFS_INLINE enum famfs_status famfs_map_reference(const struct famfs_reference *reference,
						   const struct famfs_extent FAMFS_MEMORY *list, __u64 position,
						   struct famfs_answer *answer)
{
	if (reference->kind == FAMFS_RECORD_INTERLEAVED)
		return famfs_map_interleaved(list, reference->extents, reference->chunk_shift, position, answer);
	return famfs_map_list(list, reference->extents, position, answer);
}

/* How the counters name a request. @opflags: enum fuse_iomap_opflag. A fault asks for one page of its size. */
FAMFS_INLINE enum famfs_operation famfs_operation(__u32 opflags, __u64 length)
{
	const __u32 other = FUSE_IOMAP_OP_ZERO | FUSE_IOMAP_OP_UNSHARE;
	__u32 kind = opflags & (other | FUSE_IOMAP_OP_REPORT | FUSE_IOMAP_OP_FAULT);
	int write = (opflags & FUSE_IOMAP_OP_WRITE) != 0;

	/* One question for what comes most often and must not wait. */
	if (kind == FUSE_IOMAP_OP_FAULT && length >= FAMFS_HUGE_PAGE_SIZE)
		return write ? FAMFS_FAULT_PMD_WRITE : FAMFS_FAULT_PMD_READ;
	if (kind == FUSE_IOMAP_OP_FAULT)
		return write ? FAMFS_FAULT_PTE_WRITE : FAMFS_FAULT_PTE_READ;
	if (kind & other)
		return FAMFS_OTHER;
	if (kind & FUSE_IOMAP_OP_REPORT)
		return FAMFS_REPORT;
	return write ? FAMFS_WRITE : FAMFS_READ;
}

#endif
