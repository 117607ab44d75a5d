// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/reader.h"

#include "base/fd.h"
#include "base/try.h"
#include "daemon/ctl/image/file_runs.h"
#include "daemon/device/checked_copy.h"
#include "daemon/media/format/layout.h"

#include <fcntl.h>
#include <unistd.h>

namespace famfs::ctl {

namespace {

constexpr std::size_t buffer_bytes = media::mebibyte;

base::Expected<void> read_mounted(const std::string &path, std::uint64_t size, const Visit &visit) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path);
    std::vector<std::byte> buffer(buffer_bytes);
    for (std::uint64_t position = 0; position < size;) {
        const ssize_t got = ::pread(fd.get(), buffer.data(), buffer.size(), static_cast<off_t>(position));
        if (got < 0)
            return base::fail_errno("read", path);
        if (got == 0)
            return base::fail(ENODATA, "read", path,
                              "it ends at " + std::to_string(position) + ", the log says " +
                                  std::to_string(size));
        if (!visit(position, std::span(buffer).first(static_cast<std::size_t>(got))))
            return {};
        position += static_cast<std::uint64_t>(got);
    }
    return {};
}

base::Expected<void> read_devices(const Opened &opened, const std::string &path, const base::FileMap &map,
                                  const Visit &visit) {
    const FileRuns runs(map, opened.source.bytes());
    std::vector<std::byte> buffer(buffer_bytes);
    for (std::uint64_t position = 0; position < map.size;) {
        const auto run = FAMFS_TRY(runs.at(position));
        const std::uint64_t length =
            std::min<std::uint64_t>({run.size(), map.size - position, std::uint64_t{buffer.size()}});
        const auto part = std::span(buffer).first(length);
        FAMFS_TRY(device::copy_from_mapping(run.first(length), part, path));
        if (!visit(position, part))
            return {};
        position += length;
    }
    return {};
}

} // namespace

base::Expected<void> read_content(const Opened &opened, const std::string &path, const media::Node &node,
                                  const Visit &visit) {
    if (opened.source.mounted())
        return read_mounted(opened.source.path() + "/" + path, node.map.size, visit);
    return read_devices(opened, path, node.map, visit);
}

} // namespace famfs::ctl
