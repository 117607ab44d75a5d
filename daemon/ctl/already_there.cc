// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/already_there.h"

#include "daemon/ctl/reader.h"
#include "daemon/media/text.h"
#include "loader/base/fd.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace famfs::ctl {

namespace {

constexpr const char *advice = "; a famfs cannot replace a file: copy to another name";

/// Fewer bytes than @to has: the file ends there.
base::Expected<std::size_t> read_at(const base::Fd &fd, std::uint64_t position, std::span<std::byte> to,
                                    const std::string &path) {
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t got =
            ::pread(fd.get(), to.data() + done, to.size() - done, static_cast<off_t>(position + done));
        if (got < 0)
            return base::fail_errno("read", path);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

/// The first byte of the copy that the source does not have.
base::Expected<std::optional<std::uint64_t>> first_difference(const Opened &opened, const CopyItem &item,
                                                              const media::Node &node) {
    const base::Fd fd(::open(item.from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", item.from);
    base::Expected<std::optional<std::uint64_t>> difference;
    std::vector<std::byte> buffer;
    const auto visit = [&](std::uint64_t position, std::span<const std::byte> copy) {
        buffer.resize(copy.size());
        const auto got = read_at(fd, position, buffer, item.from);
        if (!got) {
            difference = std::unexpected(got.error());
            return false;
        }
        const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(*got);
        const auto [mine, theirs] = std::mismatch(buffer.begin(), end, copy.begin(), copy.end());
        if (theirs != copy.end())
            difference = position + static_cast<std::uint64_t>(theirs - copy.begin());
        return theirs == copy.end();
    };
    if (auto read = read_content(opened, item.to, node, visit); !read)
        return std::unexpected(read.error());
    return difference;
}

} // namespace

base::Expected<bool> already_there(const Opened &opened, const CopyItem &item, bool compare) {
    const media::Node *node = opened.file_system.find_path(item.to);
    if (node == nullptr)
        return false;
    const std::string to = media::quote(item.to);
    if (node->directory != item.directory)
        return base::fail(node->directory ? EISDIR : ENOTDIR, "copy", item.from,
                          to + (node->directory ? " is a directory there" : " is a file there"));
    if (item.directory)
        return true;
    if (node->map.size != item.size)
        return base::fail(EEXIST, "copy", item.from,
                          to + " is there with " + std::to_string(node->map.size) +
                              " bytes, the source has " + std::to_string(item.size) + advice);
    if (!compare)
        return true;
    const auto difference = first_difference(opened, item, *node);
    if (!difference)
        return std::unexpected(difference.error());
    if (const auto &byte = *difference; byte)
        return base::fail(EEXIST, "copy", item.from,
                          to + " is there with the same size but other bytes, from byte " +
                              std::to_string(*byte) + " on" + advice);
    return true;
}

} // namespace famfs::ctl
