// SPDX-License-Identifier: GPL-2.0-only
/* Answers by the rules of hook_rules.h. Two programs that do the same and count apart, so that a swap can be
 * seen. */
#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "vmtest/tests/hook_rules.h"

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, HOOK_FILES);
    __type(key, __u32);
    __type(value, struct hook_rule);
} rules SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, struct hook_counters);
} counters SEC(".maps");

static __always_inline enum hook_operation operation_of(__u64 length, __u32 opflags) {
    if (opflags & FUSE_IOMAP_OP_REPORT)
        return HOOK_REPORT;
    if (opflags & FUSE_IOMAP_OP_FAULT)
        return length > 4096 ? HOOK_PMD : HOOK_PTE;
    return opflags & FUSE_IOMAP_OP_WRITE ? HOOK_WRITE : HOOK_READ;
}

static __always_inline void count(__u32 program, __u64 length, __u32 opflags) {
    struct hook_counters *counter = bpf_map_lookup_elem(&counters, &program);

    if (counter)
        __sync_fetch_and_add(&counter->calls[operation_of(length, opflags)], 1);
}

static __always_inline int answer_extents(const struct hook_rule *rule, __u64 pos,
                                          struct fuse_iomap_io *out) {
    const struct hook_extent *extent = &rule->extents[0];
    __u64 start = 0;

    if (pos >= extent->length) {
        start = extent->length;
        extent = &rule->extents[1];
    }
    if (pos - start >= extent->length)
        return -ENXIO;
    out->offset = start;
    out->length = extent->length;
    out->addr = extent->address;
    out->type = FUSE_IOMAP_MAPPED;
    out->dev = extent->device;
    if (rule->style == HOOK_FROM_POS) {
        out->offset = pos;
        out->length -= pos - start;
        out->addr += pos - start;
    }
    return 0;
}

static __always_inline int answer(__u32 program, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags,
                                  struct fuse_iomap_io *out) {
    __u32 index = nodeid;
    const struct hook_rule *rule = nodeid < HOOK_FILES ? bpf_map_lookup_elem(&rules, &index) : 0;

    count(program, length, opflags);
    if (!rule)
        return -ENOENT;
    switch (rule->style) {
    case HOOK_EXTENTS:
    case HOOK_FROM_POS:
        return answer_extents(rule, pos, out);
    case HOOK_RAW:
        out->offset = rule->raw.offset;
        out->length = rule->raw.length;
        out->addr = rule->raw.addr;
        out->type = rule->raw.type;
        out->flags = rule->raw.flags;
        out->dev = rule->raw.dev;
        return 0;
    case HOOK_RETURN:
        return rule->value;
    }
    return -ENOENT;
}

SEC("struct_ops/begin_first")
int BPF_PROG(begin_first, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    return answer(0, nodeid, pos, length, opflags, out);
}

SEC("struct_ops/begin_second")
int BPF_PROG(begin_second, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    return answer(1, nodeid, pos, length, opflags, out);
}

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops first = {
    .iomap_begin = (void *)begin_first,
    .fuse_fd = -1,
    .name = "first",
};

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops second = {
    .iomap_begin = (void *)begin_second,
    .fuse_fd = -1,
    .name = "second",
};
