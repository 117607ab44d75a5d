// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of a real program, to see what each costs: one that answers from a constant place and does nothing
 * else, and one that counts its answers too, as the backends do.
 */
#include "bpf/answer.bpf.h"

#include "vmtest/bench/steps.h"

char _license[] SEC("license") = "GPL";

struct step_settings settings;

SEC("struct_ops/constant")
int BPF_PROG(constant, __u64 nodeid, __u64 position, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    out->offset = settings.answer.offset;
    out->length = settings.answer.length;
    out->addr = settings.answer.address;
    out->type = FUSE_IOMAP_MAPPED;
    out->flags = 0;
    out->dev = settings.answer.device;
    return 0;
}

SEC("struct_ops/counted")
int BPF_PROG(counted, __u64 nodeid, __u64 position, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    struct famfs_answer answer = settings.answer;

    if (!answer.length)
        return famfs_refuse(nodeid, position, length, opflags, FAMFS_NOT_PUBLISHED);
    return famfs_accept(&answer, length, opflags, out);
}

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops constant_ops = {
    .iomap_begin = (void *)constant,
    .fuse_fd = -1,
    .name = "constant",
};

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops counted_ops = {
    .iomap_begin = (void *)counted,
    .fuse_fd = -1,
    .name = "counted",
};
