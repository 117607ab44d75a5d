// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/copier.h"

#include "base/fd.h"
#include "base/try.h"
#include "daemon/ctl/image/already_there.h"
#include "daemon/ctl/terminal/command.h"
#include "daemon/ctl/terminal/interrupt.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace famfs::ctl {

namespace {

constexpr std::size_t read_bytes = 4 * media::mebibyte; ///< between looks at the signal

/// Straight from the file to the device: read(2) answers EFAULT where the mapping has no memory.
base::Expected<void> read_into(const base::Fd &fd, std::uint64_t position, std::span<std::byte> to,
                               const std::string &path, Progress &progress) {
    while (!to.empty()) {
        if (interrupted() != 0)
            return base::fail(ECANCELED, "copy", path);
        const auto part = to.first(std::min(to.size(), read_bytes));
        const ssize_t got = ::pread(fd.get(), part.data(), part.size(), static_cast<off_t>(position));
        if (got < 0)
            return base::fail_errno("read", path, errno == EFAULT ? "is the disk below the image full?" : "");
        if (got == 0)
            return base::fail(ENODATA, "read", path, "it became shorter while it was copied");
        progress.add(static_cast<std::uint64_t>(got), path);
        to = to.subspan(static_cast<std::size_t>(got));
        position += static_cast<std::uint64_t>(got);
    }
    return {};
}

} // namespace

base::Expected<void> Copier::copy(const std::vector<CopyItem> &items) {
    for (const CopyItem &item : items) {
        if (interrupted() != 0)
            break;
        if (auto copied = copy_item(item); !copied)
            refuse(copied.error());
        FAMFS_TRY(target_.commit_if_full());
        for (const base::Error &error : target_.take_failures())
            refuse(error);
    }
    auto finished = target_.finish();
    for (const base::Error &error : target_.take_failures())
        refuse(error);
    return finished;
}

base::Expected<void> Copier::copy_item(const CopyItem &item) {
    const auto there = FAMFS_TRY(already_there(target_.opened(), item, rules_.compare));
    if (!there)
        return item.directory ? make_directory(item) : create(item);
    if (!item.directory) {
        skipped_++;
        progress_.add(item.size, item.from);
    }
    return {};
}

base::Expected<void> Copier::make_directory(const CopyItem &item) {
    media::Attributes attributes = rules_.owner.over(item.attributes);
    // --mode is for files: a directory of 0644 could not be entered.
    attributes.mode = item.attributes.mode;
    return target_.make_directory(item.to, attributes, false);
}

/// Opened for each piece, so that a group of many files needs few descriptors.
base::Expected<void> Copier::create(const CopyItem &item) {
    const auto fill = [from = item.from, &progress = progress_](
                          std::uint64_t position, std::span<std::byte> to) -> base::Expected<void> {
        const base::Fd fd(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd)
            return base::fail_errno("open", from);
        return read_into(fd, position, to, from, progress);
    };
    return target_.create(item.to, item.size, rules_.owner.over(item.attributes), rules_.striping, fill);
}

/// What a signal has cut off is told once, at the end.
void Copier::refuse(const base::Error &error) {
    if (error.code == ECANCELED)
        return;
    failed_++;
    progress_.clear();
    complain(error.message());
}

} // namespace famfs::ctl
