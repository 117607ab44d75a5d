/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops of dependent look-ups around the look_up() of a backend. */
#ifndef FAMFS_TESTS_BENCH_RESOLVE_LOOPS_BPF_H
#define FAMFS_TESTS_BENCH_RESOLVE_LOOPS_BPF_H

#include "bpf/answer.bpf.h"
#include "tests/bench/resolve/arguments.h"

char _license[] SEC("license") = "GPL";

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* The loop @name, whose body takes @question and sets @address. */
#define LOOP(name, body)                                                                                     \
    SEC("syscall")                                                                                           \
    int name(struct loop_arguments *arguments) {                                                             \
        struct loop_arguments loop = *arguments;                                                             \
        __u64 state = loop.state, address = 0, failed = 0, begin = bpf_ktime_get_ns();                       \
        int i;                                                                                               \
                                                                                                             \
        bpf_rcu_read_lock();                                                                                 \
        bpf_for(i, 0, (int)loop.look_ups) {                                                                  \
            struct question question = next_question(&loop, i, &state, address);                             \
                                                                                                             \
            body                                                                                             \
        }                                                                                                    \
        bpf_rcu_read_unlock();                                                                               \
        arguments->nanoseconds = bpf_ktime_get_ns() - begin;                                                 \
        arguments->state = state;                                                                            \
        arguments->failed = failed;                                                                          \
        return 0;                                                                                            \
    }

/* What all loops have in common; the position is used as look-ups use it. */
LOOP(loop_empty, {
    address = question.nodeid + question.position;
    FAMFS_HIDE(address);
    address &= ~0ULL >> 1;
})

LOOP(loop_look_up, {
    struct famfs_answer answer = {};

    if (look_up(question.nodeid, question.position, &answer) != FAMFS_OK)
        failed++;
    address = answer.address;
})

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct run_state);
} run SEC(".maps");

/* What iomap_begin does, started from outside each time as a fault starts it. Of this type, because the
 * kernel repeats such a program by itself. */
SEC("tc")
int run_begin(struct __sk_buff *unused) {
    __u32 only = 0;
    struct run_state *state = bpf_map_lookup_elem(&run, &only);
    struct famfs_counters *count;
    struct famfs_answer answer;
    struct question question;

    if (!state)
        return 1;
    question = next_question(&state->loop, state->loop.look_ups++, &state->loop.state, state->answer.address);
    if (look_up(question.nodeid, question.position, &answer) != FAMFS_OK) {
        state->loop.failed++;
        return famfs_refuse(question.nodeid, question.position, FAMFS_PAGE_SIZE, FUSE_IOMAP_OP_FAULT,
                            FAMFS_NOT_PUBLISHED);
    }
    state->answer = answer;
    count = famfs_counters_of(famfs_operation(FUSE_IOMAP_OP_FAULT, FAMFS_PAGE_SIZE));
    if (count)
        count->ok++;
    return 0;
}

#endif
