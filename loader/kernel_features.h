// SPDX-License-Identifier: GPL-2.0-only
// Single questions to the running kernel; probe() puts them together.
#pragma once

namespace famfs::loader {

/// Whether vmlinux or a loaded module has registered the struct_ops type fuse_iomap_bpf_ops.
bool kernel_has_hook();
bool kernel_has_arena();
bool kernel_has_rhash();
/// CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN, which stands for both), and CAP_SYS_RAWIO, effective in this
/// process.
bool process_may_load();
bool process_may_attach();

} // namespace famfs::loader
