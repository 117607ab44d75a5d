/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of the torn-read gate, around the look_up() of a backend: asks for files that come and go, and
 * checks each answer against what was true for that file at that moment.
 */
#ifndef FAMFS_TESTS_BPF_TORN_READS_BPF_H
#define FAMFS_TESTS_BPF_TORN_READS_BPF_H

#include "tests/bpf/torn_reads.h"

char _license[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct torn_shared);
} shared SEC(".maps");

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

static __always_inline __u64 torn_random(__u64 *state) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return *state >> 33;
}

static __always_inline int torn_place_is_right(__u64 nodeid, __u64 generation, __u64 position,
                                               const struct famfs_answer *answer) {
    const __u64 unit = torn_page(torn_unit(generation));
    const __u64 piece = position / unit;

    if (torn_kind(nodeid, generation) == 0)
        return answer->offset == 0 && answer->length == torn_size() &&
               answer->address == torn_base(nodeid, generation);
    return answer->offset == piece * unit && answer->length == unit &&
           answer->address == torn_address(nodeid, generation, piece);
}

/* The generation in [lowest, newest] that the device names, whose cookie is one more than its index; 0: none.
 */
static __always_inline __u64 torn_generation(__u64 lowest, __u64 newest, __u32 device) {
    const __u64 generation =
        lowest + (device - 1 + TORN_GENERATIONS - torn_device(lowest)) % TORN_GENERATIONS;

    return generation <= newest ? generation : 0;
}

/* What was asked for, and which generations may be the answer. */
struct torn_question {
    __u64 nodeid;
    __u64 position;
    struct torn_window window;
};

static __noinline int torn_check(struct torn_shared *known, const struct torn_question *question,
                                 const struct famfs_answer *answer) {
    const __u64 generation =
        torn_generation(question->window.lowest, question->window.newest, answer->device);

    known->answered++;
    if (!generation)
        known->wrong[TORN_WRONG_GENERATION]++;
    else if (!torn_place_is_right(question->nodeid, generation, question->position, answer))
        known->wrong[TORN_WRONG_PLACE]++;
    return 0;
}

/* A file that comes and goes. The window is read around the look-up: what is seen was true at one moment
 * between. */
static __noinline int torn_ask_changing(struct torn_shared *known, struct torn_question *question) {
    volatile struct torn_window *window;
    struct famfs_answer answer = {};
    enum famfs_status status;

    if (question->nodeid > TORN_CHANGING)
        return 0;
    window = &known->window[question->nodeid];
    question->window.lowest = window->lowest;
    bpf_rcu_read_lock();
    status = look_up(question->nodeid, question->position, &answer);
    bpf_rcu_read_unlock();
    question->window.newest = window->newest;
    if (status == FAMFS_OK)
        return torn_check(known, question, &answer);
    if (status != FAMFS_NOT_PUBLISHED)
        known->wrong[TORN_WRONG_STATUS]++;
    return 0;
}

/* A file that stays: it has generation 1, and is there as soon as the writer has counted it. Half of the time
 * the one that is being published right now is asked for, which may be there. */
static __noinline int torn_ask_steady(struct torn_shared *known, struct torn_question *question) {
    const __u64 published = *(volatile __u64 *)&known->steady;
    const __u64 drawn = question->nodeid;
    struct famfs_answer answer = {};
    enum famfs_status status;
    __u64 number;

    number = drawn % 2 || !published ? published : drawn / 2 % published;
    question->nodeid = TORN_CHANGING + 1 + number;
    question->window.lowest = question->window.newest = 1;
    bpf_rcu_read_lock();
    status = look_up(question->nodeid, question->position, &answer);
    bpf_rcu_read_unlock();
    if (status == FAMFS_OK)
        return torn_check(known, question, &answer);
    if (status != FAMFS_NOT_PUBLISHED)
        known->wrong[TORN_WRONG_STATUS]++;
    else if (number < published)
        known->wrong[TORN_WRONG_MISSING]++;
    return 0;
}

SEC("syscall")
int torn_reads(struct torn_arguments *arguments) {
    __u32 only = 0;
    struct torn_shared *known = bpf_map_lookup_elem(&shared, &only);
    __u64 random = arguments->random;
    int i;

    if (!known)
        return 1;
    bpf_for(i, 0, (int)arguments->look_ups) {
        struct torn_question question = {.position = torn_random(&random) % torn_size()};
        const __u64 drawn = torn_random(&random);

        question.nodeid = drawn / 4;
        if (drawn % 4 == 0) {
            torn_ask_steady(known, &question);
            continue;
        }
        question.nodeid = 1 + question.nodeid % TORN_CHANGING;
        torn_ask_changing(known, &question);
    }
    arguments->random = random;
    return 0;
}

#endif
