// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/served.h"

#include "base/whole_file.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/fuse/mount_table.h"
#include "loader/session.h"

#include <algorithm>

namespace famfs::ctl {

namespace {

constexpr std::size_t most_status = 64 << 20; ///< bytes

void read_status(ServedMount &mount) {
    const std::string path = mount.mountpoint + "/.meta/.status";
    const auto text = base::read_whole_file(path, most_status);
    if (!text) {
        mount.error = text.error().message();
        return;
    }
    auto status = nlohmann::ordered_json::parse(*text, nullptr, false);
    if (!status.is_object()) {
        mount.error = path + " holds no JSON object";
        return;
    }
    if (const auto pin = status.find("pin"); pin != status.end() && pin->is_string())
        mount.pin = pin->get<std::string>();
    mount.status = std::move(status);
}

ServedMount describe(const fuse::MountEntry &entry) {
    ServedMount mount{entry.mountpoint, entry.source, {}, {}, {}};
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

std::vector<UnpublishedFile> unpublished_of(const ServedMount &mount) {
    std::vector<UnpublishedFile> files;
    const auto text = base::read_whole_file(mount.mountpoint + "/.meta/.unpublished", most_status);
    const auto list = nlohmann::json::parse(text.value_or(""), nullptr, false);
    if (!list.is_array())
        return files;
    for (const auto &entry : list)
        if (entry.is_object())
            files.push_back(UnpublishedFile{.path = entry.value("path", std::string()),
                                            .directory = entry.value("directory", false),
                                            .mode = entry.value("mode", 0U),
                                            .uid = entry.value("uid", 0U),
                                            .gid = entry.value("gid", 0U),
                                            .size = entry.value("size", std::uint64_t{0}),
                                            .space = entry.value("space", std::uint64_t{0}),
                                            .open_for_writing = entry.value("open_for_writing", false)});
    return files;
}

} // namespace famfs::ctl
