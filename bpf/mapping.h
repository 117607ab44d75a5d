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

/*
 * A list, and an element of it (an extent, or behind the extents a slot of steps); the caller has checked that the list
 * is long enough. A program whose lists do not lie in one piece defines both; its FAMFS_ELEMENT() may be 0.
 */
#ifndef FAMFS_ELEMENT
#define FAMFS_LIST		   const struct famfs_extent FAMFS_MEMORY *
#define FAMFS_ELEMENT(list, index) (&(list)[index])
#endif

/* Takes a field from shared memory exactly once: whoever writes it cannot change it between check and use. */
#ifdef __bpf__
#define FAMFS_INLINE	  static inline __attribute__((always_inline))
#define FAMFS_APART	  static __attribute__((noinline)) /* keeps the path of a single extent free of spilled registers */
#define FAMFS_READ(field) (*(const volatile __typeof__(field) *)&(field))
/* The compiler must not know better than what is written. */
#define FAMFS_HIDE(value) asm volatile("" : "+r"(value))
/* An index that is known to be small enough, in the form that the verifier believes.
 */
#define FAMFS_BOUNDED(index, limit)                                                                                    \
	({                                                                                                             \
		__u64 bounded = (index);                                                                               \
		FAMFS_HIDE(bounded);                                                                                   \
		bounded % (limit);                                                                                     \
	})
#ifndef __TARGET_ARCH_x86
#error "only x86 keeps loads in order without an instruction; load-acquire in BPF needs clang 20"
#endif
#else
#define FAMFS_INLINE		    static inline
#define FAMFS_APART		    static inline
#define FAMFS_READ(field)	    __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define FAMFS_BOUNDED(index, limit) ((index) % (limit))
#define FAMFS_HIDE(value)	    (void)(value)
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

/* The reference of a LIST or INTERLEAVED record, read once and checked: counts and shift are safe to use. */
struct famfs_reference {
	__u64 list;
	__u32 extents;
	__u32 steps;	/* of a LIST */
	__u32 elements; /* extents, and the slots behind them */
	enum famfs_record_kind kind;
	__u8 shift;
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
	if (!from)
		return FAMFS_BAD_RECORD;
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

/* A short list has its steps in the record: reaching them costs nothing more. */
FAMFS_INLINE int famfs_is_short(__u32 extents)
{
	return extents <= FAMFS_STEPS_IN_RECORD;
}

FAMFS_INLINE __u32 famfs_slots(__u32 extents, __u32 steps)
{
	return famfs_is_short(extents) ? 0 : (steps + FAMFS_STEPS_PER_SLOT - 1) / FAMFS_STEPS_PER_SLOT;
}

/* The extent that the first byte of @step is in; a number past the last one if there is no such step. */
FAMFS_INLINE __u32 famfs_first_of(FAMFS_LIST list, const struct famfs_record FAMFS_MEMORY *record,
				  const struct famfs_reference *reference, __u64 step)
{
	const struct famfs_slot FAMFS_MEMORY *slot;

	if (step >= reference->steps)
		return FAMFS_EXTENTS_MAX;
	if (famfs_is_short(reference->extents))
		return FAMFS_READ(record->steps.first[FAMFS_BOUNDED(step, FAMFS_STEPS_IN_RECORD)]);
	slot = (const struct famfs_slot FAMFS_MEMORY *)FAMFS_ELEMENT(
		list, reference->extents + (__u32)(step / FAMFS_STEPS_PER_SLOT));
	return slot ? FAMFS_READ(slot->first[FAMFS_BOUNDED(step, FAMFS_STEPS_PER_SLOT)]) : (__u32)FAMFS_EXTENTS_MAX;
}

/* Extents @low to @high - 1, sorted by position: the last that begins at or before @position, by halving. */
FAMFS_APART enum famfs_status famfs_search(FAMFS_LIST list, __u32 low, __u32 high, __u64 position,
					   struct famfs_answer *answer)
{
	/* A number of extents fits in 16 bits, so 16 halvings end it; the bound is for the verifier. */
	for (int round = 0; round < 16 && high - low > 1; round++) {
		__u32 middle = low + (high - low) / 2;
		const struct famfs_extent FAMFS_MEMORY *extent = FAMFS_ELEMENT(list, middle);
		__u32 behind;

		if (!extent)
			return FAMFS_BAD_RECORD;
		/* All ones if the extent begins behind: no branch to guess wrong, and one path for the verifier. */
		behind = (__u32)((__s64)(position - FAMFS_READ(extent->position)) >> 63);
		FAMFS_HIDE(behind);
		low ^= (low ^ middle) & ~behind;
		high ^= (high ^ middle) & behind;
	}
	return famfs_map_extent(FAMFS_ELEMENT(list, low), position, answer);
}

/* The step's first extent, nearly always; else one behind it, up to the first of the next step. */
FAMFS_INLINE enum famfs_status famfs_map_list(FAMFS_LIST list, const struct famfs_record FAMFS_MEMORY *record,
					      const struct famfs_reference *reference, __u64 position,
					      struct famfs_answer *answer)
{
	__u64 step = position >> reference->shift;
	__u32 low = famfs_first_of(list, record, reference, step);
	__u32 high;

	if (low >= reference->extents)
		return FAMFS_BAD_RECORD;
	if (famfs_map_extent(FAMFS_ELEMENT(list, low), position, answer) == FAMFS_OK)
		return FAMFS_OK;
	high = famfs_first_of(list, record, reference, step + 1);
	if (high >= reference->extents)
		high = reference->extents - 1;
	return low < high ? famfs_search(list, low + 1, high + 1, position, answer) : FAMFS_BAD_RECORD;
}

/* @chunk / strips. Whatever the record says, the caller finds out by the remainder. */
FAMFS_INLINE __u64 famfs_row_of(__u64 chunk, __u32 strips, const struct famfs_reciprocal FAMFS_MEMORY *reciprocal)
{
	if (chunk >> FAMFS_RECIPROCAL_BITS)
		return chunk / strips;
	return chunk * FAMFS_READ(reciprocal->multiplier) >> (FAMFS_READ(reciprocal->shift) % 64);
}

/* Chunk k of the file is chunk k / strips of strip k % strips. The run ends with the chunk. */
FAMFS_INLINE enum famfs_status famfs_map_interleaved(FAMFS_LIST strips, const struct famfs_record FAMFS_MEMORY *record,
						     const struct famfs_reference *reference, __u64 position,
						     struct famfs_answer *answer)
{
	__u64 chunk = position >> reference->shift;
	__u64 chunk_size = 1ULL << reference->shift;
	__u64 row = famfs_row_of(chunk, reference->extents, &record->reciprocal);
	__u64 number = chunk - row * reference->extents;
	__u64 in_strip = row << reference->shift;
	struct famfs_extent strip;

	if (row > chunk || number >= reference->extents)
		return FAMFS_BAD_RECORD;
	if (famfs_read_extent(FAMFS_ELEMENT(strips, (__u32)number), &strip) != FAMFS_OK)
		return FAMFS_BAD_RECORD;
	if (in_strip >= strip.length || strip.length - in_strip < chunk_size)
		return FAMFS_BAD_RECORD;
	answer->offset = chunk << reference->shift;
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
	reference->shift = FAMFS_READ(record->shift);
	reference->steps = 0;
	reference->elements = reference->extents;
	if (!reference->extents || reference->shift < FAMFS_CHUNK_SHIFT_MIN)
		return FAMFS_BAD_RECORD;
	if (reference->kind == FAMFS_RECORD_INTERLEAVED)
		return reference->shift <= FAMFS_CHUNK_SHIFT_MAX ? FAMFS_OK : FAMFS_BAD_RECORD;
	if (reference->kind != FAMFS_RECORD_LIST || reference->shift > 63)
		return FAMFS_BAD_RECORD;
	reference->steps =
		famfs_is_short(reference->extents) ? (__u32)FAMFS_STEPS_IN_RECORD : FAMFS_READ(record->steps.count);
	reference->elements += famfs_slots(reference->extents, reference->steps);
	return reference->steps <= FAMFS_STEPS_MAX ? FAMFS_OK : FAMFS_BAD_RECORD;
}

/* Once the caller has found out that @list holds that many elements. */
FAMFS_INLINE enum famfs_status famfs_map_reference(const struct famfs_record FAMFS_MEMORY *record,
						   const struct famfs_reference *reference, FAMFS_LIST list,
						   __u64 position, struct famfs_answer *answer)
{
	if (reference->kind == FAMFS_RECORD_INTERLEAVED)
		return famfs_map_interleaved(list, record, reference, position, answer);
	return famfs_map_list(list, record, reference, position, answer);
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
