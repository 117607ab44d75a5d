// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/copy_list.h"
#include "daemon/ctl/creation_options.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/target.h"
#include "daemon/media/text.h"
#include "loader/base/fd.h"

#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    OwnerOptions owner;
    StripingOptions stripes;
    bool recursive = false;
};

/// Straight from the file to the device: read(2) answers EFAULT where the mapping has no memory.
base::Expected<void> read_into(const base::Fd &fd, std::uint64_t position, std::span<std::byte> to,
                               const std::string &path, Progress &progress) {
    while (!to.empty()) {
        const auto part = to.first(std::min<std::size_t>(to.size(), 4 * media::mebibyte));
        const ssize_t got = ::pread(fd.get(), part.data(), part.size(), static_cast<off_t>(position));
        if (got < 0)
            return base::fail_errno("read", path, errno == EFAULT ? "is the disk below the image full?" : "");
        if (got == 0)
            return base::fail(EIO, "read", path, "it became shorter while it was copied");
        progress.add(static_cast<std::uint64_t>(got), path);
        to = to.subspan(static_cast<std::size_t>(got));
        position += static_cast<std::uint64_t>(got);
    }
    return {};
}

base::Expected<void> copy_file(Target &target, const CopyItem &item, const Options &options,
                               Progress &progress) {
    const base::Fd fd(::open(item.from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", item.from);
    const auto fill = [&](std::uint64_t position, std::span<std::byte> to) {
        return read_into(fd, position, to, item.from, progress);
    };
    return target.create(item.to, item.size, options.owner.over(item.attributes), options.stripes.striping,
                         fill);
}

base::Expected<void> copy(Target &target, const CopyItem &item, const Options &options, Progress &progress) {
    if (!item.directory)
        return copy_file(target, item, options, progress);
    if (target.kind(item.to) == media::Author::Kind::directory)
        return {};
    media::Attributes attributes = options.owner.over(item.attributes);
    if (!options.owner.mode.empty())
        attributes.mode =
            item.attributes.mode; // --mode is for files: a directory of 0644 could not be entered
    return target.make_directory(item.to, attributes, false);
}

/// What would fail for every other file too.
bool stops_all(const base::Error &error) {
    return error.code == ENOSPC || error.code == EIO;
}

base::Expected<int> run(const Options &options) {
    auto target = Target::open(options.arguments);
    if (!target)
        return std::unexpected(target.error());
    CopyList list = list_copies(options.arguments.rest, **target, options.recursive);
    for (const base::Error &error : list.errors)
        complain(error.message());
    Progress progress(list.bytes);
    int status = list.errors.empty() ? exit_ok : exit_failed;
    for (const CopyItem &item : list.items)
        if (auto copied = copy(**target, item, options, progress); !copied) {
            complain(copied.error().message());
            status = exit_failed;
            if (stops_all(copied.error()))
                break;
        }
    if (auto finished = (*target)->finish(); !finished)
        return std::unexpected(finished.error());
    return status;
}

} // namespace

Action add_cp(CLI::App &app) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(app, 2);
    app.add_flag("-r,--recursive", options->recursive, "Directories with everything in them");
    options->owner.declare(app);
    options->stripes.declare(app);
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
