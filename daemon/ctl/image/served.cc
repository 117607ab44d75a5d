// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/served.h"

#include "base/try.h"
#include "base/whole_file.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/fuse/mount_table.h"
#include "loader/session.h"

#include <algorithm>

namespace famfs::ctl {

namespace {

constexpr std::size_t most_status = 64 << 20; ///< bytes

/// The error names the file, and the key in it.
template <class T>
base::Expected<T> in_file(base::Expected<T> parsed, const std::string &path) {
    if (!parsed)
        parsed.error().object += " in " + path;
    return parsed;
}

void read_status(ServedMount &mount) {
    const std::string path = mount.mountpoint + "/.meta/.status";
    const auto text = base::read_whole_file(path, most_status);
    mount.answered = text.has_value();
    if (!text) {
        mount.error = text.error().message();
        return;
    }
    auto status = in_file(status::parse_status(*text), path);
    if (!status) {
        mount.error = status.error().message();
        return;
    }
    mount.pin = status->pin.value_or("");
    mount.status = *std::move(status);
}

ServedMount describe(const fuse::MountEntry &entry) {
    ServedMount mount;
    mount.mountpoint = entry.mountpoint;
    mount.device = entry.source;
    read_status(mount);
    if (!mount.status)
        mount.pin = loader::pin_name(entry.source);
    return mount;
}

} // namespace

std::vector<ServedMount> served_mounts() {
    std::vector<ServedMount> mounts;
    for (const fuse::MountEntry &entry : fuse::read_mount_table())
        if (entry.type == "fuse.famfs")
            mounts.push_back(describe(entry));
    return mounts;
}

std::optional<ServedMount> served_mount(const std::string &mountpoint) {
    const std::string path = absolute_path(mountpoint);
    const auto table = fuse::read_mount_table();
    // The last mount on a directory is the one that is seen.
    const auto entry = std::find_if(table.rbegin(), table.rend(), [&](const fuse::MountEntry &candidate) {
        return candidate.type == "fuse.famfs" && candidate.mountpoint == path;
    });
    if (entry == table.rend())
        return {};
    return describe(*entry);
}

base::Expected<std::vector<status::UnpublishedFile>> unpublished_of(const ServedMount &mount) {
    const std::string path = mount.mountpoint + "/.meta/.unpublished";
    const auto text = FAMFS_TRY(base::read_whole_file(path, most_status));
    return in_file(status::parse_unpublished(text), path);
}

} // namespace famfs::ctl
