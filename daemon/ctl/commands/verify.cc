// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/content.h"
#include "daemon/ctl/image/reader.h"
#include "daemon/ctl/terminal/arguments.h"

#include <memory>
#include <optional>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    std::optional<std::uint64_t> seed;
};

using Difference = std::optional<std::uint64_t>; ///< the first byte that differs

base::Expected<Difference> compare(const Opened &opened, const std::string &path, std::uint64_t seed) {
    const media::Node *node = opened.file_system.find_path(path);
    if (node == nullptr || node->directory)
        return base::fail(node == nullptr ? ENOENT : EISDIR, "verify", base::quote(path));
    Difference difference;
    const auto visit = [&](std::uint64_t position, std::span<const std::byte> bytes) {
        difference = first_difference(bytes, seed, position);
        return !difference;
    };
    FAMFS_TRY(read_content(opened, path, *node, visit));
    return difference;
}

bool verify(const Opened &opened, const std::string &path, std::uint64_t seed) {
    const auto difference = compare(opened, path, seed);
    if (!difference)
        complain(difference.error().message());
    else if (const auto &byte = *difference; byte)
        complain("verify " + base::quote(path) + ": byte " + std::to_string(*byte) +
                 " is not what creat --seed " + std::to_string(seed) + " has written");
    return difference && !*difference;
}

base::Expected<int> run(const Options &options) {
    const auto opened = FAMFS_TRY(open_file_system(options.arguments, device::Access::read));
    int status = exit_ok;
    for (const std::string &path : options.arguments.rest)
        if (!verify(opened, trim_slashes(path), options.seed.value_or(0)))
            status = exit_failed;
    return status;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 1);
    line.number("--seed", options->seed, {}, "As given to creat (default: 0)");
    return [options] { return run(*options); };
}

} // namespace

const Command verify_command = {
    .name = "verify",
    .arguments = "DEVICE|MOUNTPOINT PATH...",
    .summary = "Compare files with what creat has written",
    .notes = "Examples:\n"
             "  famfsctl verify --seed 7 /tmp/pool.img big        from the device\n"
             "  famfsctl verify --seed 7 /mnt/famfs big           through the mount\n"
             "Exit status: 0 all equal, 1 not (the first byte that differs is named).",
    .add = add,
};

} // namespace famfs::ctl
