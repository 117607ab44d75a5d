// SPDX-License-Identifier: GPL-2.0-only
#include "loader/kernel_features.h"

#include "base/fd.h"
#include "bpf/abi.h"
#include "loader/arena_memory.h"

#include <bpf/bpf.h>
#include <cap-ng.h>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace famfs::loader {
namespace {

/// What registration adds to the BTF of the kernel or module (include/linux/bpf.h, bpf_struct_ops_##name), as
/// it stands among the BTF's strings.
constexpr std::string_view hook_type{"\0bpf_struct_ops_fuse_iomap_bpf_ops\0", 35};

/// The types of vmlinux and of each module. Their strings are enough here; parsing vmlinux's types takes
/// libbpf long.
bool file_contains(const std::filesystem::path &path, std::string_view text) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    std::string content(error ? 0 : size, '\0');
    std::ifstream file(path, std::ios::binary);
    return file.read(content.data(), static_cast<std::streamsize>(content.size())) &&
           content.find(text) != std::string::npos;
}

bool capable(unsigned capability) {
    return ::capng_get_caps_process() == 0 && ::capng_have_capability(CAPNG_EFFECTIVE, capability) != 0;
}

} // namespace

bool kernel_has_hook() {
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator("/sys/kernel/btf", error)) {
        if (file_contains(entry.path(), hook_type))
            return true;
    }
    return false;
}

bool kernel_has_arena() {
    return ArenaMemory::create(FAMFS_PAGE_SIZE).has_value();
}

bool kernel_has_rhash() {
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
    const base::Fd map(bpf_map_create(static_cast<bpf_map_type>(FAMFS_MAP_TYPE_RHASH), "probe",
                                      sizeof(std::uint64_t), sizeof(std::uint64_t), 1, &options));
    return static_cast<bool>(map);
}

bool process_may_load() {
    return capable(CAP_SYS_ADMIN) || (capable(CAP_BPF) && capable(CAP_PERFMON));
}

bool process_may_attach() {
    return capable(CAP_SYS_RAWIO);
}

} // namespace famfs::loader
