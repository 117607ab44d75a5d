// SPDX-License-Identifier: GPL-2.0-only
/* Maps one file onto several devices, whole or in chunks. Every answer reaches as far as the bytes lie
 * together. */
#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/hook.h"
#include "tests/concatenation/layout.h"

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct concatenation_layout);
} layout SEC(".maps");

static int answer(struct fuse_iomap_io *out, __u64 offset, __u64 length, __u64 address, __u32 cookie) {
    out->offset = offset;
    out->length = length;
    out->addr = address;
    out->type = FUSE_IOMAP_MAPPED;
    out->dev = cookie;
    return 0;
}

static int linear(const struct concatenation_layout *file, __u64 pos, struct fuse_iomap_io *out) {
    __u64 start = 0;

    for (__u32 i = 0; i < CONCATENATION_DEVICES && i < file->devices; i++) {
        const struct concatenation_device *device = &file->device[i];

        if (pos - start < device->length)
            return answer(out, start, device->length, 0, device->cookie);
        start += device->length;
    }
    return -ENXIO;
}

static int striped(const struct concatenation_layout *file, __u64 pos, struct fuse_iomap_io *out) {
    __u64 number = pos / file->chunk;
    __u64 row = number / file->devices;
    __u64 column = number % file->devices;

    if (pos >= file->size || column >= CONCATENATION_DEVICES)
        return -ENXIO;
    return answer(out, number * file->chunk, file->chunk, row * file->chunk, file->device[column].cookie);
}

SEC("struct_ops/iomap_begin")
int BPF_PROG(iomap_begin, __u64 nodeid, __u64 pos, __u64 length, __u32 opflags, struct fuse_iomap_io *out) {
    __u32 only = 0;
    const struct concatenation_layout *file = bpf_map_lookup_elem(&layout, &only);

    if (!file || nodeid != CONCATENATION_NODE)
        return -ENOENT;
    return file->chunk ? striped(file, pos, out) : linear(file, pos, out);
}

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops ops = {
    .iomap_begin = (void *)iomap_begin,
    .name = "concatenation",
};
