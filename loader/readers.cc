// SPDX-License-Identifier: GPL-2.0-only
#include "loader/readers.h"

#include <bpf/bpf.h>
#include <cstdint>

namespace famfs::loader {

base::Expected<Readers> Readers::create() {
    constexpr std::uint32_t word = sizeof(std::uint32_t);
    Readers readers;
    readers.inner_ = base::Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace_inner", word, word, 1, nullptr));
    if (!readers.inner_)
        return base::fail_errno("create map", "grace_inner");
    LIBBPF_OPTS(bpf_map_create_opts, options,
                .inner_map_fd = static_cast<std::uint32_t>(readers.inner_.get()));
    readers.outer_ =
        base::Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "grace_outer", word, word, 1, &options));
    if (!readers.outer_)
        return base::fail_errno("create map", "grace_outer");
    return readers;
}

base::Expected<void> Readers::wait() const {
    const std::uint32_t key = 0;
    const int inner = inner_.get();
    if (bpf_map_update_elem(outer_.get(), &key, &inner, BPF_ANY) != 0)
        return base::fail_errno("wait for readers through map", "grace_outer");
    return {};
}

} // namespace famfs::loader
