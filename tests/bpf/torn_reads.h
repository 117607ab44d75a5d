/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The torn-read gate: what both sides know. The address and the device of every extent say which file and
 * which generation it belongs to, so an answer that mixes two of them shows itself.
 */
#ifndef FAMFS_TESTS_BPF_TORN_READS_H
#define FAMFS_TESTS_BPF_TORN_READS_H

#include <linux/types.h>

enum {
    TORN_CHANGING = 64,      /* nodeids that come and go: 1 to 64 */
    TORN_STEADY = 190000,    /* nodeids after them, which come and stay */
    TORN_PIECES = 40,        /* extents of a list, strips' chunks */
    TORN_GENERATIONS = 4096, /* that devices can tell apart */
    TORN_PAGE_SHIFT = 12,
};

/* Which generations of a file may be seen. Written by the writer alone. */
struct torn_window {
    __u64 lowest; /* may still be seen; rises when withdraw() has returned */
    __u64 newest; /* may be seen; rises before publish() is called */
};

enum torn_wrong {
    TORN_WRONG_STATUS,     /* neither an answer nor "not published" */
    TORN_WRONG_MISSING,    /* a steady file was not found */
    TORN_WRONG_GENERATION, /* not one of the window */
    TORN_WRONG_PLACE,      /* offset, length or address is not that generation's */
    TORN_WRONGS,
};

struct torn_shared {
    struct torn_window window[TORN_CHANGING + 1]; /* by nodeid */
    __u64 steady;                                 /* of the steady files that are published */
    __u64 answered;                               /* written by the reader alone, as is what follows */
    __u64 wrong[TORN_WRONGS];
};

struct torn_arguments {
    __u64 look_ups; /* in */
    __u64 random;   /* in, out */
};

static inline __u64 torn_page(__u64 count) {
    return count << TORN_PAGE_SHIFT;
}

/* 0: one extent, 1: a list, 2: strips; a nodeid changes its kind from one generation to the next. */
static inline __u32 torn_kind(__u64 nodeid, __u64 generation) {
    return (__u32)((nodeid + generation) % 3);
}

/* Pages of an extent of a list, or of a chunk. */
static inline __u64 torn_unit(__u64 generation) {
    return 1ULL << (generation % 3);
}

static inline __u64 torn_strips(__u64 generation) {
    return 2 + generation % 4;
}

/* Every file reaches at least that far. */
static inline __u64 torn_size(void) {
    return torn_page(TORN_PIECES);
}

static inline __u64 torn_base(__u64 nodeid, __u64 generation) {
    return torn_page(nodeid << 16) | generation % TORN_GENERATIONS << 48;
}

static inline __u32 torn_device(__u64 generation) {
    return (__u32)(generation % TORN_GENERATIONS);
}

/* Address of a piece: the pieces of a list do not continue each other, strips lie far apart. */
static inline __u64 torn_address(__u64 nodeid, __u64 generation, __u64 piece) {
    const __u64 base = torn_base(nodeid, generation);
    const __u64 strips = torn_strips(generation);

    if (torn_kind(nodeid, generation) == 1)
        return base + torn_page(2 * piece * torn_unit(generation));
    return base + torn_page((piece % strips) << 12) + torn_page(piece / strips * torn_unit(generation));
}

#endif
