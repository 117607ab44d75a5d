// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/mount_table.h"

#include <cstdio>
#include <libmount/libmount.h>
#include <memory>

namespace famfs::fuse {

namespace {

constexpr const char *mountinfo = "/proc/self/mountinfo";

struct Release {
    void operator()(FILE *file) const { std::fclose(file); }
    void operator()(libmnt_table *table) const { ::mnt_unref_table(table); }
    void operator()(libmnt_iter *position) const { ::mnt_free_iter(position); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

std::string text_or_none(const char *text) {
    return text == nullptr ? "" : text;
}

/// Lines that libmount cannot read are left out.
std::vector<MountEntry> entries_of(FILE *file) {
    const Owned<libmnt_table> table(::mnt_new_table());
    const Owned<libmnt_iter> position(::mnt_new_iter(MNT_ITER_FORWARD));
    std::vector<MountEntry> entries;
    if (!table || !position || ::mnt_table_parse_stream(table.get(), file, mountinfo) != 0)
        return entries;
    libmnt_fs *mount = nullptr;
    while (::mnt_table_next_fs(table.get(), position.get(), &mount) == 0)
        // A line that names no mount is of another kind of table.
        if (const int id = ::mnt_fs_get_id(mount); id > 0)
            entries.push_back({.id = static_cast<std::uint64_t>(id),
                               .mountpoint = text_or_none(::mnt_fs_get_target(mount)),
                               .type = text_or_none(::mnt_fs_get_fstype(mount)),
                               .source = text_or_none(::mnt_fs_get_source(mount))});
    return entries;
}

} // namespace

std::vector<MountEntry> parse_mount_table(const std::string &text) {
    // For reading only, whatever the parameter's type says.
    const Owned<FILE> file(::fmemopen(const_cast<char *>(text.data()), text.size(), "r"));
    return file ? entries_of(file.get()) : std::vector<MountEntry>{};
}

std::vector<MountEntry> read_mount_table() {
    const Owned<FILE> file(std::fopen(mountinfo, "re"));
    return file ? entries_of(file.get()) : std::vector<MountEntry>{};
}

std::string mounts_of(std::string_view source) {
    std::string list;
    for (const MountEntry &entry : read_mount_table())
        if (entry.type == "fuse.famfs" && entry.source == source)
            list += (list.empty() ? "" : ", ") + entry.mountpoint;
    return list;
}

} // namespace famfs::fuse
