// SPDX-License-Identifier: GPL-2.0-only
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/content.h"
#include "daemon/ctl/image/creation_options.h"
#include "daemon/ctl/image/target.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/ctl/terminal/progress.h"
#include "daemon/device/checked_copy.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    OwnerOptions owner;
    StripingOptions stripes;
    std::optional<std::uint64_t> size;
    std::optional<std::uint64_t> seed;
};

/// By way of a buffer, so that memory that is not there is an error and no signal.
base::Expected<void> fill(std::span<std::byte> to, std::uint64_t seed, std::uint64_t position,
                          const std::string &path, Progress &progress) {
    std::vector<std::byte> buffer(std::min<std::size_t>(to.size(), media::mebibyte));
    while (!to.empty()) {
        const auto part = std::span(buffer).first(std::min(to.size(), buffer.size()));
        fill_content(part, seed, position);
        FAMFS_TRY(device::copy_to_mapping(part, to.first(part.size()), path));
        progress.add(part.size(), path);
        to = to.subspan(part.size());
        position += part.size();
    }
    return {};
}

base::Expected<int> run(const Options &options) {
    const auto striping = FAMFS_TRY(options.stripes.striping());
    auto target = FAMFS_TRY(Target::open(options.arguments));
    const std::uint64_t size =
        *options.size; // NOLINT(bugprone-unchecked-optional-access): --size is required
    Progress progress(size * options.arguments.rest.size());
    std::vector<base::Error> errors; ///< of single files: the others are made
    for (const std::string &name : options.arguments.rest) {
        const auto fill_run = [&, name](std::uint64_t position, std::span<std::byte> to) {
            return fill(to, options.seed.value_or(0), position, name, progress);
        };
        if (auto made = target->create(trim_slashes(name), size, options.owner.over(own_attributes(0666)),
                                       striping, fill_run);
            !made)
            errors.push_back(made.error());
        FAMFS_TRY(target->commit_if_full());
    }
    FAMFS_TRY(target->finish());
    std::ranges::move(target->take_failures(), std::back_inserter(errors));
    progress.clear();
    for (const base::Error &error : errors)
        complain(error.message());
    return errors.empty() ? exit_ok : exit_failed;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 1);
    line.size("-s,--size", options->size, "Of each file");
    line.require("--size");
    line.number("--seed", options->seed, {},
                "Contents are a function of this number (default: 0); see verify");
    options->owner.declare(line);
    options->stripes.declare(line);
    return [options] { return run(*options); };
}

} // namespace

const Command creat_command = {
    .name = "creat",
    .arguments = "DEVICE PATH...",
    .summary = "Make files with reproducible contents",
    .notes = "Examples:\n"
             "  famfsctl creat -s 64M --seed 7 /tmp/pool.img big\n"
             "  famfsctl creat -s 64M --strips 4 /dev/dax0.0 striped && famfsctl verify /dev/dax0.0 striped\n"
             "Exit status: 0 made, 1 failed.",
    .add = add,
};

} // namespace famfs::ctl
