/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of a backend, around its look_up(): the kernel's iomap_begin and, for user space, `resolve`. Include it
 * last, with FAMFS_BACKEND as the name that `bpftool struct_ops dump` shows.
 */
#ifndef FAMFS_BPF_PROGRAMS_BPF_H
#define FAMFS_BPF_PROGRAMS_BPF_H

#include "bpf/answer.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/iomap_begin")
int BPF_PROG(iomap_begin, __u64 nodeid, __u64 position, __u64 length, __u32 opflags, struct fuse_iomap_io *out)
{
	struct famfs_answer answer;
	enum famfs_status status = look_up(nodeid, position, &answer);

	if (status != FAMFS_OK)
		return famfs_refuse(nodeid, position, length, opflags, status);
	return famfs_accept(&answer, length, opflags, out);
}

/* A syscall program may sleep, so it asks for what a fault has anyway: a writer that withdraws waits for its readers.
 */
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("syscall")
int resolve(struct famfs_resolve_arguments *arguments)
{
	struct famfs_answer answer = {};

	bpf_rcu_read_lock();
	arguments->status = look_up(arguments->nodeid, arguments->position, &answer);
	bpf_rcu_read_unlock();
	arguments->answer = answer;
	arguments->version = FAMFS_ABI_VERSION;
	return 0;
}

SEC(".struct_ops.link")
struct fuse_iomap_bpf_ops iomap_ops = {
	.iomap_begin = (void *)iomap_begin,
	.name = FAMFS_BACKEND,
};

#endif
