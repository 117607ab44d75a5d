/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one contract between the BPF programs and user space: what lies in the maps, byte for byte.
 *
 * A file is one 64-byte record. In the arena it lies at index nodeid; in the hash backend it is the value under the
 * key nodeid. A FUSE server chooses its nodeids, so the index costs nothing and the kernel stores nothing.
 *
 * Publication: a writer fills the whole record (and its extent list first), then stores `nodeid` last, with release
 * order. A reader takes the record only if `nodeid` is its own. A published record is never changed in place;
 * it is withdrawn by storing 0 to `nodeid`, and its storage is reused only after a grace period.
 *
 * Whoever holds a map's fd can write it, so everything here is input to the program, and the kernel checks the answer.
 */
#ifndef FAMFS_BPF_ABI_H
#define FAMFS_BPF_ABI_H

#include <linux/types.h>

#ifdef __cplusplus
#define FAMFS_ABI_ASSERT(condition) static_assert(condition, #condition)
#else
#define FAMFS_ABI_ASSERT(condition) _Static_assert(condition, #condition)
#endif

enum {
	FAMFS_ABI_VERSION = 3, /* of all of this; pins of another version are never opened (loader/pins.h) */
	FAMFS_ARENA_MAGIC = 0x46424d31,
	FAMFS_RECORD_SIZE = 64,
	FAMFS_EXTENT_SIZE = 32,
	FAMFS_EXTENTS_MAX = 65535,    /* of one file */
	FAMFS_EXTENTS_PER_BLOCK = 16, /* of the hash backend's extent map */
	FAMFS_STEPS_IN_RECORD = 32,   /* of a short list: one of at most that many extents */
	FAMFS_STEPS_PER_SLOT = 16,    /* of a longer one */
	FAMFS_PAGE_SIZE = 4096,
	FAMFS_HUGE_PAGE_SIZE = 2097152,
	FAMFS_CHUNK_SHIFT_MIN = 12, /* of an interleaved file: chunks of 4 KiB ... */
	FAMFS_CHUNK_SHIFT_MAX = 40, /* ... to 1 TiB */
	FAMFS_STRIPS_IN_RECORD = 4,
	FAMFS_STRIP_PAGE_BITS = 40, /* of a strip in the record: devices of up to 4 PiB, cookies below 2^24 */
	FAMFS_RECIPROCAL_BITS = 31, /* chunk numbers below 2^31 are divided by multiplication */
	FAMFS_MAP_TYPE_RHASH = 35,  /* BPF_MAP_TYPE_RHASH of Linux 7.3; older headers do not name it */
};

/* Bytes of the largest arena that the kernel makes (kernel/bpf/arena.c). */
#define FAMFS_ARENA_MAX (1ULL << 32)

/* Bytes of one device. Strips of an interleaved file leave `position` 0. */
struct famfs_extent {
	__u64 position; /* first byte in the file; lists are sorted by it and have no gaps */
	__u64 address;	/* first byte on the device */
	__u64 length;	/* bytes, > 0 */
	__u32 device;	/* cookie that the kernel gave for the device, > 0 */
	__u32 reserved; /* 0 */
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_extent) == FAMFS_EXTENT_SIZE);

/* Steps of a long list, in the place of an extent. Entry i of the list's steps is entry i % 16 of slot i / 16. */
struct famfs_slot {
	__u16 first[FAMFS_STEPS_PER_SLOT];
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_slot) == FAMFS_EXTENT_SIZE);

enum famfs_record_kind : __u8 {
	FAMFS_RECORD_EMPTY = 0,
	FAMFS_RECORD_SIMPLE = 1,      /* one extent, in the record */
	FAMFS_RECORD_LIST = 2,	      /* `extents` extents, by reference */
	FAMFS_RECORD_INTERLEAVED = 3, /* `extents` strips, by reference, in chunks of 1 << shift bytes */
	FAMFS_RECORD_PACKED = 4,      /* the same, a few strips in the record */
};

/*
 * Where in a list to begin, so that no fault has to search it: the file is cut into steps of 1 << shift bytes, and for
 * each step there is the number of the extent that its first byte is in.
 */
struct famfs_steps {
	union {
		__u8 first[FAMFS_STEPS_IN_RECORD]; /* of a short list; steps beyond the end have the last extent */
		/* Of a longer list: how many there are. They lie after the extents, in slots (struct famfs_slot). */
		__u32 count;
	};
};

/*
 * Division by the number of strips, for chunk numbers below 1 << FAMFS_RECIPROCAL_BITS: multiply, then shift right.
 * multiplier = 2^shift / strips, rounded up; shift = FAMFS_RECIPROCAL_BITS + log2 of strips, rounded up. Exact, because
 * what rounding adds to the product is less than 2^shift / strips. A power of two is thereby shifted.
 */
struct famfs_reciprocal {
	__u32 multiplier;
	__u8 shift;
	__u8 reserved[3]; /* 0 */
};

/*
 * Strips that need no line of memory but the record's: the device's cookie, and below it the first page. Their lengths
 * are left out: the size of a published file says how far it reaches.
 */
struct famfs_packed_strips {
	struct famfs_reciprocal reciprocal;
	__u64 strip[FAMFS_STRIPS_IN_RECORD]; /* device << FAMFS_STRIP_PAGE_BITS | address / FAMFS_PAGE_SIZE */
};

struct famfs_record {
	__u64 nodeid;	  /* whose record this is; 0: nobody's. Written last, read first */
	__u64 size;	  /* of the file, bytes, > 0 */
	__u32 generation; /* of the nodeid */
	enum famfs_record_kind kind;
	__u8 shift;    /* LIST: of the steps. INTERLEAVED, PACKED: of the chunks */
	__u16 extents; /* LIST, INTERLEAVED, PACKED: how many */
	union {
		struct famfs_extent extent;	   /* SIMPLE */
		struct famfs_packed_strips packed; /* PACKED */
		struct {
			/*
			 * LIST, INTERLEAVED: where the extents are. In the arena: byte offset from its start, a
			 * multiple of FAMFS_EXTENT_SIZE. In the hash backend: first half of their keys.
			 */
			__u64 list;
			union {
				struct famfs_steps steps;	    /* LIST */
				struct famfs_reciprocal reciprocal; /* INTERLEAVED */
			};
		};
	};
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_record) == FAMFS_RECORD_SIZE);
FAMFS_ABI_ASSERT(__builtin_offsetof(struct famfs_record, extent) == 24);
FAMFS_ABI_ASSERT(__builtin_offsetof(struct famfs_record, list) == 24);
FAMFS_ABI_ASSERT(__builtin_offsetof(struct famfs_record, steps) == 32);

/* Record 0 of the arena: nodeid 0 does not exist. Records grow up from it, extent lists grow down from the end. */
struct famfs_arena_header {
	__u32 magic; /* FAMFS_ARENA_MAGIC */
	__u32 reserved_word;
	__u64 record_limit; /* nodeids below it have a record; grows before such a record is published */
	__u64 arena_size;   /* bytes */
	__u64 reserved[5];
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_arena_header) == FAMFS_RECORD_SIZE);

/* Key of the hash backend's extent map: extents (and after them slots) 16 * block to 16 * block + 15 of a list. */
struct famfs_block_key {
	__u64 list;
	__u64 block;
};

/* Value of it. */
struct famfs_extent_block {
	struct famfs_extent extent[FAMFS_EXTENTS_PER_BLOCK];
};

/* What the kernel asked for: index of the counters. PTE and PMD tell the size of the page the fault wants. */
enum famfs_operation : __u32 {
	FAMFS_FAULT_PTE_READ,
	FAMFS_FAULT_PTE_WRITE,
	FAMFS_FAULT_PMD_READ,
	FAMFS_FAULT_PMD_WRITE,
	FAMFS_READ,
	FAMFS_WRITE,
	FAMFS_REPORT, /* FIEMAP */
	FAMFS_OTHER,
	FAMFS_OPERATIONS, /* how many there are */
};

/* What came of it. Everything but OK ends in an errno: never in zeros. */
enum famfs_status : __u32 {
	FAMFS_OK,
	FAMFS_NOT_PUBLISHED, /* no record of this nodeid: ENOENT */
	FAMFS_PAST_END,	     /* position at or beyond the file's size: ENODATA */
	FAMFS_BAD_RECORD,    /* the record contradicts itself: EIO */
	FAMFS_STATUSES,	     /* how many there are */
};

/* Per CPU, per operation; only ever grow. Indexed by famfs_status. */
struct famfs_counters {
	__u64 ok;
	__u64 not_published;
	__u64 past_end;
	__u64 bad_record;
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_counters) == FAMFS_STATUSES * sizeof(__u64));

/*
 * Value of the counters' one-element per-CPU array: the counters in the order of enum famfs_operation. Named members,
 * because a map with an enum as its key cannot have BTF (kernel/bpf/arraymap.c, array_map_check_btf), and a dump should
 * read like a table.
 */
struct famfs_counter_table {
	struct famfs_counters fault_pte_read;
	struct famfs_counters fault_pte_write;
	struct famfs_counters fault_pmd_read;
	struct famfs_counters fault_pmd_write;
	struct famfs_counters read;
	struct famfs_counters write;
	struct famfs_counters report;
	struct famfs_counters other;
};
FAMFS_ABI_ASSERT(sizeof(struct famfs_counter_table) == FAMFS_OPERATIONS * sizeof(struct famfs_counters));

/* The newest request that was not answered OK. Written without a lock: a reader compares `count` before and after. */
struct famfs_last_error {
	__u64 count; /* unanswered requests so far, all kinds */
	__u64 time;  /* CLOCK_MONOTONIC, ns */
	__u64 nodeid;
	__u64 position;
	__u64 length;
	enum famfs_operation operation;
	enum famfs_status status;
};

/* A contiguous run that contains the asked position. */
struct famfs_answer {
	__u64 offset;  /* first byte in the file */
	__u64 length;  /* bytes */
	__u64 address; /* first byte on the device */
	__u32 device;  /* cookie */
	__u32 reserved;
};

/* Context of the SEC("syscall") program `resolve`: the same look-up and arithmetic as a fault, for user space. */
struct famfs_resolve_arguments {
	__u64 nodeid;		    /* in */
	__u64 position;		    /* in */
	struct famfs_answer answer; /* out, valid if status is FAMFS_OK */
	__u32 status;		    /* out, enum famfs_status */
	__u32 version;		    /* out, FAMFS_ABI_VERSION of the program */
};

#endif
