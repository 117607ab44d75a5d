/* SPDX-License-Identifier: GPL-2.0-only */
/* What a loop of look-ups is told, and how it draws the next question: the same for BPF and for native code.
 */
#ifndef FAMFS_TESTS_BENCH_RESOLVE_ARGUMENTS_H
#define FAMFS_TESTS_BENCH_RESOLVE_ARGUMENTS_H

#include "bpf/abi.h"

enum { FIRST_NODEID = 16 };

struct loop_arguments {
    __u64 look_ups;
    __u64 files;       /* nodeids FIRST_NODEID and on, below 2^32 of them */
    __u64 size;        /* of each, below 2^40 */
    __u64 random;      /* 0: one nodeid after the other */
    __u64 state;       /* of the random numbers; goes on */
    __u64 nanoseconds; /* out */
    __u64 failed;      /* out: look-ups without an answer */
};

/* Value of the map `run`: the program that is started for each look-up keeps its loop there. */
struct run_state {
    struct loop_arguments loop; /* look_ups: so far */
    struct famfs_answer answer;
};

struct question {
    __u64 nodeid;
    __u64 position;
};

/* @answer: address of the answer before. It is below 2^63, so nothing is added; but the processor has to wait
 * for it, as a fault waits for its answer. */
static inline __attribute__((always_inline)) struct question
next_question(const struct loop_arguments *loop, __u64 number, __u64 *state, __u64 answer) {
    struct question question;
    __u64 drawn;

    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL + (answer >> 63);
    drawn = loop->random ? (*state >> 32) * loop->files >> 32 : (number + (answer >> 63)) % loop->files;
    question.nodeid = FIRST_NODEID + drawn;
    question.position = (*state >> 8 & 0xffffff) * loop->size >> 24;
    return question;
}

#endif
