// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/system_uuid.h"

#include "base/fd.h"
#include "base/text.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace famfs::device {

namespace {

base::Expected<base::Uuid> read_uuid(const std::string &path) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path, "it holds the uuid of this host; famfsctl mkfs makes it");
    std::array<char, 64> text{};
    const ssize_t length = ::read(fd.get(), text.data(), text.size());
    if (length < 0)
        return base::fail_errno("read", path, "it holds the uuid of this host");
    std::string_view line(text.data(), static_cast<std::size_t>(length));
    line = line.substr(0, line.find_first_of("\r\n"));
    auto uuid = base::parse_uuid(line);
    if (!uuid)
        return base::fail(EINVAL, "read", path,
                          "it holds " + base::quote(line) + ", not the uuid of this host");
    return uuid;
}

} // namespace

std::string system_uuid_path() {
    const char *path = std::getenv("FAMFS_SYSTEM_UUID_FILE");
    return path != nullptr && *path != '\0' ? path : "/opt/famfs/system_uuid";
}

base::Expected<base::Uuid> system_uuid() {
    return read_uuid(system_uuid_path());
}

base::Expected<base::Uuid> make_system_uuid() {
    const std::string path = system_uuid_path();
    auto uuid = read_uuid(path);
    if (uuid || uuid.error().code != ENOENT)
        return uuid;
    std::error_code ignored; // the open below says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const base::Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (!fd)
        return base::fail_errno("create", path, "it holds the uuid of this host; needs root once");
    const base::Uuid fresh = base::random_uuid();
    const std::string line = base::to_string(fresh) + "\n";
    if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fsync(fd.get()) != 0)
        return base::fail_errno("write", path, "remove the file and try again");
    return fresh;
}

base::Expected<void> require_master(const media::Superblock &superblock) {
    const auto uuid = system_uuid();
    if (uuid && *uuid == superblock.system_uuid)
        return {};
    const std::string self = uuid ? base::to_string(*uuid) : "unknown (" + uuid.error().message() + ")";
    return base::fail(EROFS, "write to", "file system " + base::to_string(superblock.uuid),
                      "its master is host " + base::to_string(superblock.system_uuid) + ", this host is " +
                          self);
}

} // namespace famfs::device
