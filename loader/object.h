// SPDX-License-Identifier: GPL-2.0-only
// A loaded BPF object of one of the backends: its maps and programs by name (bpf/answer.bpf.h,
// bpf/programs.bpf.h).
#pragma once

#include "loader/arena_memory.h"
#include "loader/session.h"

#include <bpf/libbpf.h>
#include <memory>

namespace famfs::loader {

struct CloseObject {
    void operator()(bpf_object *object) const { bpf_object__close(object); }
};
struct DestroyLink {
    void operator()(bpf_link *link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, DestroyLink>;

/// Of the hash backends: as many files as their map is made for.
std::uint64_t most_files(const Options &options);

/// Owns the object's maps and programs and, for Backend::arena, the arena's memory.
class Object {
public:
    /// Opens, sizes and loads. Without options.fuse_fd the struct_ops program is left out. On failure the
    /// hint ends with what libbpf and the verifier said.
    static base::Expected<Object> load(const Options &options);

    [[nodiscard]] int map_fd(const char *name) const;
    [[nodiscard]] int program_fd(const char *name) const;
    /// The arena's memory; empty for the hash backends.
    [[nodiscard]] std::span<std::byte> arena() const { return arena_.bytes(); }
    /// The struct_ops map.
    [[nodiscard]] bpf_map *ops() const;
    /// Registers the struct_ops. Errors: Session::attach().
    [[nodiscard]] base::Expected<Link> attach() const;
    /// Names of the maps that are pinned: all but the struct_ops and libbpf's own.
    [[nodiscard]] std::vector<std::string> map_names() const;

private:
    base::Expected<void> size(const Options &options);
    base::Expected<void> size_arena(const Options &options);
    base::Expected<void> size_hash(const Options &options);
    base::Expected<void> choose_programs(const Options &options);

    ArenaMemory arena_; ///< outlives the object that refers to it
    std::unique_ptr<bpf_object, CloseObject> object_;
};

} // namespace famfs::loader
