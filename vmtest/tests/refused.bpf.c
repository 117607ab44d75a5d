// SPDX-License-Identifier: GPL-2.0-only
/* Programs and ops that the kernel must not take; the tests load one at a time. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/hook.h"

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
    int pid;
} __attribute__((preserve_access_index));

SEC("?struct_ops/past_the_answer")
int BPF_PROG(past_the_answer, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags,
             struct fuse_iomap_io *out) {
    *(volatile __u64 *)((char *)out + sizeof(*out)) = pos;
    return 0;
}

SEC("?struct_ops/before_the_answer")
int BPF_PROG(before_the_answer, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags,
             struct fuse_iomap_io *out) {
    *(volatile __u64 *)((char *)out - 8) = pos;
    return 0;
}

SEC("?struct_ops/other_object")
int BPF_PROG(other_object, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

    task->pid = 1;
    return 0;
}

SEC("?struct_ops.s/sleepable")
int BPF_PROG(sleepable, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    return 0;
}

SEC("?.struct_ops.link")
struct fuse_iomap_bpf_ops past_the_answer_ops = {.iomap_begin = (void *)past_the_answer, .name = "a"};

SEC("?.struct_ops.link")
struct fuse_iomap_bpf_ops before_the_answer_ops = {.iomap_begin = (void *)before_the_answer, .name = "b"};

SEC("?.struct_ops.link")
struct fuse_iomap_bpf_ops other_object_ops = {.iomap_begin = (void *)other_object, .name = "c"};

SEC("?.struct_ops.link")
struct fuse_iomap_bpf_ops sleepable_ops = {.iomap_begin = (void *)sleepable, .name = "d"};

SEC("?.struct_ops.link")
struct fuse_iomap_bpf_ops without_program_ops = {.name = "e"};
