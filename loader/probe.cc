// SPDX-License-Identifier: GPL-2.0-only
#include "loader/kernel_features.h"
#include "loader/session.h"

namespace famfs::loader {

Offer probe() {
    Offer offer;
    offer.hook = kernel_has_hook();
    offer.arena = kernel_has_arena();
    offer.rhash = kernel_has_rhash();
    offer.privileged = process_may_load() && process_may_attach();
    if (!process_may_load())
        offer.missing.emplace_back(
            "This process may not load BPF programs: run it as root or with CAP_BPF and CAP_PERFMON; "
            "what the kernel itself offers can only be told then.");
    if (!process_may_attach())
        offer.missing.emplace_back("This process may not attach the program: it needs CAP_SYS_RAWIO.");
    if (!offer.hook)
        offer.missing.emplace_back(
            "The kernel's FUSE has no iomap hook (struct_ops fuse_iomap_bpf_ops): load the patched "
            "FUSE module, boot a kernel with the series, or choose --data-path=daemon.");
    if (!offer.arena)
        offer.missing.emplace_back(
            "The kernel makes no BPF arena: it needs Linux 6.9 or newer with the JIT switched on; "
            "choose --maps=rhash otherwise.");
    if (!offer.rhash)
        offer.missing.emplace_back(
            "The kernel has no resizable BPF hash map (BPF_MAP_TYPE_RHASH): it needs Linux 7.3 or "
            "newer; choose --maps=arena otherwise.");
    return offer;
}

} // namespace famfs::loader
