// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/served.h"

#include "daemon/fuse/mount_table.h"
#include "daemon/server/paths.h"
#include "loader/base/fd.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace famfs::ctl {

namespace {

base::Expected<std::string> read_all(const std::string &path) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path);
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0)
            return base::fail_errno("read", path);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

void read_status(ServedMount &mount) {
    const std::string path = mount.mountpoint + "/.meta/.status";
    const auto text = read_all(path);
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
        mount.pin = server::pin_name(entry.source);
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

std::string absolute_path(const std::string &path) {
    std::error_code ignored; // a path that is nowhere is in no mount table either
    // Not canonical(): it asks the mounted file system, whose daemon may be dead.
    std::string absolute = std::filesystem::absolute(path, ignored).lexically_normal();
    while (absolute.size() > 1 && absolute.ends_with('/'))
        absolute.pop_back();
    return absolute;
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

} // namespace famfs::ctl
