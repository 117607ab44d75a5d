// SPDX-License-Identifier: GPL-2.0-only
#include "loader/object.h"

#include "base/try.h"
#include "bpf/abi.h"
#include "bpf/hook.h"
#include "loader/kernel_features.h"
#include "loader/libbpf_log.h"

#include <algorithm>

// The objects that bpf/CMakeLists.txt embeds.
extern "C" const char arena_bpf_start[], arena_bpf_end[], rhash_bpf_start[], rhash_bpf_end[];

namespace famfs::loader {
namespace {

constexpr const char *ops_map = "iomap_ops";
constexpr const char *ops_program = "iomap_begin";

// A cap that costs nothing: an RHASH grows with its elements. kernel/bpf/hashtab.c allows 2^31.
constexpr std::uint64_t most_rhash_files = 1ULL << 30;
// A HASH allocates its buckets at once, 16 bytes for each file it may hold.
constexpr std::uint64_t default_hash_files = 1ULL << 20;
constexpr std::uint64_t largest_rhash_hint = 65535;

std::span<const char> image(Backend backend) {
    if (backend == Backend::arena)
        return {arena_bpf_start, arena_bpf_end};
    return {rhash_bpf_start, rhash_bpf_end};
}

std::string object_name(Backend backend) {
    return "BPF object " + std::string(to_string(backend));
}

std::string hint_for_load(int code, const Options &options, const std::string &log) {
    std::string hint;
    if (code == EPERM)
        hint = "loading needs CAP_BPF and CAP_PERFMON; ";
    else if (options.backend == Backend::rhash && !kernel_has_rhash())
        hint = "this kernel has no BPF_MAP_TYPE_RHASH (Linux 7.3); choose arena; ";
    return hint + "libbpf said: " + log;
}

const char *hint_for_attach(int code) {
    switch (code) {
    case EBUSY:
        return "a program is attached to this mount already";
    case EPERM:
        return "attaching needs CAP_SYS_RAWIO and a mounted /dev/fuse of this user namespace";
    case EINVAL:
        return "the descriptor is not a /dev/fuse of a kernel with the hook";
    case ENOTCONN:
        return "the file system has been unmounted";
    default:
        return "";
    }
}

} // namespace

std::uint64_t most_files(const Options &options) {
    if (options.max_files != 0)
        return options.max_files;
    return options.backend == Backend::rhash ? most_rhash_files : default_hash_files;
}

base::Expected<Object> Object::load(const Options &options) {
    const std::string name = object_name(options.backend);
    if (options.fuse_fd >= 0 && !kernel_has_hook())
        return base::fail(EOPNOTSUPP, "load", name,
                          "this kernel's FUSE has no iomap hook (struct_ops fuse_iomap_bpf_ops)");
    const LibbpfLog log;
    const auto bytes = image(options.backend);
    LIBBPF_OPTS(bpf_object_open_opts, open_options, .object_name = "famfs");
    Object object;
    object.object_.reset(bpf_object__open_mem(bytes.data(), bytes.size(), &open_options));
    if (object.object_ == nullptr)
        return base::fail(errno, "open", name, "libbpf said: " + log.tail());
    FAMFS_TRY(object.size(options));
    FAMFS_TRY(object.choose_programs(options));
    if (bpf_object__load(object.object_.get()) != 0) {
        const int code = errno;
        return base::fail(code, "load", name, hint_for_load(code, options, log.tail()));
    }
    return object;
}

base::Expected<void> Object::size(const Options &options) {
    return options.backend == Backend::arena ? size_arena(options) : size_hash(options);
}

base::Expected<void> Object::size_arena(const Options &options) {
    arena_ = FAMFS_TRY(ArenaMemory::create(options.arena_bytes));
    if (bpf_map__reuse_fd(bpf_object__find_map_by_name(object_.get(), "arena"), arena_.fd()) != 0)
        return base::fail_errno("use", "BPF arena");
    return {};
}

base::Expected<void> Object::size_hash(const Options &options) {
    const std::uint64_t files = most_files(options);
    const bool rhash = options.backend == Backend::rhash;
    if (files > most_rhash_files)
        return base::fail(EOVERFLOW, "set the size of", object_name(options.backend),
                          "it holds at most " + std::to_string(most_rhash_files) + " files");
    const std::uint64_t hint = rhash && options.max_files != 0 ? std::min(files, largest_rhash_hint) : 0;
    for (const char *name : {"files", "extents"}) {
        bpf_map *map = bpf_object__find_map_by_name(object_.get(), name);
        const auto type = rhash ? static_cast<bpf_map_type>(FAMFS_MAP_TYPE_RHASH) : BPF_MAP_TYPE_HASH;
        if (bpf_map__set_type(map, type) != 0 ||
            bpf_map__set_max_entries(map, static_cast<std::uint32_t>(files)) != 0 ||
            bpf_map__set_map_extra(map, hint) != 0)
            return base::fail_errno("set the size of map", name);
    }
    return {};
}

base::Expected<void> Object::choose_programs(const Options &options) {
    const bool attachable = options.fuse_fd >= 0;
    if (bpf_map__set_autocreate(ops(), attachable) != 0 ||
        bpf_program__set_autoload(bpf_object__find_program_by_name(object_.get(), ops_program), attachable) !=
            0)
        return base::fail_errno("choose programs of", object_name(options.backend));
    if (!attachable)
        return {};
    std::size_t bytes = 0;
    auto *values = static_cast<fuse_iomap_bpf_ops *>(bpf_map__initial_value(ops(), &bytes));
    if (values == nullptr || bytes != sizeof(*values))
        return base::fail(EOPNOTSUPP, "fill in", ops_map, "libbpf 1.4 or newer is needed");
    values->fuse_fd = options.fuse_fd;
    return {};
}

int Object::map_fd(const char *name) const {
    return bpf_object__find_map_fd_by_name(object_.get(), name);
}

int Object::program_fd(const char *name) const {
    return bpf_program__fd(bpf_object__find_program_by_name(object_.get(), name));
}

bpf_map *Object::ops() const {
    return bpf_object__find_map_by_name(object_.get(), ops_map);
}

base::Expected<Link> Object::attach() const {
    const LibbpfLog log;
    Link link(bpf_map__attach_struct_ops(ops()));
    if (link == nullptr) {
        const int code = errno;
        return base::fail(code, "attach", "the BPF program to the FUSE connection", hint_for_attach(code));
    }
    return link;
}

std::vector<std::string> Object::map_names() const {
    std::vector<std::string> names;
    bpf_map *map = nullptr;
    bpf_object__for_each_map(map, object_.get()) {
        if (!bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
            names.emplace_back(bpf_map__name(map));
    }
    return names;
}

} // namespace famfs::loader
