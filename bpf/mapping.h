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
 * Where the including program's lists lie, the one that a record refers to, and an element of it (an extent, or after
 * the extents a slot of steps): 0 if there is none, whatever the index. A program whose lists lie elsewhere defines its
 * own.
 */
#ifndef FAMFS_ELEMENT
struct famfs_plain_list {
	const struct famfs_extent *first;
	__u64 count;
};
#define FAMFS_LISTS			const struct famfs_plain_list *
#define FAMFS_LIST			const struct famfs_plain_list *
#define FAMFS_LIST_AT(lists, reference) ((void)(reference), (lists))
#define FAMFS_ELEMENT(list, index)	((index) < (list)->count ? (list)->first + (index) : 0)
#endif

/* Takes a field from shared memory exactly once: whoever writes it cannot change it between check and use. */
#ifdef __bpf__
#define FAMFS_INLINE	  static inline __attribute__((always_inline))
#define FAMFS_APART	  static __attribute__((noinline)) /* for what is rare: a call and its return are dear */
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

/*
 * The rules of every answer: whole pages of a device, and no number so large that a sum of two wraps (nor has a file or
 * a device 2^63 bytes). The kernel checks them again, against the device.
 */
FAMFS_INLINE int famfs_is_run(const struct famfs_answer *answer)
{
	const __u64 no_run = 1ULL << 63 | (FAMFS_PAGE_SIZE - 1);

	return answer->device && !((answer->offset | answer->address | answer->length) & no_run);
}

/* One extent answers whole: the longest run there is. */
FAMFS_INLINE enum famfs_status famfs_map_extent(const struct famfs_extent FAMFS_MEMORY *extent, __u64 position,
						struct famfs_answer *answer)
{
	if (!extent)
		return FAMFS_BAD_RECORD;
	answer->offset = FAMFS_READ(extent->position);
	answer->length = FAMFS_READ(extent->length);
	answer->address = FAMFS_READ(extent->address);
	answer->device = FAMFS_READ(extent->device);
	if (position < answer->offset || position - answer->offset >= answer->length)
		return FAMFS_BAD_RECORD;
	return famfs_is_run(answer) ? FAMFS_OK : FAMFS_BAD_RECORD;
}

/* A short list has its steps in the record: reaching them costs nothing more. */
FAMFS_INLINE int famfs_is_short(__u32 extents)
{
	return extents <= FAMFS_STEPS_IN_RECORD;
}

/* The extent that the first byte of @step is in; a number past all others if there is no such step. */
FAMFS_INLINE __u32 famfs_first_of(FAMFS_LIST list, const struct famfs_record FAMFS_MEMORY *record, __u32 extents,
				  __u64 step)
{
	const struct famfs_slot FAMFS_MEMORY *slot;

	if (famfs_is_short(extents)) {
		if (step >= FAMFS_STEPS_IN_RECORD)
			return FAMFS_EXTENTS_MAX;
		return FAMFS_READ(record->steps.first[FAMFS_BOUNDED(step, FAMFS_STEPS_IN_RECORD)]);
	}
	if (step >= FAMFS_READ(record->steps.count))
		return FAMFS_EXTENTS_MAX;
	slot = (const struct famfs_slot FAMFS_MEMORY *)FAMFS_ELEMENT(list,
								     extents + (__u32)step / FAMFS_STEPS_PER_SLOT);
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
		__u32 later;

		if (!extent)
			return FAMFS_BAD_RECORD;
		/* All ones if the extent begins after: no branch to guess wrong, and one path for the verifier. */
		later = (__u32)((__s64)(position - FAMFS_READ(extent->position)) >> 63);
		FAMFS_HIDE(later);
		low ^= (low ^ middle) & ~later;
		high ^= (high ^ middle) & later;
	}
	return famfs_map_extent(FAMFS_ELEMENT(list, low), position, answer);
}

/* The step's first extent, nearly always; else one after it, up to the first of the next step. */
FAMFS_INLINE enum famfs_status famfs_map_list(FAMFS_LIST list, const struct famfs_record FAMFS_MEMORY *record,
					      __u64 position, struct famfs_answer *answer)
{
	__u32 extents = FAMFS_READ(record->extents);
	__u64 step = position >> FAMFS_READ(record->shift) % 64;
	__u32 low = famfs_first_of(list, record, extents, step);
	__u32 high;

	if (low >= extents)
		return FAMFS_BAD_RECORD;
	if (famfs_map_extent(FAMFS_ELEMENT(list, low), position, answer) == FAMFS_OK)
		return FAMFS_OK;
	high = famfs_first_of(list, record, extents, step + 1);
	if (high >= extents)
		high = extents - 1;
	return low < high ? famfs_search(list, low + 1, high + 1, position, answer) : FAMFS_BAD_RECORD;
}

/* @chunk / strips. Whatever the record says, the caller finds out by the remainder. */
FAMFS_INLINE __u64 famfs_row_of(__u64 chunk, __u32 strips, const struct famfs_reciprocal FAMFS_MEMORY *reciprocal)
{
	if (chunk >> FAMFS_RECIPROCAL_BITS)
		return strips ? chunk / strips : 0;
	return chunk * (__u64)FAMFS_READ(reciprocal->multiplier) >> FAMFS_READ(reciprocal->shift) % 64;
}

/* Where a position lies: chunk k of the file is chunk k / strips of strip k % strips. */
struct famfs_place {
	__u64 chunk;
	__u64 row; /* number of the chunk in its strip */
	__u64 strip;
	__u32 shift;
};

/* 0 if the record contradicts itself. */
FAMFS_INLINE int famfs_deal(const struct famfs_record FAMFS_MEMORY *record,
			    const struct famfs_reciprocal FAMFS_MEMORY *reciprocal, __u64 position,
			    struct famfs_place *place)
{
	__u32 strips = FAMFS_READ(record->extents);

	place->shift = FAMFS_READ(record->shift);
	if (place->shift > FAMFS_CHUNK_SHIFT_MAX)
		return 0;
	place->chunk = position >> place->shift;
	place->row = famfs_row_of(place->chunk, strips, reciprocal);
	place->strip = place->chunk - place->row * strips;
	return place->row <= place->chunk && place->strip < strips;
}

/* The run is the chunk. @address: of the strip. */
FAMFS_INLINE enum famfs_status famfs_map_chunk(const struct famfs_place *place, __u64 address, __u32 device,
					       struct famfs_answer *answer)
{
	answer->offset = place->chunk << place->shift;
	answer->length = 1ULL << place->shift;
	answer->address = address + (place->row << place->shift);
	answer->device = device;
	return famfs_is_run(answer) ? FAMFS_OK : FAMFS_BAD_RECORD;
}

FAMFS_INLINE enum famfs_status famfs_map_interleaved(FAMFS_LIST strips, const struct famfs_record FAMFS_MEMORY *record,
						     __u64 position, struct famfs_answer *answer)
{
	const struct famfs_extent FAMFS_MEMORY *strip;
	struct famfs_place place;

	if (!famfs_deal(record, &record->reciprocal, position, &place))
		return FAMFS_BAD_RECORD;
	strip = FAMFS_ELEMENT(strips, (__u32)place.strip);
	/* A file has less than 2^63 bytes: no sum wraps. */
	if (!strip || FAMFS_READ(strip->length) < (place.row + 1) << place.shift)
		return FAMFS_BAD_RECORD;
	return famfs_map_chunk(&place, FAMFS_READ(strip->address), FAMFS_READ(strip->device), answer);
}

FAMFS_INLINE enum famfs_status famfs_map_packed(const struct famfs_record FAMFS_MEMORY *record, __u64 position,
						struct famfs_answer *answer)
{
	struct famfs_place place;
	__u64 strip;

	if (!famfs_deal(record, &record->packed.reciprocal, position, &place) || place.strip >= FAMFS_STRIPS_IN_RECORD)
		return FAMFS_BAD_RECORD;
	strip = FAMFS_READ(record->packed.strip[FAMFS_BOUNDED(place.strip, FAMFS_STRIPS_IN_RECORD)]);
	return famfs_map_chunk(&place, (strip & ((1ULL << FAMFS_STRIP_PAGE_BITS) - 1)) * FAMFS_PAGE_SIZE,
			       (__u32)(strip >> FAMFS_STRIP_PAGE_BITS), answer);
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

/* A record that is not SIMPLE. */
FAMFS_INLINE enum famfs_status famfs_map_list_of(const struct famfs_record FAMFS_MEMORY *record, FAMFS_LIST list,
						 __u64 position, struct famfs_answer *answer)
{
	enum famfs_record_kind kind = FAMFS_READ(record->kind);

	if (kind == FAMFS_RECORD_PACKED)
		return famfs_map_packed(record, position, answer);
	if (kind == FAMFS_RECORD_INTERLEAVED)
		return famfs_map_interleaved(list, record, position, answer);
	return kind == FAMFS_RECORD_LIST ? famfs_map_list(list, record, position, answer) : FAMFS_BAD_RECORD;
}

/*
 * Every reader's way from the record that it has found: is it @nodeid's, does the file reach past @position, and which
 * run is there.
 */
FAMFS_INLINE enum famfs_status famfs_map_record(const struct famfs_record FAMFS_MEMORY *record, FAMFS_LISTS lists,
						__u64 nodeid, __u64 position, struct famfs_answer *answer)
{
	enum famfs_status status = famfs_open_record(record, nodeid, position);

	if (status != FAMFS_OK)
		return status;
	if (famfs_is_simple(record))
		return famfs_map_extent(&record->extent, position, answer);
	return famfs_map_list_of(record, FAMFS_LIST_AT(lists, FAMFS_READ(record->list)), position, answer);
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
