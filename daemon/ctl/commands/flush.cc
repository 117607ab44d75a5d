// SPDX-License-Identifier: GPL-2.0-only
#include "base/fd.h"
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/dax_flush.h"
#include "daemon/ctl/image/target.h"
#include "daemon/ctl/terminal/arguments.h"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace famfs::ctl {

namespace {

/// What is named, or everything.
base::Expected<std::vector<NamedNode>> choose_files(const media::FileSystem &file_system,
                                                    std::vector<std::string> paths) {
    if (paths.empty())
        paths.emplace_back("");
    std::vector<NamedNode> files;
    for (const std::string &path : paths) {
        auto nodes = FAMFS_TRY(nodes_below(file_system, trim_slashes(path)));
        std::erase_if(nodes, [](const NamedNode &named) {
            return named.node->directory || named.node->nodeid < media::first_entry_nodeid;
        });
        files.insert(files.end(), nodes.begin(), nodes.end());
    }
    return files;
}

base::Expected<void> sync_file(const std::string &path) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path);
    if (::fsync(fd.get()) != 0)
        return base::fail_errno("flush", path, "other hosts may not see what was written");
    return {};
}

/// The kernel writes back what it has mapped for the file.
base::Expected<void> flush_mounted(const std::string &mountpoint, std::span<const NamedNode> files) {
    for (const NamedNode &file : files)
        FAMFS_TRY(sync_file(mountpoint + "/" + file.path));
    for (const char *path : {"/.meta/.superblock", "/.meta/.log"})
        FAMFS_TRY(sync_file(mountpoint + path));
    return {};
}

/// An image or a block device as a whole: msync(2) does nothing on a mapping that cannot be written.
base::Expected<void> flush_devices(const Opened &opened, std::span<const NamedNode> files) {
    const std::vector<device::Device> &devices = opened.source.devices();
    const auto write_back = choose_write_back(devices);
    FAMFS_TRY(flush_lines(opened.file_system, files, opened.source.bytes(), *write_back));
    for (const device::Device &device : devices)
        if (!device.is_dax())
            FAMFS_TRY(sync_file(device.path()));
    return {};
}

base::Expected<int> run(const Arguments &arguments) {
    const auto opened = FAMFS_TRY(open_file_system(arguments, device::Access::read));
    const auto files = FAMFS_TRY(choose_files(opened.file_system, arguments.rest));
    FAMFS_TRY(opened.source.mounted() ? flush_mounted(opened.source.path(), files)
                                      : flush_devices(opened, files));
    std::uint64_t bytes = 0;
    for (const NamedNode &file : files)
        bytes += file.node->map.size;
    std::printf("flushed superblock, log and %s (%s)\n",
                base::count_of(files.size(), "file", "files").c_str(), base::human_size(bytes).c_str());
    return exit_ok;
}

Action add(CommandLine &line) {
    auto arguments = std::make_shared<Arguments>();
    arguments->declare(line, 0);
    return [arguments] { return run(*arguments); };
}

} // namespace

const Command flush_command = {
    .name = "flush",
    .arguments = "MOUNTPOINT|DEVICE [PATH...]",
    .summary = "Write back what was written, so that other hosts see it",
    .notes =
        "Examples:\n"
        "  famfsctl flush /mnt/famfs                     everything\n"
        "  famfsctl flush /mnt/famfs big datasets        a file, and all files of a directory\n"
        "  famfsctl flush /tmp/pool.img\n"
        "Superblock and log are always among it. On a dax device the processor's cache lines are written "
        "back, "
        "in "
        "a mount\n"
        "by the kernel (fsync); an image or a block device is written to its disk as a whole. cp, creat and "
        "mkdir "
        "have done\n"
        "it when they end; programs that store through mmap have not.\n"
        "Exit status: 0 flushed, 1 failed.",
    .add = add,
};

} // namespace famfs::ctl
